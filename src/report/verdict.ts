import type { RunResult } from "../types/run-result.js";
import { elapsed } from "./units.js";
import { conflictHints } from "./verdict/conflict-hints.js";
import { dryRunSentence } from "./verdict/dry-run.js";
import { exportHints, exportSentence } from "./verdict/export.js";
import { whichFilesLack } from "./verdict/lacking-files.js";
import { leftOutHints, rejectsHints } from "./verdict/left-out-hints.js";
import { migrationSentence } from "./verdict/migration.js";
import { outputHints, outputSentence } from "./verdict/output.js";
import { planHints, whetherAsPlanned } from "./verdict/plan.js";
import { total } from "./verdict/sum-of-counts.js";
import { undoSentence } from "./verdict/undo.js";
import { interruptedSentence, refusedByStrictSentence, stoppedSentence } from "./verdict/unfinished.js";
import { verificationSentence } from "./verdict/verification.js";
import { whatWasLeftOut } from "./verdict/what-was-asked-for.js";

/** What may be said at the end of a run. */
interface Verdict {
  readonly level: "success" | "warning" | "failure";
  readonly sentence: string;
  /** What to do about conflicts, as far as anything settles them, about rows that were left out, and where they are kept. */
  readonly hints: readonly string[];
  /** Whether there is something in Redis for the app to read, by a run that came to its end. */
  readonly showSettingsForTheApp: boolean;
  /** Whether the run changed something that its journal can take back. */
  readonly showUndoCommand: boolean;
}

const sentences = {
  migrate: migrationSentence,
  "dry-run": dryRunSentence,
  verify: verificationSentence,
  undo: undoSentence,
  output: outputSentence,
  export: exportSentence,
};

/** Works out from the counts what a person may believe. Nothing else in a report claims success. */
export function verdictOf(result: RunResult): Verdict {
  const { mode, dryRun, error, interrupted, warnings, journal, exitCode, durationMs } = result;
  const mayHaveWritten = total(result, "created", "updated") > 0 || error !== null || interrupted !== null;
  const showUndoCommand = mode === "migrate" && journal !== null && mayHaveWritten;
  const kept = rejectsHints(result);
  const unfinished = { hints: kept, showSettingsForTheApp: false, showUndoCommand };
  if (error !== null) return { ...unfinished, level: "failure", sentence: stoppedSentence(result) };
  if (interrupted !== null) return { ...unfinished, level: "warning", sentence: interruptedSentence(result) };
  if (warnings.some(({ code }) => code === "strict"))
    return {
      ...unfinished,
      level: "warning",
      sentence: refusedByStrictSentence(result),
      hints: [...leftOutHints(result), ...kept, ...planHints(result)],
    };
  const did = mode === "verify" || dryRun ? "checked" : "done";
  return {
    level: exitCode === 0 && total(result, "read") > 0 ? "success" : "warning",
    sentence: `${sentences[mode](result)}${whatWasLeftOut(result)}${whetherAsPlanned(result)}${whichFilesLack(result)}, ${did} in ${elapsed(durationMs)}.`,
    hints: [
      ...conflictHints(result),
      ...leftOutHints(result),
      ...kept,
      ...exportHints(result),
      ...outputHints(result),
      ...planHints(result),
    ],
    showSettingsForTheApp: mode === "migrate" && total(result, "created", "updated", "unchanged", "kept") > 0,
    showUndoCommand,
  };
}
