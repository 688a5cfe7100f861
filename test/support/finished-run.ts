import { emptyResult } from "../../src/pipeline/result.js";
import { Summary } from "../../src/pipeline/summary.js";
import type { Counts } from "../../src/types/outcome.js";
import type { RunResult } from "../../src/types/run-result.js";

type Some = Partial<Record<keyof Counts, number>>;

const none = { read: 0, invalid: 0, duplicate: 0 };

/** A run that came to its end after 0.1 s. */
export function finished(conversations: Some, more: Partial<RunResult> = {}, keys: Some = {}): RunResult {
  const { mode = "migrate" } = more;
  return {
    ...emptyResult({ mode, dryRun: mode === "dry-run" }, new Summary({ mode, details: 0 })),
    counts: { conversations: { ...none, ...conversations }, keys: { ...none, ...keys } },
    reading: { checking: false, bytes: 2_000, totalBytes: 2_000, checked: 0 },
    durationMs: 100,
    ...more,
  };
}

export const incomplete = { exitCode: 3 } as const;
export const dry = { mode: "dry-run" } as const;
export const verify = { mode: "verify" } as const;
export const undo = { mode: "undo" } as const;
export const error = { code: "internal", message: "x", hint: "x" } as const;
export const changed = { code: "source-changed", message: "x" } as const;
