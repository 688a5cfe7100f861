import type { Chooser } from "./choose.js";
import { chooseFirst, chooseNewest, passOverAll } from "./choose.js";
import { Interruption, MigrateError, migrateError } from "./errors.js";
import { exitCodeOf } from "./exit-code.js";
import { locate } from "./legacy/locate.js";
import { hasChanged } from "./legacy/read.js";
import type { Found } from "./legacy/records.js";
import { readRecords } from "./legacy/records.js";
import type { Rejects } from "./legacy/rejects.js";
import { openRejects } from "./legacy/rejects.js";
import { spool } from "./legacy/spool.js";
import type { Candidate, Entry, Hooks, Kind, Mode, RunError, RunResult, Settled, Source } from "./model.js";
import { kinds } from "./model.js";
import { acts, readable, settle } from "./modes.js";
import type { Options } from "./options.js";
import type { Store } from "./redis/store.js";
import { openStore } from "./redis/store.js";
import { Window } from "./redis/window.js";
import { rowName, Tally } from "./tally.js";
import { urlOf } from "./target/address.js";
import type { KeyIndex } from "./target/key-index.js";
import { idOf, nameOf, scanPattern } from "./target/keyspace.js";
import { tool } from "./tool.js";

export type { Hooks, Options, RunResult };

/** Measured: more in flight gains no time, and costs memory. */
const windowLimits = { count: 1_000, bytes: 4 * 1024 * 1024 };

/** What a run gets from outside, beside its options. */
export interface Surroundings {
  readonly hooks?: Hooks;
  /** Once it aborts (its reason `SIGINT` or `SIGTERM`), what is under way is finished and no more begun. */
  readonly signal?: AbortSignal;
  /** What the source `-` stands for. */
  readonly stdin?: AsyncIterable<Uint8Array>;
}

/**
 * Runs one mode from the files to Redis. It neither prints nor exits.
 * @returns what was done: also on failure, told in `error`. It throws only where the program itself is broken.
 */
export async function run(options: Options, surroundings: Surroundings = {}): Promise<RunResult> {
  const started = Date.now();
  const { hooks = {}, signal } = surroundings;
  const tally = new Tally(options);
  let server: string | null = null;
  let error: RunError | null = null;
  let spooled: Candidate | null = null;
  let store: Store | null = null;
  let rejects: Rejects | null = null;
  try {
    if (options.sources.includes("-")) spooled = await spool(surroundings.stdin ?? noInput());
    const { sources, warnings } = await locate(options.sources, spooled);
    for (const { code, message } of warnings) tally.warn(code, message);
    store = await openStore(options.address, signal);
    server = store.server;
    hooks.note?.(`connected to ${urlOf(options.address)}${server === null ? "" : `, ${server}`}`);
    if (options.rejects !== null) rejects = openRejects(options.rejects);
    await runSources({ sources, store, rejects, tally, options, hooks, signal });
    const [broken] = tally.unbalanced;
    if (broken !== undefined) throw migrateError("sums-broken", { where: `${broken}s` });
  } catch (caught) {
    // Asked to stop while connecting: nothing was begun, so nothing failed.
    if (!(caught instanceof Interruption)) error = told(caught);
  } finally {
    rejects?.close();
    await store?.close();
    await spooled?.spool?.close();
  }
  const { conversation, key } = tally.counts;
  const wrote = options.mode === "migrate" && (conversation.created ?? 0) > 0;
  const interrupted = signal?.aborted ? (signal.reason === "SIGTERM" ? "SIGTERM" : "SIGINT") : null;
  return {
    ...blank(options.mode, tally),
    target: { url: urlOf(options.address), prefix: options.prefix, topology: "standalone", server },
    error,
    interrupted,
    expiresAt: wrote && options.ttl !== null ? new Date(Date.now() + options.ttl * 1000).toISOString() : null,
    exitCode: exitCodeOf({
      mode: options.mode,
      counts: [conversation, key],
      unreadable: tally.unreadable,
      failed: error !== null,
      interrupted,
      tellWork: options.exitCode,
    }),
    durationMs: Date.now() - started,
  };
}

/** The result of a run that never began, because of `error`. */
export function failedRun(mode: Mode, error: MigrateError): RunResult {
  return { ...blank(mode, new Tally({ mode, details: 0 })), error: told(error), exitCode: 1 };
}

/** What the tally says, and nothing else yet. */
function blank(mode: Mode, tally: Tally): RunResult {
  return {
    schemaVersion: 1,
    tool,
    mode,
    sources: tally.sources,
    target: null,
    counts: { conversations: tally.counts.conversation, keys: tally.counts.key },
    differences: tally.differences,
    rejections: tally.rejections,
    truncated: tally.truncated,
    warnings: tally.warnings,
    error: null,
    interrupted: null,
    expiresAt: null,
    exitCode: 0,
    durationMs: 0,
  };
}

interface Context {
  readonly sources: readonly Source[];
  readonly store: Store;
  readonly rejects: Rejects | null;
  readonly tally: Tally;
  readonly options: Options;
  readonly hooks: Hooks;
  readonly signal: AbortSignal | undefined;
}

/** Checks first what is to be checked first, then carries all sources through. */
async function runSources(context: Context): Promise<void> {
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
  const { sources, store, tally, options, hooks, signal } = context;
  const act = acts[options.mode];
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
        window.add(entry.value.length, async () => ({ entry, settled: await settle(act, store, entry) }));
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

async function* noInput(): AsyncGenerator<Uint8Array> {}

/** A failure as the result tells it. What this program does not know is its own bug, and goes on up. */
function told(error: unknown): RunError {
  if (!(error instanceof MigrateError)) throw error;
  return { code: error.code, message: error.message, hint: error.hint };
}
