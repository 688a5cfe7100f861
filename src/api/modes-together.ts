import type { UncheckedFlags } from "./flag-schema.js";
import { flagNamed } from "./flags-without-effect.js";

/** Flags that each ask for a mode, in the order in which they are named. */
const modeFlags = ["apply", "dryRun", "undo", "export", "output", "verify"] as const;

/** What is wrong with modes that were asked for at once; only an undo may be a dry run as well. */
export function modesTogether(given: UncheckedFlags): string[] {
  const asked = modeFlags.filter((flag) => given[flag] !== undefined && given[flag] !== false);
  return asked.flatMap((one, at) =>
    asked
      .slice(at + 1)
      .filter((other) => one !== "dryRun" || other !== "undo")
      .map((other) => `${flagNamed(one)} and ${flagNamed(other)} exclude each other: choose one`),
  );
}
