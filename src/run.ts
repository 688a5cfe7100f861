import { Interruption, MigrateError, migrateError } from "./errors.js";
import { readJournal } from "./journal/read.js";
import type { Journal } from "./journal/write.js";
import { noJournal, openJournal, tryJournal } from "./journal/write.js";
import { dryRunBatch } from "./modes/dry-run.js";
import { migrateBatch } from "./modes/migrate.js";
import { undoAll } from "./modes/undo.js";
import { movedWarning, placeOf } from "./modes/undo-elsewhere.js";
import { verifyBatch } from "./modes/verify.js";
import type { Address, Options } from "./options.js";
import type { BatchAction, BatchMode } from "./pipeline/batch-action.js";
import type { Failure } from "./pipeline/batches-in-flight.js";
import { readingOf } from "./pipeline/duplicate-ids.js";
import { exitCodeOf } from "./pipeline/exit-code.js";
import { emptyResult, runErrorOf, traceOf } from "./pipeline/result.js";
import { runBatches } from "./pipeline/run-batches.js";
import { Summary } from "./pipeline/summary.js";
import { checkServer } from "./preflight/check-server.js";
import { needsOf } from "./preflight/commands-needed.js";
import { MemoryEstimate } from "./preflight/memory-estimate.js";
import { probeServer } from "./preflight/probe-server.js";
import type { Facts } from "./preflight/server-facts.js";
import { urlOf } from "./redis/address.js";
import { memoryModelOf } from "./redis/memory-model.js";
import { openStore } from "./redis/open-store.js";
import type { Store } from "./redis/store.js";
import type { Rejects } from "./report/rejects-file.js";
import { openRejects } from "./report/rejects-file.js";
import { findSources } from "./source/find-sources.js";
import { openReader, type Reader } from "./source/read-in-thread-or-here.js";
import { copyStdinToDisk, type StdinCopy } from "./source/stdin.js";
import type { Hooks, JournalHeader, RunError, RunResult, Topology, Warning } from "./types.js";
import { kinds } from "./types.js";
import { tool } from "./version.js";

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
 * @returns what was done: also on failure, told in `error`, even where the program itself is broken
 */
export async function run(given: Options, surroundings: Surroundings = {}): Promise<RunResult> {
  const options = settled(given);
  const started = Date.now();
  const { signal } = surroundings;
  const work: Work = {
    options,
    placed: false,
    surroundings,
    summary: new Summary(options),
    topology: null,
    server: null,
    estimated: null,
    journal: null,
  };
  let error: RunError | null = null;
  for (const { code, message } of options.warnings) work.summary.warn(code, message);
  try {
    if (options.mode === "undo") await undoing(work, options.undo ?? "");
    else await migration(work, options.mode);
    const [broken] = work.summary.unbalanced;
    if (broken !== undefined) throw migrateError("sums-broken", { where: `${broken}s` });
  } catch (caught) {
    // Who was asked to stop has not failed.
    if (!(caught instanceof Interruption && signal?.aborted)) {
      error = runErrorOf(caught);
      if (error.code === "internal") surroundings.hooks?.note?.(traceOf(caught));
    }
  }
  const { summary, server, journal } = work;
  const { address, prefix } = work.options;
  const { conversation, key } = summary.counts;
  const writes = options.mode === "migrate" || options.mode === "dry-run";
  const wrote = writes && (conversation.created ?? 0) + (conversation.updated ?? 0) > 0;
  const interrupted = signal?.aborted ? (signal.reason === "SIGTERM" ? "SIGTERM" : "SIGINT") : null;
  return {
    ...emptyResult(options, summary),
    target: isPlaced(work) ? { url: urlOf(address), prefix, topology: work.topology, server } : null,
    estimatedMemoryBytes: work.estimated,
    error,
    interrupted,
    expiresAt: wrote && options.ttl !== null ? new Date(Date.now() + options.ttl * 1000).toISOString() : null,
    journal,
    exitCode: exitCodeOf({
      mode: options.mode,
      counts: [conversation, key],
      unreadable: summary.unreadable,
      evicted: summary.evicted ?? 0,
      changedSources: summary.changedSources,
      failed: error !== null,
      interrupted,
      tellWork: options.exitCode,
    }),
    durationMs: Date.now() - started,
  };
}

/** A dry run is one by its mode and by its flag alike, and whichever of them says so: it writes nothing. */
function settled(given: Options): Options {
  if (given.mode === "migrate" && given.dryRun) return { ...given, mode: "dry-run" };
  return given.mode === "dry-run" && !given.dryRun ? { ...given, dryRun: true } : given;
}

/** Whether it is known where Redis is: for an undo, only once its journal was read. */
function isPlaced({ options, placed }: Work): boolean {
  return placed || options.undoPlace === undefined;
}

/** What a run finds out on its way, of use also when it ends early. */
interface Work {
  /** As they were given, but for where an undo's journal says that Redis is. */
  options: Options;
  placed: boolean;
  readonly surroundings: Surroundings;
  readonly summary: Summary;
  topology: Topology | null;
  server: string | null;
  estimated: number | null;
  journal: string | null;
}

/** What each mode does with a batch of records. */
const actions: Readonly<Record<BatchMode, BatchAction>> = {
  migrate: migrateBatch,
  "dry-run": dryRunBatch,
  verify: verifyBatch,
};

/** Migration, dry run and verification: the same way, with another act at its end. */
async function migration(work: Work, mode: BatchMode): Promise<void> {
  const { options, surroundings, summary } = work;
  const { hooks = {}, signal } = surroundings;
  let stdinCopy: StdinCopy | null = null;
  let store: Store | null = null;
  let rejects: Rejects | null = null;
  let journal: Journal = noJournal;
  let reader: Reader | null = null;
  let failure: Failure | null = null;
  try {
    if (options.sources.includes("-"))
      stdinCopy = await copyStdinToDisk(surroundings.stdin ?? noInput(), signal);
    const { sources, warnings } = await findSources(options.sources, stdinCopy?.candidate ?? null);
    for (const { code, message } of warnings) summary.warn(code, message);
    reader = openReader(sources, readingOf(options));
    store = await connected(work);
    const facts = await preflight(work, store);
    summary.estimate = new MemoryEstimate(memoryModelOf(store.server, store.topology === "cluster"));
    if (options.rejects !== null) rejects = openRejects(options.rejects);
    if (mode === "dry-run") {
      // It was made to see that it can be: one that is left behind would be in the way of the run.
      rejects?.close();
      rejects = null;
    }
    if (mode === "migrate" && options.journal !== null) {
      journal = openJournal(options.journal, headerOf(options, store.topology));
    }
    const context = { actions, sources, reader, store, facts, journal, rejects, summary, hooks, signal };
    try {
      await runBatches({ ...context, options: { ...options, mode } });
      // A run makes its journal with its first step, so that without any it needs none.
      if (mode === "dry-run" && options.journal !== null && hasWork(summary)) tryJournal(options.journal);
    } finally {
      if (mode === "dry-run") work.estimated = summary.growth(facts);
    }
  } catch (error) {
    failure = { error };
  }
  const gone = journal.path !== null && !(await journal.isThere());
  if (gone) summary.warn("journal-gone", `${journal.path}: ${journalGone}`);
  work.journal = gone ? null : journal.path;
  const closed = await closeAll([
    () => store?.close(),
    () => reader?.close(),
    () => journal.close(),
    () => rejects?.close(),
    () => stdinCopy?.close(),
  ]);
  const first = failure ?? closed;
  if (first !== null) throw first.error;
}

const journalGone =
  "the journal was deleted or replaced while this ran, so the run cannot be undone. Leave a journal where it is until its run has ended";

/** Closes all, whatever fails. @returns what failed first */
async function closeAll(closers: readonly (() => unknown)[]): Promise<Failure | null> {
  let failure: Failure | null = null;
  for (const close of closers) {
    try {
      await close();
    } catch (error) {
      failure ??= { error };
    }
  }
  return failure;
}

function hasWork({ counts }: Summary): boolean {
  return [counts.conversation, counts.key].some(({ created = 0, updated = 0 }) => created + updated > 0);
}

/** What the journal says the run was made against. */
function headerOf({ address, prefix }: Options, topology: Topology): JournalHeader {
  const by = `${tool.name} ${tool.version}`;
  const master = address.sentinel === null ? {} : { master: address.sentinel };
  return {
    journal: 1,
    tool: by,
    at: new Date().toISOString(),
    url: urlOf(address),
    topology,
    ...master,
    prefix,
  };
}

async function undoing(work: Work, path: string): Promise<void> {
  const { surroundings, summary } = work;
  const { signal } = surroundings;
  const journal = await readJournal(path);
  work.journal = path;
  const place = work.options.undoPlace?.(path, journal.header) ?? null;
  const tell = (warning: Warning) => {
    summary.warn(warning.code, warning.message);
    surroundings.hooks?.warn?.(warning);
  };
  work.placed = true;
  if (place !== null) work.options = { ...work.options, address: place.address, prefix: place.prefix };
  const { options } = work;
  for (const warning of place?.warnings ?? []) tell(warning);
  const recorded = placeOf(journal.header);
  if (place === null && journal.header.topology === "standalone") {
    // Before anybody is spoken to.
    const asked = placeOf(headerOf(options, "standalone"));
    if (recorded !== asked) throw migrateError("journal-elsewhere", { path, before: recorded, now: asked });
  }
  const store = await connected(work);
  try {
    const [before, now] = [recorded, placeOf(headerOf(options, store.topology))];
    if (before !== now && place?.flagged) tell(movedWarning(before, now));
    else if (before !== now) throw migrateError("journal-elsewhere", { path, before, now });
    await preflight(work, store);
    await undoAll({ journal, store, summary, options, signal });
  } finally {
    store.close();
  }
}

async function connected(work: Work): Promise<Store> {
  const { options, surroundings } = work;
  const store = await openAskingForPassword(options.address, surroundings);
  work.server = store.server;
  work.topology = store.topology;
  const server = store.server === null ? "" : `, ${store.server}`;
  const arranged = store.topology === "standalone" ? "" : `, ${store.topology}`;
  surroundings.hooks?.note?.(`connected to ${urlOf(options.address)}${server}${arranged}`);
  return store;
}

/** Where the server wants a password and none was given, a person is asked for it, if there is one. */
async function openAskingForPassword(address: Address, { hooks, signal }: Surroundings): Promise<Store> {
  const watcher = { signal, alert: hooks?.alert };
  try {
    return await openStore(address, watcher);
  } catch (error) {
    const wanted = error instanceof MigrateError && error.code === "redis-auth-required";
    if (!wanted || address.password !== null || hooks?.askPassword === undefined) throw error;
    const password = await hooks.askPassword();
    if (signal?.aborted) throw new Interruption();
    if (password === null) throw error;
    return openStore({ ...address, password }, watcher);
  }
}

/** Looks at Redis before anything is written. @throws MigrateError `redis-unfit` */
async function preflight({ options, summary, surroundings }: Work, store: Store): Promise<Facts> {
  const { mode, prefix, force, address, only, onConflict } = options;
  const needs = {
    prefix,
    database: address.database,
    kinds: kinds.filter((kind) => only === null || kind === only),
    commands: needsOf(mode, onConflict),
    count: mode === "migrate" || mode === "dry-run",
  };
  const facts = await store.ask((connections) => probeServer(connections, needs));
  store.limitValues(facts.masters);
  summary.find(checkServer(facts, mode), force);
  for (const warning of summary.foundWarnings) surroundings.hooks?.warn?.(warning);
  return facts;
}

async function* noInput(): AsyncGenerator<Uint8Array> {}
