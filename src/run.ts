import { carryAll } from "./carry.js";
import { readingOf } from "./choose.js";
import { Interruption, MigrateError, migrateError } from "./errors.js";
import { exitCodeOf } from "./exit-code.js";
import type { Header } from "./journal/lines.js";
import { readJournal } from "./journal/read.js";
import type { Journal } from "./journal/write.js";
import { noJournal, openJournal, tryJournal } from "./journal/write.js";
import { openReader, type Reader } from "./legacy/aside.js";
import { locate } from "./legacy/locate.js";
import type { Rejects } from "./legacy/rejects.js";
import { openRejects } from "./legacy/rejects.js";
import { type Spooled, spool } from "./legacy/spool.js";
import type { Hooks, RunError, RunResult, Topology } from "./model.js";
import { kinds } from "./model.js";
import type { CarryingMode } from "./modes.js";
import type { Options } from "./options.js";
import type { Store } from "./redis/store.js";
import { openStore } from "./redis/store.js";
import { blank, told } from "./result.js";
import { Tally } from "./tally.js";
import type { Address } from "./target/address.js";
import { urlOf } from "./target/address.js";
import { needsOf } from "./target/commands.js";
import { MemoryEstimate, memoryModelOf } from "./target/memory.js";
import type { Facts } from "./target/preflight.js";
import { judgeFacts } from "./target/preflight.js";
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
  const work: Work = {
    options,
    surroundings,
    tally: new Tally(options),
    topology: null,
    server: null,
    estimated: null,
    journal: null,
  };
  let error: RunError | null = null;
  for (const { code, message } of options.warnings) work.tally.warn(code, message);
  try {
    if (options.mode === "undo") await undoing(work, options.undo ?? "");
    else await migration(work, options.mode);
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
    target: { url: urlOf(options.address), prefix: options.prefix, topology: work.topology, server },
    estimatedMemoryBytes: work.estimated,
    error,
    interrupted,
    expiresAt: wrote && options.ttl !== null ? new Date(Date.now() + options.ttl * 1000).toISOString() : null,
    journal,
    exitCode: exitCodeOf({
      mode: options.mode,
      counts: [conversation, key],
      unreadable: tally.unreadable,
      evicted: tally.evicted,
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
  topology: Topology | null;
  server: string | null;
  estimated: number | null;
  journal: string | null;
}

/** Migration, dry run and verification: the same way, with another act at its end. */
async function migration(work: Work, mode: CarryingMode): Promise<void> {
  const { options, surroundings, tally } = work;
  const { hooks = {}, signal } = surroundings;
  let spooled: Spooled | null = null;
  let store: Store | null = null;
  let rejects: Rejects | null = null;
  let journal: Journal = noJournal;
  let reader: Reader | null = null;
  try {
    if (options.sources.includes("-")) spooled = await spool(surroundings.stdin ?? noInput());
    const { sources, warnings } = await locate(options.sources, spooled?.candidate ?? null);
    for (const { code, message } of warnings) tally.warn(code, message);
    reader = openReader(sources, readingOf(options));
    store = await connected(work);
    const facts = await preflight(work, store);
    tally.estimate = new MemoryEstimate(memoryModelOf(store.server, store.topology === "cluster"));
    if (options.rejects !== null) rejects = openRejects(options.rejects);
    if (mode === "dry-run") {
      // It was made to see that it can be: one that is left behind would be in the way of the run.
      rejects?.close();
      rejects = null;
    }
    if (mode === "migrate" && options.journal !== null) {
      journal = openJournal(options.journal, headerOf(options, store.topology));
    }
    const context = { sources, reader, store, facts, journal, rejects, tally, hooks, signal };
    try {
      await carryAll({ ...context, options: { ...options, mode } });
      // A run makes its journal with its first step, so that without any it needs none.
      if (mode === "dry-run" && options.journal !== null && hasWork(tally)) tryJournal(options.journal);
    } finally {
      if (mode === "dry-run") work.estimated = tally.growth(facts);
    }
  } finally {
    work.journal = journal.path;
    rejects?.close();
    await journal.close();
    store?.close();
    await reader?.close();
    await spooled?.close();
  }
}

function hasWork({ counts }: Tally): boolean {
  return [counts.conversation, counts.key].some(({ created = 0, updated = 0 }) => created + updated > 0);
}

/** What the journal says the run was made against. */
function headerOf({ address, prefix }: Options, topology: Topology): Header {
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
  const { options, surroundings, tally } = work;
  const { signal } = surroundings;
  const journal = await readJournal(path);
  work.journal = path;
  // Where the journal is of one server, another address is told before anybody is spoken to.
  if (journal.header.topology === "standalone") assertSamePlace(journal.header, options, "standalone", path);
  const store = await connected(work);
  try {
    assertSamePlace(journal.header, options, store.topology, path);
    await preflight(work, store);
    await undoAll({ journal, store, tally, options, signal });
  } finally {
    store.close();
  }
}

/** @throws MigrateError `journal-elsewhere`; any node leads to a cluster, and any Sentinel to its master */
function assertSamePlace(header: Header, options: Options, topology: Topology, path: string): void {
  const [before, now] = [placeOf(header), placeOf(headerOf(options, topology))];
  if (before !== now) throw migrateError("journal-elsewhere", { path, before, now });
}

function placeOf({ url, topology, master, prefix }: Header): string {
  const of = `with the prefix ${JSON.stringify(prefix)}`;
  if (topology === "cluster") return `a cluster ${of}`;
  return topology === "sentinel" ? `the master ${master} of Sentinels ${of}` : `${url} ${of}`;
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
async function preflight({ options, tally, surroundings }: Work, store: Store): Promise<Facts> {
  const { mode, prefix, force, address, only, onConflict } = options;
  const facts = await store.facts({
    prefix,
    database: address.database,
    kinds: kinds.filter((kind) => only === null || kind === only),
    commands: needsOf(mode, onConflict),
    count: mode === "migrate" || mode === "dry-run",
  });
  tally.find(judgeFacts(facts, mode), force);
  for (const warning of tally.foundWarnings) surroundings.hooks?.warn?.(warning);
  return facts;
}

async function* noInput(): AsyncGenerator<Uint8Array> {}
