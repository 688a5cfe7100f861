import { tryJournal } from "../journal/journal-file.js";
import { type Journal, noJournal, openJournal } from "../journal/write.js";
import { dryRunBatch } from "../modes/dry-run.js";
import { migrateBatch } from "../modes/migrate.js";
import { verifyBatch } from "../modes/verify.js";
import type { Options } from "../options.js";
import type { BatchActions } from "../pipeline/batch-action.js";
import type { Failure } from "../pipeline/batches-in-flight.js";
import type { BatchMode } from "../pipeline/pipeline-context.js";
import { runBatches } from "../pipeline/run-batches.js";
import { MemoryEstimate } from "../preflight/memory-estimate.js";
import { memoryModelOf } from "../redis/memory-model.js";
import { openRejects } from "../report/rejects-file.js";
import { findSources } from "../source/find-source-files.js";
import { openReader, type ReadOptions } from "../source/read-in-thread-or-here.js";
import { copyStdinToDisk } from "../source/stdin.js";
import { connect, preflight } from "./connect-and-check.js";
import { journalHeaderOf } from "./journal-header.js";
import type { RunState } from "./run-state.js";

/** What each mode does with a batch of records. */
const actions: BatchActions = {
  migrate: migrateBatch,
  "dry-run": dryRunBatch,
  verify: verifyBatch,
};

/** A migration, dry run or verification: opens all that it needs, runs the pipeline, and closes all. */
export async function runOnFiles(state: RunState, mode: BatchMode): Promise<void> {
  const { options, surroundings, summary } = state;
  const { hooks = {}, signal } = surroundings;
  const closers: (() => unknown)[] = [];
  const closeAtEnd = <T extends { close(): unknown }>(opened: T): T => {
    closers.unshift(() => opened.close());
    return opened;
  };
  let journal: Journal = noJournal;
  let failure: Failure | null = null;
  try {
    const stdinCopy = options.sources.includes("-")
      ? closeAtEnd(await copyStdinToDisk(surroundings.stdin ?? noInput(), signal))
      : null;
    const { sources, warnings } = await findSources(options.sources, stdinCopy?.candidate ?? null);
    for (const { code, message } of warnings) summary.warn(code, message);
    const reader = closeAtEnd(openReader(sources, readOptionsOf(options)));
    const store = closeAtEnd(await connect(state));
    const facts = await preflight(state, store);
    summary.estimate = new MemoryEstimate(memoryModelOf(store.server, store.topology === "cluster"));
    let rejects = options.rejects === null ? null : openRejects(options.rejects);
    if (mode === "dry-run") {
      // Opened to see that it can be; left behind, it would keep the run from making its own.
      rejects?.close();
      rejects = null;
    }
    if (rejects !== null) state.rejects = closeAtEnd(rejects);
    if (mode === "migrate" && options.journal !== null)
      journal = closeAtEnd(openJournal(options.journal, journalHeaderOf(options, store.topology)));
    const prefix = { isEmpty: facts.inUse?.all === true && facts.inUse.keys === 0 };
    const context = { sources, reader, store, facts, journal, rejects, summary, hooks, signal, prefix };
    try {
      await runBatches({ ...context, options: { ...options, mode } }, actions);
      // A run makes its journal with its first step, and without any needs none.
      const hasWork = summary.counts.sum("created", "updated") > 0;
      if (mode === "dry-run" && options.journal !== null && hasWork) tryJournal(options.journal);
    } finally {
      if (mode === "dry-run") state.estimatedBytes = summary.growth(facts);
    }
  } catch (error) {
    failure = { error };
  }
  await noteJournal(state, journal);
  const closed = await closeAll(closers);
  const first = failure ?? closed;
  if (first !== null) throw first.error;
}

const journalGone =
  "the journal was deleted or replaced while this ran, so the run cannot be undone. Leave a journal where it is until its run has ended";

/** Names the journal that was written in the result, or warns that it is gone. */
async function noteJournal(state: RunState, journal: Journal): Promise<void> {
  if (journal.path === null) return;
  if (await journal.isThere()) state.journal = journal.path;
  else state.summary.warn("journal-gone", `${journal.path}: ${journalGone}`);
}

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

function readOptionsOf(options: Options): ReadOptions {
  const { prefix, ttl, only, concurrency, threadsFrom, mode, journal } = options;
  const digests = mode === "migrate" && journal !== null;
  return { keyspace: { prefix, ttl }, only, digests, concurrency, threadsFrom };
}

async function* noInput(): AsyncGenerator<Uint8Array> {}
