import { memoryModelOf } from "../redis/memory-model.js";
import type { RunResult } from "../types/run-result.js";
import { bytes } from "./units.js";

const titles = {
  migrate: "migration",
  "dry-run": "dry run",
  verify: "verification",
  undo: "undo",
  output: "commands for redis-cli --pipe",
  export: "export",
};

/** What kind of run it was. */
export function titleOf({ mode, dryRun }: RunResult): string {
  const title = mode === "undo" && dryRun ? "undo as a dry run" : titles[mode];
  return mode === "verify" || dryRun ? `${title}, nothing is written` : title;
}

/** How much memory a dry run's work needs in a server like this. */
export function memoryText(server: string | null, estimate: number): string {
  const about = memoryModelOf(server, false).exact ? "about" : "at most about";
  return `${about} ${bytes(estimate)} of Redis' memory`;
}
