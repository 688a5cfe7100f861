import { carryAll } from "./carry.js";
import { Interruption, MigrateError, migrateError } from "./errors.js";
import { exitCodeOf } from "./exit-code.js";
import { readJournal } from "./journal/read.js";
import type { Journal } from "./journal/write.js";
import { noJournal, openJournal } from "./journal/write.js";
import { locate } from "./legacy/locate.js";
import type { Rejects } from "./legacy/rejects.js";
import { openRejects } from "./legacy/rejects.js";
import { spool } from "./legacy/spool.js";
import type { Candidate, Hooks, Mode, RunError, RunResult } from "./model.js";
import type { Options } from "./options.js";
import type { Store } from "./redis/store.js";
import { openStore } from "./redis/store.js";
import { Tally } from "./tally.js";
import { urlOf } from "./target/address.js";
import { tool } from "./tool.js";
import { undoAll } from "./undo.js";

export type { Hooks, Options, RunResult };

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
  const { signal } = surroundings;
  const work: Work = { options, surroundings, tally: new Tally(options), server: null, journal: null };
  let error: RunError | null = null;
  try {
    await (options.undo === null ? migration(work) : undoing(work, options.undo));
    const [broken] = work.tally.unbalanced;
    if (broken !== undefined) throw migrateError("sums-broken", { where: `${broken}s` });
  } catch (caught) {
    // Asked to stop while connecting: nothing was begun, so nothing failed.
    if (!(caught instanceof Interruption)) error = told(caught);
  }
  const { tally, server, journal } = work;
  const { conversation, key } = tally.counts;
  const wrote = options.mode === "migrate" && (conversation.created ?? 0) + (conversation.updated ?? 0) > 0;
  const interrupted = signal?.aborted ? (signal.reason === "SIGTERM" ? "SIGTERM" : "SIGINT") : null;
  return {
    ...blank(options, tally),
    target: { url: urlOf(options.address), prefix: options.prefix, topology: "standalone", server },
    error,
    interrupted,
    expiresAt: wrote && options.ttl !== null ? new Date(Date.now() + options.ttl * 1000).toISOString() : null,
    journal,
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

/** What a run finds out on its way, of use also when it ends early. */
interface Work {
  readonly options: Options;
  readonly surroundings: Surroundings;
  readonly tally: Tally;
  server: string | null;
  journal: string | null;
}

/** Migration, dry run and verification: the same way, with another act at its end. */
async function migration(work: Work): Promise<void> {
  const { options, surroundings, tally } = work;
  const { hooks = {}, signal } = surroundings;
  let spooled: Candidate | null = null;
  let store: Store | null = null;
  let rejects: Rejects | null = null;
  let journal: Journal = noJournal;
  try {
    if (options.sources.includes("-")) spooled = await spool(surroundings.stdin ?? noInput());
    const { sources, warnings } = await locate(options.sources, spooled);
    for (const { code, message } of warnings) tally.warn(code, message);
    store = await connected(work);
    if (options.rejects !== null) rejects = openRejects(options.rejects);
    if (options.mode === "migrate" && options.journal !== null) {
      const at = new Date().toISOString();
      const { prefix } = options;
      const by = `${tool.name} ${tool.version}`;
      journal = openJournal(options.journal, {
        journal: 1,
        tool: by,
        at,
        url: urlOf(options.address),
        prefix,
      });
    }
    await carryAll({ sources, store, journal, rejects, tally, options, hooks, signal });
  } finally {
    work.journal = journal.path;
    rejects?.close();
    await journal.close();
    await store?.close();
    await spooled?.spool?.close();
  }
}

async function undoing(work: Work, path: string): Promise<void> {
  const { options, surroundings, tally } = work;
  const { signal } = surroundings;
  const journal = await readJournal(path);
  const nameOf = ({ url, prefix }: { readonly url: string; readonly prefix: string }) =>
    `${url} with the prefix ${JSON.stringify(prefix)}`;
  const [before, now] = [
    nameOf(journal.header),
    nameOf({ url: urlOf(options.address), prefix: options.prefix }),
  ];
  if (before !== now) throw migrateError("journal-elsewhere", { path, before, now });
  work.journal = path;
  const store = await connected(work);
  try {
    await undoAll({ journal, store, tally, options, signal });
  } finally {
    await store.close();
  }
}

async function connected(work: Work): Promise<Store> {
  const { options, surroundings } = work;
  const store = await openStore(options.address, surroundings.signal);
  work.server = store.server;
  surroundings.hooks?.note?.(
    `connected to ${urlOf(options.address)}${work.server === null ? "" : `, ${work.server}`}`,
  );
  return store;
}

/** The result of a run that never began, because of `error`. */
export function failedRun(mode: Mode, dryRun: boolean, error: MigrateError): RunResult {
  return { ...blank({ mode, dryRun }, new Tally({ mode, details: 0 })), error: told(error), exitCode: 1 };
}

/** What the tally says, and nothing else yet. */
function blank({ mode, dryRun }: Pick<Options, "mode" | "dryRun">, tally: Tally): RunResult {
  return {
    schemaVersion: 1,
    tool,
    mode,
    dryRun,
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
    journal: null,
    exitCode: 0,
    durationMs: 0,
  };
}

async function* noInput(): AsyncGenerator<Uint8Array> {}

/** A failure as the result tells it. What this program does not know is its own bug, and goes on up. */
function told(error: unknown): RunError {
  if (!(error instanceof MigrateError)) throw error;
  return { code: error.code, message: error.message, hint: error.hint };
}
