import { Chalk, type ChalkInstance } from "chalk";
import type { Address } from "../options.js";
import type { RunResult } from "../types/run-result.js";
import { countsTable } from "./counts-table.js";
import { differenceList } from "./difference-list.js";
import { type CommandLine, nextCommand } from "./next-command.js";
import { nextSteps, settingsTitle } from "./next-steps.js";
import { outputText } from "./output-text.js";
import { printable } from "./printable.js";
import { rejectionList } from "./rejection-list.js";
import { memoryText, titleOf } from "./run-title.js";
import { sourceText } from "./source-text.js";
import { exportPlace } from "./verdict/export.js";
import { verdictOf } from "./verdict.js";
import { wrap } from "./wrap.js";

/** How text is shown. */
interface Look {
  readonly color: boolean;
  /** Of the terminal; null where there is none. */
  readonly columns: number | null;
}

/** The result for people: what was read, what became of it, what to look at, and what to do next. */
export function renderText(
  result: RunResult,
  address: Address,
  commandLine: CommandLine,
  { color, columns }: Look,
): string {
  // chalk's own detection ignores NO_COLOR, so the caller decides, once.
  const colors = new Chalk({ level: color ? 1 : 0 });
  const sections = [
    [`${colors.bold(`${result.tool.name} ${result.tool.version}`)}: ${titleOf(result)}`],
    sourcesAndTarget(result),
    countsTable(result, colors),
    differenceList(result, colors),
    rejectionList(result, colors),
  ].map((lines) => wrap(lines.join("\n"), columns));
  const shown = [...sections, ...verdictAndNextSteps(result, address, commandLine, colors, columns)];
  return `${shown.filter((section) => section !== "").join("\n\n")}\n`;
}

function sourcesAndTarget(result: RunResult): string[] {
  const { mode, sources, target, archive, preflight, estimatedMemoryBytes } = result;
  const lines = sources.map((source) => {
    return `  from  ${printable(source.path)}  (${sourceText(result, source)})`;
  });
  if (target !== null) {
    const { url, prefix, server, topology } = target;
    const software = server === null ? "" : `, ${printable(server)}`;
    const arranged = topology === null || topology === "standalone" ? "" : ` ${topology}`;
    const where = `${printable(url)}  (prefix ${JSON.stringify(prefix)}${software}${arranged})`;
    lines.push(mode === "export" ? `  from  ${where}` : `  to    ${where}`);
  }
  if (result.output !== null) lines.push(`  to    ${printable(outputText(result.output))}`);
  if (result.export !== null) lines.push(`  to    ${exportPlace(result)}`);
  if (archive !== null)
    lines.push(`  and   ${printable(archive)}  (the archive, for conversations past their time)`);
  for (const { severity, message } of preflight)
    if (severity === "note") lines.push(`  note  ${printable(message)}`);
  if (estimatedMemoryBytes !== null)
    lines.push(`  needs ${memoryText(target?.server ?? null, estimatedMemoryBytes)}`);
  return lines;
}

/** What stands in it to be copied is never broken. */
function verdictAndNextSteps(
  result: RunResult,
  address: Address,
  commandLine: CommandLine,
  colors: ChalkInstance,
  columns: number | null,
): string[] {
  const { level, sentence } = verdictOf(result);
  const color = { success: colors.green, warning: colors.yellow, failure: colors.red }[level];
  const { run, hints, pipe, undo, expiry, settings } = nextSteps(result, address, Date.now());
  const prose = (text: string) => wrap(text, columns);
  const lines = [color(sentence), ...hints].map(prose);
  if (undo !== null) lines.push(`To take this back: ${undo.command}`);
  if (undo !== null && undo.needs !== null) lines.push(`  (${undo.needs})`);
  if (expiry !== null) lines.push(prose(expiry));
  const app = settings.length === 0 ? [] : [prose(settingsTitle), ...settings.map((line) => `  ${line}`)];
  const command = run === null ? null : nextCommand(result.tool.name, commandLine, run);
  const before = run?.toDecide === undefined ? "" : `\n  (${run.toDecide})`;
  const next = run === null ? "" : command === null ? prose(run.sentence) : `Next: ${command}${before}`;
  if (pipe === null) return [lines.join("\n"), app.join("\n"), next];
  const then = run === null || command === null ? next : `Then: ${command}`;
  return [lines.join("\n"), [`Next: ${pipe}`, ...(then === "" ? [] : [then])].join("\n")];
}
