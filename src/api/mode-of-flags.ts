import type { Mode } from "../types/mode-and-policy.js";
import type { UncheckedFlags } from "./flag-schema.js";

/** The mode that the flags ask for. */
export function modeOf({ undo, export: exportTo, output, verify, dryRun }: UncheckedFlags): Mode {
  if (undo !== undefined) return "undo";
  if (exportTo !== undefined) return "export";
  if (output !== undefined) return "output";
  if (verify) return "verify";
  return dryRun ? "dry-run" : "migrate";
}
