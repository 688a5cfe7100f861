import type { UncheckedFlags } from "./flag-schema.js";
import { modeOf } from "./mode-of-flags.js";

/** Flags on records and sources. */
const recordFlags = [
  ...(["only", "onDuplicate", "strict", "onConflict", "ttl", "ttlFrom", "archive"] as const),
  ...(["journal", "rejects"] as const),
];

/**
 * Flags that can have no effect in the mode that was asked for. A verification and a dry run take each flag of the
 * migration that they mirror, so that the same command line serves for all three.
 */
export function flagsWithoutEffect(given: UncheckedFlags): string[] {
  const mode = modeOf(given);
  const problems: string[] = [];
  if (mode === "undo") {
    for (const name of recordFlags) {
      if (given[name] === undefined || (given[name] === false && name !== "journal")) continue;
      problems.push(
        `${flagNamed(name, given[name])} has no effect with --undo, which takes back what its journal names`,
      );
    }
  }
  if (given.exitCode && mode !== "dry-run") {
    problems.push(
      "--exit-code has an effect with --dry-run alone, which it makes exit with 2 where there is work to do",
    );
  }
  return problems;
}

/** A flag as it is written, by its name in the schema. */
export function flagNamed(name: string, value?: unknown): string {
  return `--${value === false ? "no-" : ""}${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
