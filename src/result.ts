import { MigrateError } from "./errors.js";
import type { Mode, RunError, RunResult } from "./model.js";
import { Tally } from "./tally.js";
import { tool } from "./tool.js";

/** The result of a run that never began, because of `error`. */
export function failedRun(mode: Mode, dryRun: boolean, error: MigrateError): RunResult {
  return { ...blank({ mode, dryRun }, new Tally({ mode, details: 0 })), error: told(error), exitCode: 1 };
}

type Asked = Pick<RunResult, "mode" | "dryRun"> & Partial<Pick<RunResult, "only" | "onConflict">>;

/** What the tally says, and nothing else yet. */
export function blank({ mode, dryRun, only = null, onConflict = "newer" }: Asked, tally: Tally): RunResult {
  return {
    schemaVersion: 1,
    tool,
    mode,
    dryRun,
    only,
    onConflict,
    sources: tally.sources,
    target: null,
    counts: { conversations: tally.counts.conversation, keys: tally.counts.key },
    unreadable: tally.unreadable,
    evicted: tally.evicted,
    reading: tally.reading,
    differences: tally.differences,
    rejections: tally.rejections,
    differencesFound: tally.differencesFound,
    truncated: tally.truncated,
    warnings: tally.warnings,
    preflight: tally.findings,
    estimatedMemoryBytes: null,
    error: null,
    interrupted: null,
    expiresAt: null,
    journal: null,
    exitCode: 0,
    durationMs: 0,
  };
}

/** A failure as the result tells it. What this program does not know is its own bug, and goes on up. */
export function told(error: unknown): RunError {
  if (!(error instanceof MigrateError)) throw error;
  return { code: error.code, message: error.message, hint: error.hint };
}
