import type { Mode } from "../types.js";

/** The mode that the flags, checked or not, ask for. */
export function modeOf(flags: {
  readonly dryRun?: unknown;
  readonly verify?: unknown;
  readonly undo?: unknown;
}): Mode {
  if (flags.undo !== undefined) return "undo";
  if (flags.verify) return "verify";
  return flags.dryRun ? "dry-run" : "migrate";
}
