import type { RunResult } from "../../types/run-result.js";
import { codesOfLackingFiles } from "../../types/warning-codes.js";

/** Files that were asked for beside the work itself, and are not there or not whole, in a clause. */
export function whichFilesLack({ warnings }: Pick<RunResult, "warnings">): string {
  const codes = new Set(warnings.map(({ code }) => code).filter((code) => codesOfLackingFiles.has(code)));
  const what = [
    ...(codes.has("journal-gone") ? ["the journal is gone"] : []),
    ...(codes.has("report-incomplete") ? ["not every report is there and whole"] : []),
  ].join(", and ");
  return what === "" ? "" : `; but ${what} (see the warnings)`;
}
