import type { RunResult } from "../types/run-result.js";

/**
 * The result as one JSON object, ending in a line feed; without its lists, where those would be longer than any text
 * that Node can hold. API keys in it are masked already.
 */
export function renderJson(result: RunResult): string {
  try {
    return textOf(result);
  } catch {
    return textOf({ ...result, differences: [], rejections: [], truncated: true });
  }
}

function textOf(result: RunResult): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}
