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

/** In a job's log, `##[` may begin a command for GitHub's runner; in JSON it stands in strings alone. */
function textOf(result: RunResult): string {
  return `${JSON.stringify(result, null, 2).replaceAll("##[", "##\\u005b")}\n`;
}
