import { tryJournal } from "../journal/journal-file.js";
import { openJournal } from "../journal/write.js";
import { archiving } from "../modes/archive-past-records.js";
import { dryRunBatch } from "../modes/dry-run.js";
import { migrateBatch } from "../modes/migrate.js";
import { verifyBatch } from "../modes/verify.js";
import { tooLongForLibrary } from "../new-file/too-long-for-library.js";
import type { BatchActions } from "../pipeline/batch-action.js";
import type { Failure } from "../pipeline/batches-in-flight.js";
import type { BatchMode } from "../pipeline/pipeline-context.js";
import { runBatches } from "../pipeline/run-batches.js";
import type { Summary } from "../pipeline/summary.js";
import { startDecisionsDigest } from "../plan/decision-digest.js";
import { MemoryEstimate } from "../preflight/memory-estimate.js";
import { isPastItsTime } from "../record/expiry.js";
import { memoryModelOf } from "../redis/memory-model.js";
import { earliestTime } from "../redis/server-clock.js";
import { openRejects } from "../report/rejects-file.js";
import type { FoundSources } from "../source/find-source-files.js";
import type { Entry } from "../types/entry.js";
import { openArchive, withoutArchive } from "./archive-of-run.js";
import { closeInOppositeOrder } from "./close-at-end.js";
import { connect, preflight } from "./connect-and-check.js";
import { journalHeaderOf } from "./journal-header.js";
import type { OpenArchive } from "./open-archive.js";
import { openSources } from "./open-sources.js";
import { openPlans } from "./plans-of-run.js";
import type { RunState } from "./run-state.js";

/** What each mode does with a batch of records. */
const actions: BatchActions = {
  migrate: archiving(migrateBatch),
  "dry-run": archiving(dryRunBatch),
  verify: archiving(verifyBatch),
};

/** A migration, dry run or verification: opens all that it needs, runs the pipeline, and closes all. */
export async function runOnFiles(state: RunState, mode: BatchMode): Promise<void> {
  const { options, surroundings, summary } = state;
  const { hooks = {}, signal } = surroundings;
  const { closeAtEnd, closeAll } = closeInOppositeOrder();
  let failure: Failure | null = null;
  try {
    const plans = closeAtEnd(await openPlans(state));
    const present = options.ttlFrom === "last-active" ? { now: Number.NaN } : undefined;
    let isArchiveAmongSources = false;
    const select = async (found: FoundSources) => {
      const rest = await withoutArchive(found, options.archive);
      isArchiveAmongSources = rest.sources.length < found.sources.length;
      return rest;
    };
    const { sources, reader } = await openSources(state, closeAtEnd, { present, select });
    await plans.compareFiles(sources);
    const store = closeAtEnd(await connect(state));
    plans.compareTopology(store.topology);
    const { planned } = plans;
    if (plans.areKept) summary.decisions = startDecisionsDigest();
    const facts = await preflight(state, store);
    if (present !== undefined) present.now = await store.ask((connections) => earliestTime(connections));
    summary.estimate = new MemoryEstimate(memoryModelOf(store.server, store.topology === "cluster"));
    let rejects = options.rejects === null ? null : openRejects(options.rejects);
    if (mode === "dry-run") {
      // Opened to see that it can be; left behind, it would keep the run from making its own.
      rejects?.close();
      rejects = null;
    }
    if (rejects !== null) state.rejects = closeAtEnd(rejects);
    // What is not read as a source may hold nothing that would go to Redis: it may be somebody's backup.
    const mayHold = (entry: Entry) => !isArchiveAmongSources || isPastItsTime(entry, options.ttl);
    const archive =
      options.archive === null ? null : await openArchive(options.archive, mode, reader, mayHold, signal);
    if (archive !== null) closeAtEnd({ close: () => closeArchive(archive, summary) });
    if (mode === "migrate" && options.journal !== null)
      state.openJournal = closeAtEnd(openJournal(options.journal, journalHeaderOf(options, store.topology)));
    const prefix = { isEmpty: facts.inUse?.all === true && facts.inUse.keys === 0 };
    const found = { sources, reader, store, facts, planned };
    const { openJournal: journal } = state;
    const context = { ...found, journal, rejects, archive, summary, hooks, signal, prefix };
    try {
      await runBatches({ ...context, options: { ...options, mode } }, actions);
      if (archive !== null && !signal?.aborted) await finishArchive(archive, state);
      // A run makes its journal with its first step, and without any needs none.
      const hasWork = summary.counts.sum("created", "updated") > 0;
      if (mode === "dry-run" && options.journal !== null && hasWork) tryJournal(options.journal);
      await plans.write(sources);
    } finally {
      if (mode === "dry-run") state.estimatedBytes = summary.growth(facts);
    }
  } catch (error) {
    failure = { error };
  }
  await noteJournal(state);
  const closed = await closeAll();
  const first = failure ?? closed;
  if (first !== null) throw first.error;
}

const journalGone =
  "the journal was deleted or replaced while this ran, so the run cannot be undone. Leave a journal where it is until its run has ended";

/** Names the journal that was written in the result, or warns that it is gone. */
async function noteJournal(state: RunState): Promise<void> {
  const { openJournal: journal } = state;
  if (journal.path === null) return;
  if (await journal.isThere()) state.journal = journal.path;
  else state.summary.warn("journal-gone", `${journal.path}: ${journalGone}`);
}

async function finishArchive(archive: OpenArchive, state: RunState): Promise<void> {
  state.archive = await archive.finish();
  const tooLong = tooLongForLibrary(archive.bytes);
  if (tooLong === null) return;
  const message = `${archive.path}: the archive is too long for the library: ${tooLong}. Let no app have it for its db.json: this tool reads it all the same`;
  state.summary.warn("too-long-for-library", message);
}

async function closeArchive(archive: OpenArchive, summary: Summary): Promise<void> {
  const unfinished = await archive.close();
  if (unfinished === null) return;
  summary.warn(unfinished.warning.code, unfinished.warning.message);
  if (!unfinished.isKept) summary.counts.nothingIsArchived();
}
