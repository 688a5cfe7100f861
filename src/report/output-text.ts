import type { OutputSummary, RunResult } from "../types/run-result.js";
import { shellWord } from "./printable.js";
import { total } from "./verdict/sum-of-counts.js";

/** Where commands or records were written to, as people call it. */
export function outputText({ path }: OutputSummary): string {
  return path === "-" ? "standard output" : path;
}

/** The command that carries out those of a file; null where there are none, or somebody reads them already. */
export function pipeCommand(result: RunResult): string | null {
  const { mode, output, error, interrupted } = result;
  const isUnfinished = error !== null || interrupted !== null;
  if (mode !== "output" || output?.kind !== "file" || isUnfinished) return null;
  return total(result, "written") === 0 ? null : `redis-cli --pipe < ${shellWord(output.path)}`;
}
