import { migrateError } from "../errors.js";
import type { Journal } from "../journal/write.js";
import type { Options } from "../options.js";
import { checkMemory, lackingMemory } from "../preflight/check-memory.js";
import { mayCall } from "../preflight/check-permissions.js";
import { mostBytes } from "../preflight/memory-estimate.js";
import type { Facts } from "../preflight/server-facts.js";
import { idOf, nameOf, scanPattern } from "../record/redis-key.js";
import { nowhere, type SeenKeys } from "../record/seen-keys.js";
import { readable } from "../redis/end-verify-when-unreadable.js";
import type { Store } from "../redis/store.js";
import type { Rejects } from "../report/rejects-file.js";
import { hasChanged } from "../source/file-identity.js";
import type { Reader } from "../source/read-in-thread-or-here.js";
import type { RecordOrRejected } from "../source/read-records.js";
import type { Entry, Hooks, Kind, Settled, Source } from "../types.js";
import { kinds } from "../types.js";
import type { BatchAction, BatchMode, BatchOutcome } from "./batch-action.js";
import { type Failure, throughWindow, type Window } from "./batches-in-flight.js";
import { compareWithWinner } from "./compare-duplicates.js";
import { confirmNoDataLoss } from "./confirm-no-data-loss.js";
import type { DuplicateRule } from "./duplicate-ids.js";
import { firstCounts, newestCounts, readerOfSources, sightingOf } from "./duplicate-ids.js";
import { RecordedOutcomes, recheck } from "./recheck-after-data-loss.js";
import { Summary } from "./summary.js";

/** Twice as many bytes in flight, as four times as many, cost 10 MB and more at the peak, and gain no time (measured). */
const windowLimits = { count: 16, bytes: 2 * 1024 * 1024 };

/** How many records go together. Fewer cost more time a record, more leave Redis waiting in between. */
const together = { count: 128, bytes: 256 * 1024 };

/** All that carrying records needs: where from, where to, and who is to be told. */
export interface Context {
  /** What each mode does with a batch: a migration may need a dry run first. */
  readonly actions: Readonly<Record<BatchMode, BatchAction>>;
  readonly sources: readonly Source[];
  readonly reader: Reader;
  readonly store: Store;
  readonly facts: Facts;
  readonly journal: Journal;
  readonly rejects: Rejects | null;
  readonly summary: Summary;
  readonly options: Options & { readonly mode: BatchMode };
  readonly hooks: Hooks;
  readonly signal: AbortSignal | undefined;
}

/** Checks first what is to be checked first, then carries all sources through. */
export async function runBatches(context: Context): Promise<void> {
  const { sources, store, summary, options, hooks, signal } = context;
  const strict = options.strict && options.mode !== "verify";
  const tight = options.mode === "migrate" && !options.force && mayLackMemory(context);
  const passes = 1 + [strict, tight, options.onDuplicate === "newest"].filter(Boolean).length;
  const totalBytes = passes * sources.reduce((sum, { bytes }) => sum + bytes, 0);
  let bytes = 0;
  const { reading } = summary;
  Object.assign(reading, {
    checking: passes > 1,
    totalBytes: (passes > 1 ? passes - 1 : 1) * (totalBytes / passes),
  });
  const moved = (more: number) => {
    reading.bytes = Math.min(reading.bytes + more, reading.totalBytes);
    bytes = Math.min(bytes + more, totalBytes);
    hooks.progress?.({ bytes, totalBytes, records: summary.records });
  };
  for (const source of sources) summary.begin(source);
  const readSources = readerOfSources(sources, context.reader, moved, signal);
  if (strict) {
    await readSources((found) => {
      if ("entry" in found || (found.rejection.kind !== null && !found.continued)) reading.checked += 1;
      reject(found, context);
    });
    if (summary.rejected > 0)
      return summary.warn("strict", "nothing was written: --strict, and not all records are valid");
  }
  const duplicateRule = options.onDuplicate === "newest" ? await newestCounts(readSources) : firstCounts();
  if (tight) await estimateFirst(context, duplicateRule, moved);
  if (signal?.aborted) return;
  const recorded = new RecordedOutcomes();
  const index = duplicateRule.begin();
  const possibleLosses = store.possibleLosses;
  if (reading.checking)
    Object.assign(reading, { checking: false, bytes: 0, totalBytes: totalBytes / passes });
  await lookAtAll(context, {
    act: context.actions[options.mode],
    index,
    duplicateRule,
    moved,
    done: noteIn(context, recorded),
  });
  await lookAgainAfterDataLoss(context, duplicateRule, recorded, possibleLosses);
  await judgeAtEnd(context);
}

/** One way through all records and, to verify them, through all keys. */
async function lookAtAll(context: Context, passage: Pass): Promise<void> {
  await runPass(context, passage);
  if (context.options.mode !== "verify" || context.signal?.aborted) return;
  await readable(() => findExtra(context, passage.index));
}

/** Notes the sources that are no longer what was read: what they hold by now may not be in Redis. */
async function noteChanges({ sources, summary }: Context): Promise<void> {
  for (const source of sources) {
    // One that cannot be looked at by now is not known to be the same.
    if (await hasChanged(source).catch(() => true)) summary.changed(source);
  }
}

/** What stands at the end of a run: whether sources changed meanwhile, whether a dry run's work would fit, and whether Redis kept what it was given. */
async function judgeAtEnd(context: Context): Promise<void> {
  const { store, facts, summary, options, signal } = context;
  if (signal?.aborted) return;
  await noteChanges(context);
  if (options.mode === "dry-run") {
    const finding = checkMemory(facts, summary.growth(facts));
    if (finding !== null) summary.find([finding], options.force);
  }
  if (options.mode === "migrate") summary.evicted = await store.evicted();
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
async function estimateFirst(context: Context, duplicateRule: DuplicateRule, moved: Moved): Promise<void> {
  const { facts, summary, options } = context;
  const silent = new Summary({ mode: "dry-run", details: 0 });
  silent.estimate = summary.estimate.anew();
  const rehearsal = {
    ...context,
    summary: silent,
    rejects: null,
    options: { ...options, mode: "dry-run" as const },
  };
  await runPass(rehearsal, {
    act: context.actions["dry-run"],
    index: duplicateRule.begin(),
    duplicateRule,
    moved,
    done: ({ entry, settled }) => silent.settle(entry, settled),
  });
  if (context.signal?.aborted) return;
  const finding = checkMemory(facts, silent.growth(facts));
  if (finding !== null) summary.find([finding], options.force);
}

/**
 * A server that restarted, or another one that took over, may have lost what was confirmed. A migration looks at all its
 * records once more, and puts back what is gone; what only reads starts over, since what it has seen is no more.
 * @throws MigrateError `redis-unstable`, and `recheck-impossible` where a source changed meanwhile
 */
async function lookAgainAfterDataLoss(
  context: Context,
  duplicateRule: DuplicateRule,
  recorded: RecordedOutcomes,
  before: number,
): Promise<void> {
  const { store, sources, summary, options, signal, hooks } = context;
  let putBack = 0;
  let recounted = 0;
  const recounting =
    (look: ReturnType<typeof recheck>): Pass["done"] =>
    ({ entry, settled }) => {
      const after = look({ entry, settled });
      if (after === null) return;
      recounted += 1;
      keepRejected(context, entry, after);
    };
  const migrates = options.mode === "migrate";
  await confirmNoDataLoss(context, before, migrates, async () => {
    for (const source of sources) {
      // Its records would be others, or in another order, than those that were counted.
      if (await hasChanged(source))
        throw migrateError("recheck-impossible", { path: source.path, what: store.lossWords });
    }
    hooks.alert?.(`Redis ${store.lossWords} meanwhile: looking at all records once more`);
    context.journal.lookAgain();
    if (!migrates) summary.startOver();
    const again = migrates ? { ...context, summary: new Summary({ mode: "migrate", details: 0 }) } : context;
    const look = recheck(recorded, options.onConflict, summary, () => {
      putBack += 1;
    });
    const done = migrates ? recounting(look) : noteIn(context, recorded);
    await lookAtAll(
      { ...again, rejects: null },
      {
        act: context.actions[options.mode],
        index: duplicateRule.begin(),
        duplicateRule,
        moved: () => {},
        done,
      },
    );
  });
  if (store.possibleLosses > before && migrates) {
    const none =
      recounted === 0 ? "it had lost nothing" : `${recounted} records count as what became of them meanwhile`;
    const what = putBack === 0 ? none : `${putBack} records that it had lost were written again`;
    const looked = signal?.aborted
      ? "not all was looked at once more, so that it may lack some of what is counted here"
      : `all was looked at once more, and ${what}`;
    summary.warn("redis-restarted", `Redis ${store.lossWords} while this ran: ${looked}`);
  }
}

/** Notes what is no record, and keeps it where rejects are kept. */
function reject(found: RecordOrRejected, { summary, rejects }: Pick<Context, "summary" | "rejects">): void {
  if ("entry" in found) return;
  const { rejection, bytes, continued } = found;
  if (continued) summary.extend(bytes.length);
  else summary.reject(rejection);
  rejects?.add(rejection, bytes, continued);
}

interface Done {
  readonly entry: Entry;
  readonly settled: Settled;
}

/** Records that are under way together, and what became of them. */
interface Together extends BatchOutcome {
  readonly entries: readonly Entry[];
  /** Tells of rows that stand before or among them, and in whose place another counts. */
  readonly notes: readonly (() => void)[];
  /** Called once they are settled, and all before them: nobody asks for their values any more. */
  readonly release: (() => void) | undefined;
}

type Moved = (bytes: number) => void;

type Feed = (window: Window<Together>) => Promise<void>;

/** One way through all records. */
interface Pass {
  readonly act: BatchAction;
  readonly duplicateRule: DuplicateRule;
  /** Where the keys that were seen are noted. */
  readonly index: SeenKeys;
  readonly moved: Moved;
  /** Told each record that counts, in the order of the files. */
  readonly done: (done: Done) => void;
}

/** All records of all sources, compared with Redis and written, a window at a time. */
async function runPass(context: Context, { act, duplicateRule, index, moved, done }: Pass): Promise<void> {
  const { sources, reader, store, journal, rejects, summary, options, hooks, signal } = context;
  const keepsJournal = options.journal !== null;
  const means = { store, journal, keepsJournal, policy: options.onConflict, estimate: summary.estimate };
  const feed: Feed = async (window) => {
    let waiting: Entry[] = [];
    let waitingBytes = 0;
    let told: (() => void)[] = [];
    const send = async (release?: () => void) => {
      // With none waiting, what is to be released or told still waits for those that were sent before.
      if (waiting.length === 0 && told.length === 0 && release === undefined) return;
      const entries = waiting;
      const notes = told;
      if (window.full) await window.room();
      window.add(waitingBytes, async () => ({ entries, notes, ...(await act(entries, means)), release }));
      waiting = [];
      told = [];
      waitingBytes = 0;
    };
    for (const [ordinal, source] of sources.entries()) {
      hooks.note?.(`reading ${source.path}, ${source.bytes} bytes`);
      const seekable = await reader.canSeek(source);
      let last = 0;
      for await (const { items, bytesRead, otherSets, release } of reader.recordsOf(source)) {
        for (const one of items) {
          if (signal?.aborted) break;
          if (!("entry" in one)) {
            reject(one, context);
            continue;
          }
          const { entry } = one;
          const winner = duplicateRule.winnerOf(index, entry, sightingOf(entry, ordinal, seekable));
          if (winner !== null) {
            const passed = await compareWithWinner(entry, winner, { sources, reader, options });
            const { kind, place } = entry;
            if (passed.reason !== null) rejects?.add({ kind, place, reason: passed.reason }, entry.value);
            told.push(() => summary.skipDuplicate(entry, passed));
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
        summary.noteOtherSets(source, otherSets);
        moved(bytesRead - last);
        last = bytesRead;
      }
    }
  };
  await throughWindow<Together>({
    limits: windowLimits,
    settle: ({ entries, notes, settled, failure, release }) => {
      const failures: Failure[] = [];
      for (const tell of notes) tell();
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
  summary.finish();
  moved(0);
}

/** Notes what became of a record. */
function noteIn(context: Context, recorded: RecordedOutcomes): Pass["done"] {
  return ({ entry, settled }) => {
    context.summary.settle(entry, settled);
    if (context.options.mode !== "migrate") return;
    recorded.note(settled.outcome);
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
async function findExtra(
  { store, facts, summary, options, signal }: Context,
  index: SeenKeys,
): Promise<void> {
  // The preflight check has said so.
  if (!mayCall(facts, "SCAN")) return summary.extraUnknown();
  const { prefix, only } = options;
  for (const kind of kinds.filter((one: Kind) => only === null || one === only)) {
    for await (const keys of store.scan(scanPattern(prefix, kind))) {
      if (signal?.aborted) return;
      for (const key of keys) {
        if (index.add(key, nowhere) === null) summary.extra(kind, nameOf(kind, idOf(prefix, kind, key)));
      }
    }
  }
}
