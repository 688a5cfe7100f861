import { parses } from "./json/parse-json.js";

const NEW_LINE = 0x0a;

/** So many lines are enough to decide. */
const mostLines = 100;

/**
 * Whether a text that begins like this is JSON lines: at least half of its lines are JSON documents of their own, and
 * there are several. So one that is broken does not hide the others. Commas may stand between them, as in rows that were
 * cut out of an array.
 */
export function isJsonLines(beginning: Buffer): boolean {
  let lines = 0;
  let documents = 0;
  let commas = false;
  for (let from = 0; from < beginning.length && lines < mostLines; ) {
    const found = beginning.indexOf(NEW_LINE, from);
    const end = found < 0 ? beginning.length : found;
    const line = beginning.toString("utf8", from, end).trim();
    from = end + 1;
    if (line === "") continue;
    // Indented JSON begins so.
    if (lines === 0 && (line === "{" || line === "[")) return false;
    lines += 1;
    if (isDocument(line)) documents += 1;
    else if ((lines === 1 || commas) && line.endsWith(",") && isDocument(line.slice(0, -1))) {
      documents += 1;
      commas = true;
    }
  }
  return lines > 1 && documents > 0 && documents * 2 >= lines;
}

function isDocument(line: string): boolean {
  return /^(\{.*\}|\[.*\]|".*")$/s.test(line) && parses(Buffer.from(line));
}
