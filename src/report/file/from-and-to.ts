import type { RunResult } from "../../types/run-result.js";
import { outputText } from "../output-text.js";
import { memoryText } from "../run-title.js";
import { sourceText } from "../source-text.js";
import { bytes, count } from "../units.js";

/** More sources are counted, not named: there may be one a record. */
const mostSources = 20;

/** What a run read and wrote, each with what it is. */
export function fromAndTo(result: RunResult): (readonly [name: string, text: string])[] {
  const { mode, sources, target, archive, journal, output, estimatedMemoryBytes } = result;
  const lines: (readonly [string, string])[] = sources
    .slice(0, mostSources)
    .map((source) => ["From", `${source.path} (${sourceText(result, source)})`]);
  const more = sources.slice(mostSources);
  const size = more.reduce((sum, one) => sum + one.bytes, 0);
  if (more.length > 0) lines.push(["From", `${count(more.length)} more (${bytes(size)})`]);
  if (target !== null) {
    const { url, prefix, server, topology } = target;
    const arranged = topology === null || topology === "standalone" ? "" : ` ${topology}`;
    const software = server === null ? "" : `, ${server}`;
    lines.push([
      mode === "export" ? "From" : "To",
      `${url} (prefix ${JSON.stringify(prefix)}${software}${arranged})`,
    ]);
  }
  if (result.export !== null) lines.push(["To", outputText(result.export)]);
  if (archive !== null) lines.push(["Archive", archive]);
  if (estimatedMemoryBytes !== null)
    lines.push(["Needs", memoryText(target?.server ?? null, estimatedMemoryBytes)]);
  if (output !== null) lines.push(["To", outputText(output)]);
  if (journal !== null) lines.push(["Journal", journal]);
  return lines;
}
