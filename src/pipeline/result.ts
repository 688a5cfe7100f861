import { MigrateError, migrateError, systemCode } from "../errors.js";
import type { Mode } from "../types/mode-and-policy.js";
import type { RunError, RunResult } from "../types/run-result.js";
import { tool } from "../version.js";
import { Summary } from "./summary.js";

/** The result of a run that never began, because of `error`. */
export function failedRun(mode: Mode, dryRun: boolean, error: MigrateError): RunResult {
  return {
    ...emptyResult({ mode, dryRun }, new Summary({ mode, details: 0 })),
    error: runErrorOf(error),
    exitCode: 1,
  };
}

type Asked = Pick<RunResult, "mode" | "dryRun"> &
  Partial<Pick<RunResult, "only" | "onConflict" | "onDuplicate">>;

/** What the summary says, and nothing else yet. */
export function emptyResult(
  { mode, dryRun, only = null, onConflict = "newer", onDuplicate = "first" }: Asked,
  summary: Summary,
): RunResult {
  return {
    schemaVersion: 1,
    tool,
    mode,
    dryRun,
    only,
    onConflict,
    onDuplicate,
    sources: summary.counts.sources,
    target: null,
    counts: { conversations: summary.counts.byKind.conversation, keys: summary.counts.byKind.key },
    unreadable: summary.unreadable,
    evicted: summary.evicted,
    reading: summary.reading,
    differences: summary.differences.listed,
    rejections: summary.rejections.listed,
    differencesFound: summary.differences.found,
    truncated: summary.differences.truncated || summary.rejections.truncated,
    warnings: summary.warnings,
    preflight: summary.findings,
    estimatedMemoryBytes: null,
    error: null,
    interrupted: null,
    firstExpiresAt: null,
    expiresAt: null,
    journal: null,
    output: null,
    export: null,
    archive: null,
    rejects: null,
    plan: summary.plan,
    exitCode: 0,
    durationMs: 0,
  };
}

/** A failure as the result holds it. One that this program does not know is a bug of its own. */
export function runErrorOf(error: unknown): RunError {
  const { code, message, hint } = error instanceof MigrateError ? error : internalError(error);
  return { code, message, hint };
}

/** The error for what this program did not expect: a bug, or memory that ran out. */
export function internalError(error: unknown): MigrateError {
  return migrateError("internal", { reason: unexpected(error) }, error);
}

/** What an error is, without its message, which may quote a record. */
function unexpected(error: unknown): string {
  if (!(error instanceof Error)) return `a ${typeof error} was thrown`;
  const code = systemCode(error);
  const [where] = framesOf(error);
  return `${error.name}${code === undefined ? "" : ` ${code}`}${where === undefined ? "" : `, ${where}`}`;
}

/** Where an error was thrown, for a bug report; without its message, which may quote a record. */
export function traceOf(error: unknown): string {
  return error instanceof Error ? [unexpected(error), ...framesOf(error)].join("\n  ") : unexpected(error);
}

function framesOf({ stack = "", message }: Error): string[] {
  // A message of several lines may look like anything.
  const frames = stack.slice(Math.max(0, stack.indexOf(message)) + message.length);
  return frames.split("\n").flatMap((line) => /^\s+(at .*:\d+:\d+\)?)$/.exec(line)?.[1] ?? []);
}
