import type { Chooser } from "./choose.js";
import { chooseFirst, chooseNewest, passOverAll, sightingOf } from "./choose.js";
import { migrateError } from "./errors.js";
import type { Journal } from "./journal/write.js";
import { confirmAll } from "./lapses.js";
import { Ledger, recheck } from "./ledger.js";
import type { Reader } from "./legacy/aside.js";
import { hasChanged } from "./legacy/read.js";
import type { Found } from "./legacy/records.js";
import type { Rejects } from "./legacy/rejects.js";
import type { Entry, Hooks, Kind, Settled, Source } from "./model.js";
import { kinds } from "./model.js";
import type { Act, CarryingMode, Outcomes } from "./modes.js";
import { acts, readable } from "./modes.js";
import type { Options } from "./options.js";
import type { Store } from "./redis/store.js";
import { type Failure, throughWindow, type Window } from "./redis/window.js";
import { compareWithRival } from "./rivals.js";
import { Tally } from "./tally.js";
import { type KeyIndex, nowhere } from "./target/key-index.js";
import { idOf, nameOf, scanPattern } from "./target/keyspace.js";
import { mostBytes } from "./target/memory.js";
import type { Facts } from "./target/preflight.js";
import { judgeMemory, lackingMemory, mayCall } from "./target/preflight.js";

/** Twice as many bytes in flight, as four times as many, cost 10 MB and more at the peak, and gain no time (measured). */
const windowLimits = { count: 16, bytes: 2 * 1024 * 1024 };

/** How many records go together. Fewer cost more time a record, more leave Redis waiting in between. */
const together = { count: 128, bytes: 256 * 1024 };

/** All that carrying records needs: where from, where to, and who is to be told. */
export interface Context {
  readonly sources: readonly Source[];
  readonly reader: Reader;
  readonly store: Store;
  readonly facts: Facts;
  readonly journal: Journal;
  readonly rejects: Rejects | null;
  readonly tally: Tally;
  readonly options: Options & { readonly mode: CarryingMode };
  readonly hooks: Hooks;
  readonly signal: AbortSignal | undefined;
}

/** Checks first what is to be checked first, then carries all sources through. */
export async function carryAll(context: Context): Promise<void> {
  const { sources, store, tally, options, hooks, signal } = context;
  const strict = options.strict && options.mode !== "verify";
  const tight = options.mode === "migrate" && !options.force && mayLackMemory(context);
  const passes = 1 + [strict, tight, options.onDuplicate === "newest"].filter(Boolean).length;
  const totalBytes = passes * sources.reduce((sum, { bytes }) => sum + bytes, 0);
  let bytes = 0;
  const { reading } = tally;
  Object.assign(reading, {
    checking: passes > 1,
    totalBytes: (passes > 1 ? passes - 1 : 1) * (totalBytes / passes),
  });
  const moved = (more: number) => {
    reading.bytes = Math.min(reading.bytes + more, reading.totalBytes);
    bytes = Math.min(bytes + more, totalBytes);
    hooks.progress?.({ bytes, totalBytes, records: tally.records });
  };
  for (const source of sources) tally.begin(source);
  const passOver = passOverAll(sources, context.reader, moved, signal);
  if (strict) {
    await passOver((found) => {
      if ("entry" in found || (found.rejection.kind !== null && !found.continued)) reading.checked += 1;
      reject(found, context);
    });
    if (tally.rejected > 0)
      return tally.warn("strict", "nothing was written: --strict, and not all records are valid");
  }
  const chooser = options.onDuplicate === "newest" ? await chooseNewest(passOver) : chooseFirst();
  if (tight) await estimateFirst(context, chooser, moved);
  if (signal?.aborted) return;
  const ledger = new Ledger();
  const index = chooser.begin();
  const lapses = store.lapses;
  if (reading.checking)
    Object.assign(reading, { checking: false, bytes: 0, totalBytes: totalBytes / passes });
  await lookAtAll(context, { act: acts[options.mode], index, chooser, moved, done: noteIn(context, ledger) });
  await afterLapses(context, chooser, ledger, lapses);
  await judgeAtEnd(context);
}

/** One way through all records and, to verify them, through all keys. */
async function lookAtAll(context: Context, passage: Passage): Promise<void> {
  await carry(context, passage);
  if (context.options.mode !== "verify" || context.signal?.aborted) return;
  await readable(() => findExtra(context, passage.index));
}

/** Notes the sources that are no longer what was read: what they hold by now may not be in Redis. */
async function noteChanges({ sources, tally }: Context): Promise<void> {
  for (const source of sources) {
    // One that cannot be looked at by now is not known to be the same.
    if (await hasChanged(source).catch(() => true)) tally.changed(source);
  }
}

/** What stands at the end of a run: whether sources changed meanwhile, whether a dry run's work would fit, and whether Redis kept what it was given. */
async function judgeAtEnd(context: Context): Promise<void> {
  const { store, facts, tally, options, signal } = context;
  if (signal?.aborted) return;
  await noteChanges(context);
  if (options.mode === "dry-run") {
    const finding = judgeMemory(facts, tally.growth(facts));
    if (finding !== null) tally.find([finding], options.force);
  }
  if (options.mode === "migrate") tally.evicted = (await store.evicted()) ?? 0;
}

/** Whether Redis' memory is so short that it must be known beforehand what the run needs. */
function mayLackMemory({ sources, store, facts, options }: Context): boolean {
  // Compressed, a file may stand for a thousand times its bytes: that is as far as gzip goes.
  const bytes = sources.reduce(
    (sum, { path, bytes }) => sum + bytes * (/(^-|\.gz)$/.test(path) ? 1_000 : 1),
    0,
  );
  return (
    lackingMemory(facts, mostBytes(bytes, options.prefix.length, store.topology === "cluster")).length > 0
  );
}

/** A dry run before the run, to know whether Redis has the memory. @throws MigrateError `redis-unfit` */
async function estimateFirst(context: Context, chooser: Chooser, moved: Moved): Promise<void> {
  const { facts, tally, options } = context;
  const silent = new Tally({ mode: "dry-run", details: 0 });
  silent.estimate = tally.estimate.anew();
  const rehearsal = {
    ...context,
    tally: silent,
    rejects: null,
    options: { ...options, mode: "dry-run" as const },
  };
  await carry(rehearsal, {
    act: acts["dry-run"],
    index: chooser.begin(),
    chooser,
    moved,
    done: ({ entry, settled }) => silent.settle(entry, settled),
  });
  if (context.signal?.aborted) return;
  const finding = judgeMemory(facts, silent.growth(facts));
  if (finding !== null) tally.find([finding], options.force);
}

/**
 * A server that restarted, or another one that took over, may have lost what was confirmed. A migration looks at all its
 * records once more, and puts back what is gone; what only reads starts over, since what it has seen is no more.
 * @throws MigrateError `redis-unstable`, and `recheck-impossible` where a source changed meanwhile
 */
async function afterLapses(
  context: Context,
  chooser: Chooser,
  ledger: Ledger,
  before: number,
): Promise<void> {
  const { store, sources, tally, options, signal, hooks } = context;
  let putBack = 0;
  let recounted = 0;
  const recounting =
    (look: ReturnType<typeof recheck>): Passage["done"] =>
    ({ entry, settled }) => {
      const after = look({ entry, settled });
      if (after === null) return;
      recounted += 1;
      keepRejected(context, entry, after);
    };
  const migrates = options.mode === "migrate";
  await confirmAll(context, before, migrates, async () => {
    for (const source of sources) {
      // Its records would be others, or in another order, than those that were counted.
      if (await hasChanged(source))
        throw migrateError("recheck-impossible", { path: source.path, what: store.lapseWords });
    }
    hooks.alert?.(`Redis ${store.lapseWords} meanwhile: looking at all records once more`);
    context.journal.lookAgain();
    if (!migrates) tally.startOver();
    const again = migrates ? { ...context, tally: new Tally({ mode: "migrate", details: 0 }) } : context;
    const look = recheck(ledger, options.onConflict, tally, () => {
      putBack += 1;
    });
    const done = migrates ? recounting(look) : noteIn(context, ledger);
    await lookAtAll(
      { ...again, rejects: null },
      { act: acts[options.mode], index: chooser.begin(), chooser, moved: () => {}, done },
    );
  });
  if (store.lapses > before && migrates) {
    const none =
      recounted === 0 ? "it had lost nothing" : `${recounted} records count as what became of them meanwhile`;
    const what = putBack === 0 ? none : `${putBack} records that it had lost were written again`;
    const looked = signal?.aborted
      ? "not all was looked at once more, so that it may lack some of what is counted here"
      : `all was looked at once more, and ${what}`;
    tally.warn("redis-restarted", `Redis ${store.lapseWords} while this ran: ${looked}`);
  }
}

/** Notes what is no record, and keeps it where rejects are kept. */
function reject(found: Found, { tally, rejects }: Pick<Context, "tally" | "rejects">): void {
  if ("entry" in found) return;
  const { rejection, bytes, continued } = found;
  if (continued) tally.extend(bytes.length);
  else tally.reject(rejection);
  rejects?.add(rejection, bytes, continued);
}

interface Done {
  readonly entry: Entry;
  readonly settled: Settled;
}

/** Records that are under way together, and what became of them. */
interface Together extends Outcomes {
  readonly entries: readonly Entry[];
  /** Tells of rows that stand before or among them, and in whose place another counts. */
  readonly asides: readonly (() => void)[];
  /** Called once they are settled, and all before them: nobody asks for their values any more. */
  readonly release: (() => void) | undefined;
}

type Moved = (bytes: number) => void;

type Feed = (window: Window<Together>) => Promise<void>;

/** One way through all records. */
interface Passage {
  readonly act: Act;
  readonly chooser: Chooser;
  /** Where the keys that were seen are noted. */
  readonly index: KeyIndex;
  readonly moved: Moved;
  /** Told each record that counts, in the order of the files. */
  readonly done: (done: Done) => void;
}

/** All records of all sources, compared with Redis and written, a window at a time. */
async function carry(context: Context, { act, chooser, index, moved, done }: Passage): Promise<void> {
  const { sources, reader, store, journal, rejects, tally, options, hooks, signal } = context;
  const keepsJournal = options.journal !== null;
  const means = { store, journal, keepsJournal, policy: options.onConflict, estimate: tally.estimate };
  const feed: Feed = async (window) => {
    let waiting: Entry[] = [];
    let waitingBytes = 0;
    let told: (() => void)[] = [];
    const send = async (release?: () => void) => {
      // With none waiting, what is to be released or told still waits for those that were sent before.
      if (waiting.length === 0 && told.length === 0 && release === undefined) return;
      const entries = waiting;
      const asides = told;
      if (window.full) await window.room();
      window.add(waitingBytes, async () => ({ entries, asides, ...(await act(entries, means)), release }));
      waiting = [];
      told = [];
      waitingBytes = 0;
    };
    for (const [ordinal, source] of sources.entries()) {
      hooks.note?.(`reading ${source.path}, ${source.bytes} bytes`);
      const seekable = await reader.canSeek(source);
      let last = 0;
      for await (const { found, bytesRead, others, release } of reader.recordsOf(source)) {
        for (const one of found) {
          if (signal?.aborted) break;
          if (!("entry" in one)) {
            reject(one, context);
            continue;
          }
          const { entry } = one;
          const rival = chooser.rivalOf(index, entry, sightingOf(entry, ordinal, seekable));
          if (rival !== null) {
            const passed = await compareWithRival(entry, rival, { sources, reader, options });
            const { kind, place } = entry;
            if (passed.reason !== null) rejects?.add({ kind, place, reason: passed.reason }, entry.value);
            told.push(() => tally.passOver(entry, passed));
            continue;
          }
          waiting.push(entry);
          waitingBytes += entry.value.length;
          if (waiting.length >= together.count || waitingBytes >= together.bytes) await send();
        }
        await send(release);
        // Before the reader is closed, which takes a moment, and longer than what is under way.
        if (signal?.aborted) {
          const drained = window.drain();
          // It may fail before the reader is closed, and somebody listens.
          drained.catch(() => {});
          return drained;
        }
        tally.passBy(source, others);
        moved(bytesRead - last);
        last = bytesRead;
      }
    }
  };
  await throughWindow<Together>({
    limits: windowLimits,
    settle: ({ entries, asides, settled, failure, release }) => {
      const failures: Failure[] = [];
      for (const tell of asides) tell();
      for (const [at, one] of settled.entries()) {
        if (one === null) continue;
        try {
          done({ entry: entries[at] as Entry, settled: one });
        } catch (error) {
          // The others are in Redis all the same, and count.
          failures.push({ error });
        }
      }
      const [first] = failures;
      if (first !== undefined) throw first.error;
      if (failure === null) release?.();
    },
    failureOf: ({ failure }) => failure,
    feed,
    giveUp: store.close,
  });
  if (signal?.aborted) return;
  tally.finish();
  moved(0);
}

/** Notes what became of a record. */
function noteIn(context: Context, ledger: Ledger): Passage["done"] {
  return ({ entry, settled }) => {
    context.tally.settle(entry, settled);
    if (context.options.mode !== "migrate") return;
    ledger.note(settled.outcome);
    keepRejected(context, entry, settled);
  };
}

/** Keeps a record that could not be written where rejects are kept. */
function keepRejected(
  { rejects }: Context,
  { kind, place, value }: Entry,
  { outcome, reason }: Settled,
): void {
  if (outcome !== "conflict" && outcome !== "failed") return;
  rejects?.add({ kind, place, reason: reason ?? "Redis holds something else under its key" }, value);
}

/** Keys under the prefix that no file holds. Each is noted once, though SCAN may return it twice. */
async function findExtra({ store, facts, tally, options, signal }: Context, index: KeyIndex): Promise<void> {
  // The preflight check has said so.
  if (!mayCall(facts, "SCAN")) return tally.extraUnknown();
  const { prefix, only } = options;
  for (const kind of kinds.filter((one: Kind) => only === null || one === only)) {
    for await (const keys of store.scan(scanPattern(prefix, kind))) {
      if (signal?.aborted) return;
      for (const key of keys) {
        if (index.add(key, nowhere) === null) tally.extra(kind, nameOf(kind, idOf(prefix, kind, key)));
      }
    }
  }
}
