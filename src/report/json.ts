import type { RunResult } from "../types.js";

/** The result as one JSON object, ending in a line feed. API keys in it are masked already. */
export function renderJson(result: RunResult): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}
