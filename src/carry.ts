import type { Chooser } from "./choose.js";
import { chooseFirst, chooseNewest, passOverAll } from "./choose.js";
import type { Journal } from "./journal/write.js";
import { hasChanged } from "./legacy/read.js";
import type { Found } from "./legacy/records.js";
import { readRecords } from "./legacy/records.js";
import type { Rejects } from "./legacy/rejects.js";
import type { Entry, Hooks, Kind, Settled, Source } from "./model.js";
import { kinds } from "./model.js";
import { acts, readable, settle } from "./modes.js";
import type { Options } from "./options.js";
import type { Store } from "./redis/store.js";
import { Window } from "./redis/window.js";
import { rowName, type Tally } from "./tally.js";
import type { KeyIndex } from "./target/key-index.js";
import { idOf, nameOf, scanPattern } from "./target/keyspace.js";

/** Four times as many bytes in flight cost about 50 MB more at the peak, and no gain in time showed (one run each). */
export const windowLimits = { count: 1_000, bytes: 4 * 1024 * 1024 };

/** All that carrying records needs: where from, where to, and who is to be told. */
export interface Context {
  readonly sources: readonly Source[];
  readonly store: Store;
  readonly journal: Journal;
  readonly rejects: Rejects | null;
  readonly tally: Tally;
  readonly options: Options;
  readonly hooks: Hooks;
  readonly signal: AbortSignal | undefined;
}

/** Checks first what is to be checked first, then carries all sources through. */
export async function carryAll(context: Context): Promise<void> {
  const { sources, tally, options, hooks, signal } = context;
  const strict = options.strict && options.mode !== "verify";
  const passes = 1 + (strict ? 1 : 0) + (options.onDuplicate === "newest" ? 1 : 0);
  const totalBytes = passes * sources.reduce((sum, { bytes }) => sum + bytes, 0);
  let bytes = 0;
  const moved = (more: number) => {
    bytes = Math.min(bytes + more, totalBytes);
    hooks.progress?.({ bytes, totalBytes, records: tally.records });
  };
  for (const source of sources) tally.begin(source);
  const passOver = passOverAll(sources, options, moved, signal);
  if (strict) {
    await passOver((found) => reject(found, context));
    if (tally.rejected > 0)
      return tally.warn("strict", "nothing was written: --strict, and not all records are valid");
  }
  const chooser = options.onDuplicate === "newest" ? await chooseNewest(passOver) : chooseFirst();
  await carry(context, chooser, moved);
  if (options.mode === "verify" && !signal?.aborted) await readable(() => findExtra(context, chooser.index));
}

/** Notes what is no record, and keeps it where rejects are kept. */
function reject(found: Found, context: Context): void {
  if ("entry" in found) return;
  const { rejection, bytes, continued } = found;
  if (!continued) context.tally.reject(rejection);
  context.rejects?.add(rejection, bytes, continued);
}

interface Done {
  readonly entry: Entry;
  readonly settled: Settled;
}

/** All records of all sources, compared with Redis and written, a window at a time. */
async function carry(context: Context, chooser: Chooser, moved: (bytes: number) => void): Promise<void> {
  const { sources, store, journal, tally, options, hooks, signal } = context;
  const act = acts[options.mode === "undo" ? "dry-run" : options.mode];
  const means = { store, journal, policy: options.onConflict };
  const window = new Window<Done>(windowLimits, (done) => note(done, context));
  for (const [ordinal, source] of sources.entries()) {
    hooks.note?.(`reading ${source.path}, ${source.bytes} bytes`);
    let last = 0;
    for await (const { found, bytesRead, others } of readRecords(source, options, options.only)) {
      for (const one of found) {
        if (signal?.aborted) return window.drain();
        if (!("entry" in one)) {
          reject(one, context);
          continue;
        }
        const { entry } = one;
        const rival = chooser.rivalOf(entry, ordinal);
        if (rival !== null) {
          tally.duplicate(entry, rowName(entry.kind, sources[rival.source]?.path ?? "", rival.row));
          continue;
        }
        if (window.full) await window.room();
        window.add(entry.value.length, async () => ({
          entry,
          settled: await settle(() => act(entry, means)),
        }));
      }
      tally.passBy(source, others);
      moved(bytesRead - last);
      last = bytesRead;
    }
    if (await hasChanged(source)) tally.changed(source);
  }
  await window.drain();
  moved(0);
}

/** Notes what became of a record; one that could not be written is kept where rejects are kept. */
function note({ entry, settled }: Done, { tally, rejects, options }: Context): void {
  tally.settle(entry, settled);
  const { outcome, reason } = settled;
  if (options.mode !== "migrate" || (outcome !== "conflict" && outcome !== "failed")) return;
  const why = reason ?? "Redis holds something else under its key";
  rejects?.add({ kind: entry.kind, place: entry.place, reason: why }, Buffer.from(entry.value));
}

/** Keys under the prefix that no file holds. Each is noted once, though SCAN may return it twice. */
async function findExtra({ store, tally, options }: Context, index: KeyIndex): Promise<void> {
  const { prefix, only } = options;
  for (const kind of kinds.filter((one: Kind) => only === null || one === only)) {
    for await (const keys of store.scan(scanPattern(prefix, kind))) {
      for (const key of keys) {
        if (index.add(key, { source: 0, row: 0 }) === null)
          tally.extra(kind, nameOf(kind, idOf(prefix, kind, key)));
      }
    }
  }
}
