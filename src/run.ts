import { Crash, Interruption, migrateError } from "./errors.js";
import { noJournal } from "./journal/write.js";
import type { Options } from "./options.js";
import { exitCodeOf } from "./pipeline/exit-code.js";
import { emptyResult, runErrorOf, traceOf } from "./pipeline/result.js";
import { Summary } from "./pipeline/summary.js";
import { urlOf } from "./redis/address.js";
import { runExport } from "./run/run-export.js";
import { runOnFiles } from "./run/run-on-files.js";
import type { RunState, Surroundings } from "./run/run-state.js";
import { runToOutput } from "./run/run-to-output.js";
import { runUndo } from "./run/run-undo.js";
import type { RunError, RunResult, Warning } from "./types/run-result.js";
import { codesOfLackingFiles } from "./types/warning-codes.js";

export type { Options, RunResult, Surroundings };

/**
 * Runs one mode from the files to Redis. It neither prints nor exits.
 * @returns what was done: also after a failure, which is its `error`, even where the program itself is broken
 */
export async function run(given: Options, surroundings: Surroundings = {}): Promise<RunResult> {
  const started = Date.now();
  const options = withDryRun(given);
  const state: RunState = {
    options,
    addressIsKnown: options.undoPlace === undefined && options.mode !== "output",
    surroundings,
    summary: new Summary(options),
    topology: null,
    server: null,
    estimatedBytes: null,
    openJournal: noJournal,
    journal: null,
    output: null,
    exported: null,
    archive: null,
    rejects: null,
  };
  for (const { code, message } of options.warnings) state.summary.warn(code, message);
  surroundings.hooks?.begun?.(() => ({
    ...resultOf(state, null, archiveSoFar(state)),
    journal: state.journal ?? state.openJournal.path,
    durationMs: Date.now() - started,
  }));
  const error = await errorOf(async () => {
    await openReportsOf(state);
    await runMode(state);
  }, surroundings);
  const durationMs = Date.now() - started;
  const resultWith = (incomplete: readonly Warning[]) => ({
    ...resultOf(state, error, incomplete),
    durationMs,
  });
  return resultWith(state.summary.report?.finish(resultWith) ?? []);
}

/** Before all else, so that no report of an earlier run is taken for this one's, however this one ends. */
async function openReportsOf(state: RunState): Promise<void> {
  const { reports } = state.options;
  if (reports.length === 0) return;
  const { openReports } = await import("./report/file/open-reports.js");
  state.summary.report = openReports(reports, () => state.options.address);
}

/** A dry run is one by its mode or by its flag: either means that nothing is written. */
function withDryRun(given: Options): Options {
  if (given.mode === "migrate" && given.dryRun) return { ...given, mode: "dry-run" };
  return given.mode === "dry-run" && !given.dryRun ? { ...given, dryRun: true } : given;
}

async function runMode(state: RunState): Promise<void> {
  const { mode, undo, export: exportTo, output } = state.options;
  if (mode === "undo") await runUndo(state, undo ?? "");
  else if (mode === "export") await runExport(state, exportTo ?? "");
  else if (mode === "output") await runToOutput(state, output ?? "-");
  else await runOnFiles(state, mode);
  const [broken] = state.summary.counts.unbalanced;
  if (broken !== undefined) throw migrateError("sums-broken", { where: `${broken}s` });
}

async function errorOf(work: () => Promise<void>, { hooks, signal }: Surroundings): Promise<RunError | null> {
  const failure = await work().then(
    () => null,
    (error: unknown) => ({ error }),
  );
  const first = signal?.reason instanceof Crash ? signal.reason : failure;
  if (first === null) return null;
  // Who was asked to stop has not failed.
  if (first.error instanceof Interruption && signal?.aborted) return null;
  const error = runErrorOf(first.error);
  if (error.code === "internal") hooks?.note?.(traceOf(first.error));
  return error;
}

/** What is to be said of an archive that does not have its name yet. */
function archiveSoFar({ options, summary, archive }: RunState): Warning[] {
  if (options.archive === null || archive !== null || summary.counts.sum("archived") === 0) return [];
  const message = `${options.archive}: the archive is not finished, and not there: what was to go there is in the sources`;
  return [{ code: "archive-unfinished", message }];
}

/** @param incomplete what is to be said of reports that could not be written */
function resultOf(
  state: RunState,
  error: RunError | null,
  incomplete: readonly Warning[],
): Omit<RunResult, "durationMs"> {
  const { options, summary, topology, server } = state;
  const { signal } = state.surroundings;
  const { mode, address, prefix, ttl, ttlFrom } = options;
  const stopped = signal?.aborted && !(signal.reason instanceof Crash);
  const interrupted = stopped ? (signal.reason === "SIGTERM" ? "SIGTERM" : "SIGINT") : null;
  const writes = mode === "migrate" || mode === "dry-run";
  const { created = 0, updated = 0 } = summary.counts.byKind.conversation;
  const wrote = writes && created + updated > 0;
  const together = ttlFrom === "now" && ttl !== null ? Date.now() + ttl * 1000 : Number.NaN;
  const { first, last } = ttlFrom === "now" ? { first: Number.NaN, last: together } : summary.leaving;
  const result = emptyResult(options, summary);
  const warnings = [...result.warnings, ...incomplete];
  return {
    ...result,
    warnings,
    target: state.addressIsKnown ? { url: urlOf(address), prefix, topology, server } : null,
    estimatedMemoryBytes: state.estimatedBytes,
    error,
    interrupted,
    firstExpiresAt: wrote ? timeText(first) : null,
    expiresAt: wrote ? timeText(last) : null,
    archive: state.archive,
    journal: state.journal,
    output: state.output,
    export: state.exported,
    rejects: state.rejects?.path ?? null,
    exitCode: exitCodeOf({
      mode,
      counts: Object.values(summary.counts.byKind),
      unreadable: summary.unreadable,
      evicted: summary.evicted ?? 0,
      changedSources: summary.changedSources,
      expiredMeanwhile: summary.expiredMeanwhile,
      deviatesFromPlan: summary.deviatesFromPlan,
      lacksFile: warnings.some(({ code }) => codesOfLackingFiles.has(code)),
      failed: error !== null,
      interrupted,
      workIsDifference: options.exitCode,
    }),
  };
}

/** In ISO 8601; null of no time. */
function timeText(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}
