import { Chalk, type ChalkInstance } from "chalk";
import type { Address } from "../options.js";
import { memoryModelOf } from "../redis/memory-model.js";
import type { RunResult } from "../types/run-result.js";
import { countsTable } from "./counts-table.js";
import { differenceList } from "./difference-list.js";
import { printable } from "./printable.js";
import { rejectionList } from "./rejection-list.js";
import { settingsForTheApp } from "./settings-for-the-app.js";
import { undoCommand } from "./undo-command.js";
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

const titles = { migrate: "migration", "dry-run": "dry run", verify: "verification", undo: "undo" };

function titleOf({ mode, dryRun }: RunResult): string {
  const title = mode === "undo" && dryRun ? "undo as a dry run" : titles[mode];
  return mode === "verify" || dryRun ? `${title}, nothing is written` : title;
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
  if (estimatedMemoryBytes !== null) {
    const about = memoryModelOf(target?.server ?? null, false).exact ? "about" : "at most about";
    lines.push(`  needs ${about} ${bytes(estimatedMemoryBytes)} of Redis' memory`);
  }
  return lines;
}

function verdictAndNextSteps(result: RunResult, address: Address, colors: ChalkInstance): string[] {
  const { level, sentence, hints, showSettingsForTheApp, showUndoCommand } = verdictOf(result);
  const color = { success: colors.green, warning: colors.yellow, failure: colors.red }[level];
  const lines = [color(sentence), ...hints];
  if (showUndoCommand) lines.push(...undoCommand(result, address));
  if (result.expiresAt !== null) {
    const leave = result.mode === "dry-run" ? "would leave" : "leave";
    lines.push(
      `Migrated conversations that nobody uses ${leave} Redis by ${dayOf(result.expiresAt)}: keep the files as your archive.`,
    );
  }
  if (!showSettingsForTheApp) return lines;
  const settings = settingsForTheApp(address, result.target?.prefix ?? "", result.target?.topology);
  return [
    ...lines,
    "",
    "In the app (with the fork PGRjoystick/chatgpt-pw), read them from there:",
    ...settings.map((line) => `  ${line}`),
  ];
}

/** The day of a time in ISO 8601, and the minute where that is less than two days away. */
function dayOf(time: string): string {
  const soon = Date.parse(time) - Date.now() < 2 * 24 * 60 * 60 * 1000;
  return soon ? `${time.slice(0, 16).replace("T", " ")} UTC` : time.slice(0, 10);
}
