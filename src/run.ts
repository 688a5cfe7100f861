import { Interruption, MigrateError, migrateError } from "./errors.js";
import { exitCodeOf } from "./exit-code.js";
import { decode } from "./legacy/decode.js";
import { locate } from "./legacy/locate.js";
import { split } from "./legacy/split.js";
import type { Entry, Hooks, Mode, Rejection, Row, RunError, RunResult, Settled, Source } from "./model.js";
import { kinds } from "./model.js";
import { acts, readable, settle } from "./modes.js";
import type { Options } from "./options.js";
import type { Store } from "./redis/store.js";
import { openStore } from "./redis/store.js";
import { Window } from "./redis/window.js";
import { rowName, Tally } from "./tally.js";
import { urlOf } from "./target/address.js";
import { KeyIndex } from "./target/key-index.js";
import { idOf, nameOf, scanPattern } from "./target/keyspace.js";
import { tool } from "./tool.js";

export type { Hooks, Options, RunResult };

/** Measured: more in flight gains no time, and costs memory. */
const windowLimits = { count: 1_000, bytes: 4 * 1024 * 1024 };

interface Done {
  readonly entry: Entry;
  readonly settled: Settled;
}

/**
 * Runs one mode from the files to Redis. It neither prints nor exits; it tells `hooks` how far it is.
 * Once `signal` aborts (its reason `SIGINT` or `SIGTERM`), what is under way is finished and no more begun.
 *
 * @returns what was done: also on failure, told in `error`. It throws only where the program itself is broken.
 */
export async function run(options: Options, hooks: Hooks = {}, signal?: AbortSignal): Promise<RunResult> {
  const started = Date.now();
  const tally = new Tally(options.mode, options.details);
  let server: string | null = null;
  let error: RunError | null = null;
  try {
    const sources = await locate(options.sources);
    const store = await openStore(options.address, signal);
    try {
      server = store.server;
      hooks.note?.(`connected to ${urlOf(options.address)}${server === null ? "" : `, ${server}`}`);
      await runSources(sources, store, tally, { options, hooks, signal });
    } finally {
      await store.close();
    }
    const [broken] = tally.unbalanced;
    if (broken !== undefined) throw migrateError("sums-broken", { where: `${broken}s` });
  } catch (caught) {
    // Asked to stop while connecting: nothing was begun, so nothing failed.
    if (!(caught instanceof Interruption)) error = told(caught);
  }
  const interrupted = signal?.aborted ? (signal.reason === "SIGTERM" ? "SIGTERM" : "SIGINT") : null;
  const { conversation, key } = tally.counts;
  const exitCode = exitCodeOf({
    mode: options.mode,
    counts: [conversation, key],
    unreadable: tally.unreadable,
    failed: error !== null,
    interrupted,
    tellWork: options.exitCode,
  });
  const wrote = options.mode === "migrate" && (conversation.created ?? 0) > 0;
  return {
    schemaVersion: 1,
    tool,
    mode: options.mode,
    sources: tally.sources,
    target: { url: urlOf(options.address), prefix: options.prefix, topology: "standalone", server },
    counts: { conversations: conversation, keys: key },
    differences: tally.differences,
    rejections: tally.rejections,
    truncated: tally.truncated,
    warnings: tally.warnings,
    error,
    interrupted,
    expiresAt: wrote && options.ttl !== null ? new Date(Date.now() + options.ttl * 1000).toISOString() : null,
    exitCode,
    durationMs: Date.now() - started,
  };
}

interface Context {
  readonly options: Options;
  readonly hooks: Hooks;
  readonly signal: AbortSignal | undefined;
}

/** All sources through split, decode, compare and write, a window at a time. */
async function runSources(
  sources: readonly Source[],
  store: Store,
  tally: Tally,
  context: Context,
): Promise<void> {
  const { options, hooks, signal } = context;
  const index = new KeyIndex();
  const act = acts[options.mode];
  const totalBytes = sources.reduce((sum, source) => sum + source.bytes, 0);
  const window = new Window<Done>(windowLimits, ({ entry, settled }) => tally.settle(entry, settled));
  let bytes = 0;
  for (const [ordinal, source] of sources.entries()) {
    tally.begin(source);
    hooks.note?.(`reading ${source.path}, ${source.bytes} bytes`);
    let found = false;
    for await (const { items, bytesRead } of split(source)) {
      found ||= items.length > 0;
      for (const item of items) {
        if (signal?.aborted) break;
        const decoded = isRow(item) ? decode(item, options) : item;
        if ("reason" in decoded) {
          tally.reject(decoded);
          continue;
        }
        const first = index.add(decoded.redisKey.reveal(), {
          source: ordinal,
          row: decoded.place.index ?? 0,
        });
        if (first !== null) {
          tally.duplicate(decoded, rowName(decoded.kind, sources[first.source]?.path ?? "", first.row));
          continue;
        }
        if (window.full) await window.room();
        window.add(decoded.value.length, async () => ({
          entry: decoded,
          settled: await settle(act, store, decoded),
        }));
      }
      bytes += bytesRead;
      hooks.progress?.({ bytes, totalBytes, records: tally.records });
      if (signal?.aborted) return window.drain();
    }
    if (!found) tally.warn("no-records", `${source.path}: holds neither conversations nor API keys`);
  }
  await window.drain();
  hooks.progress?.({ bytes, totalBytes, records: tally.records });
  if (options.mode === "verify") await readable(() => findExtra(store, index, tally, options.prefix));
}

function isRow(item: Row | Rejection): item is Row {
  return "bytes" in item;
}

/** Keys under the prefix that no file holds. Each is noted once, though SCAN may return it twice. */
async function findExtra(store: Store, index: KeyIndex, tally: Tally, prefix: string): Promise<void> {
  for (const kind of kinds) {
    for await (const keys of store.scan(scanPattern(prefix, kind))) {
      for (const key of keys) {
        if (index.add(key, { source: 0, row: 0 }) === null)
          tally.extra(kind, nameOf(kind, idOf(prefix, kind, key)));
      }
    }
  }
}

/** The result of a run that never began, because of `error`. */
export function failedRun(mode: Mode, error: MigrateError): RunResult {
  const nothing = new Tally(mode, 0);
  return {
    schemaVersion: 1,
    tool,
    mode,
    sources: [],
    target: null,
    counts: { conversations: nothing.counts.conversation, keys: nothing.counts.key },
    differences: [],
    rejections: [],
    truncated: false,
    warnings: [],
    error: told(error),
    interrupted: null,
    expiresAt: null,
    exitCode: 1,
    durationMs: 0,
  };
}

/** A failure as the result tells it. What this program does not know is its own bug, and goes on up. */
function told(error: unknown): RunError {
  if (!(error instanceof MigrateError)) throw error;
  return { code: error.code, message: error.message, hint: error.hint };
}
