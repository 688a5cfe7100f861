import { Chalk, type ChalkInstance } from "chalk";
import type { Address } from "../options.js";
import type { RunResult } from "../types/run-result.js";
import { countsTable } from "./counts-table.js";
import { differenceList } from "./difference-list.js";
import { nextSteps, settingsTitle } from "./next-steps.js";
import { printable } from "./printable.js";
import { rejectionList } from "./rejection-list.js";
import { memoryText, titleOf } from "./run-title.js";
import { bytes, plural } from "./units.js";
import { verdictOf } from "./verdict.js";

/** The result for people: what was read, what became of it, what to look at, and what to do next. */
export function renderText(result: RunResult, address: Address, color: boolean): string {
  // chalk's own detection ignores NO_COLOR, so the caller decides, once.
  const colors = new Chalk({ level: color ? 1 : 0 });
  const sections = [
    [`${colors.bold(`${result.tool.name} ${result.tool.version}`)}: ${titleOf(result)}`],
    sourcesAndTarget(result),
    countsTable(result, colors),
    differenceList(result, colors),
    rejectionList(result, colors),
    verdictAndNextSteps(result, address, colors),
  ];
  const shown = sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${shown.join("\n\n")}\n`;
}

function sourcesAndTarget({ sources, target, preflight, estimatedMemoryBytes }: RunResult): string[] {
  const lines = sources.map(({ path, bytes: size, conversations, keys }) => {
    const held = `${plural(conversations, "conversation")}, ${plural(keys, "API key")}`;
    return `  from  ${printable(path)}  (${bytes(size)}: ${held})`;
  });
  if (target !== null) {
    const { url, prefix, server, topology } = target;
    const software = server === null ? "" : `, ${printable(server)}`;
    const arranged = topology === null || topology === "standalone" ? "" : ` ${topology}`;
    lines.push(`  to    ${printable(url)}  (prefix ${JSON.stringify(prefix)}${software}${arranged})`);
  }
  for (const { severity, message } of preflight)
    if (severity === "note") lines.push(`  note  ${printable(message)}`);
  if (estimatedMemoryBytes !== null)
    lines.push(`  needs ${memoryText(target?.server ?? null, estimatedMemoryBytes)}`);
  return lines;
}

function verdictAndNextSteps(result: RunResult, address: Address, colors: ChalkInstance): string[] {
  const { level, sentence } = verdictOf(result);
  const color = { success: colors.green, warning: colors.yellow, failure: colors.red }[level];
  const { hints, undo, expiry, settings } = nextSteps(result, address, Date.now());
  const lines = [color(sentence), ...hints];
  if (undo !== null) lines.push(`To take this back: ${undo.command}`);
  if (undo !== null && undo.needs !== null) lines.push(`  (${undo.needs})`);
  if (expiry !== null) lines.push(expiry);
  if (settings.length === 0) return lines;
  return [...lines, "", settingsTitle, ...settings.map((line) => `  ${line}`)];
}
