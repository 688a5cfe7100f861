import type { ChalkInstance } from "chalk";
import type { Address } from "../options.js";
import { memoryModelOf } from "../redis/memory-model.js";
import type { Counts, Difference, FieldDifference, Rejection, RunResult } from "../types.js";
import { setOf } from "../types.js";
import { colorsFor } from "./colors.js";
import { settingsForTheApp } from "./settings-for-the-app.js";
import { undoCommand } from "./undo-command.js";
import { bytes, count, plural, printable, shortName } from "./units.js";
import { verdictOf } from "./verdict.js";

const titles = { migrate: "migration", "dry-run": "dry run", verify: "verification", undo: "undo" };

function titleOf({ mode, dryRun }: RunResult): string {
  const title = mode === "undo" && dryRun ? "undo as a dry run" : titles[mode];
  return mode === "verify" || dryRun ? `${title}, nothing is written` : title;
}

const marks: Partial<Record<Difference["difference"], string>> = {
  missing: "-",
  extra: "+",
  created: "+",
  updated: "~",
  kept: "=",
};

/** The result for people: what was read, what became of it, what to look at, and what to do next. */
export function renderText(result: RunResult, address: Address, color: boolean): string {
  const colors = colorsFor(color);
  const sections = [
    [`${colors.bold(`${result.tool.name} ${result.tool.version}`)}: ${titleOf(result)}`],
    placeLines(result),
    tableLines(result, colors),
    differenceLines(result, colors),
    rejectionLines(result, colors),
    endLines(result, address, colors),
  ];
  const shown = sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${shown.join("\n\n")}\n`;
}

function placeLines({ sources, target, preflight, estimatedMemoryBytes }: RunResult): string[] {
  const lines = sources.map(({ path, bytes: size, conversations, keys }) => {
    const held = `${plural(conversations, "conversation")}, ${plural(keys, "API key")}`;
    return `  from  ${printable(path)}  (${bytes(size)}: ${held})`;
  });
  if (target !== null) {
    const server = target.server === null ? "" : `, ${printable(target.server)}`;
    const arranged =
      target.topology === null || target.topology === "standalone" ? "" : ` ${target.topology}`;
    lines.push(
      `  to    ${printable(target.url)}  (prefix ${JSON.stringify(target.prefix)}${server}${arranged})`,
    );
  }
  for (const { severity, message } of preflight)
    if (severity === "note") lines.push(`  note  ${printable(message)}`);
  if (estimatedMemoryBytes !== null) {
    const about = memoryModelOf(target?.server ?? null, false).exact ? "about" : "at most about";
    lines.push(`  needs ${about} ${bytes(estimatedMemoryBytes)} of Redis' memory`);
  }
  return lines;
}

/** Rows that are always shown; the others only where they are not zero. */
const alwaysShown: ReadonlySet<string> = new Set(["read", "created", "matched", "deleted", "restored"]);

const alarming: ReadonlySet<string> = new Set([
  "invalid",
  "conflict",
  "failed",
  "missing",
  "different",
  "expiry",
  "wrongType",
  "changed",
  "leftOut",
]);

function tableLines({ counts }: RunResult, colors: ChalkInstance): string[] {
  const names = Object.keys(counts.conversations) as (keyof Counts)[];
  const lines = [`  ${" ".repeat(12)}${setOf.conversation.padStart(15)}${setOf.key.padStart(12)}`];
  for (const name of names) {
    const [conversations, keys] = [counts.conversations[name] ?? 0, counts.keys[name] ?? 0];
    if (conversations + keys === 0 && !alwaysShown.has(name)) continue;
    const line = `  ${name.padEnd(12)}${count(conversations).padStart(15)}${count(keys).padStart(12)}`;
    lines.push(alarming.has(name) ? colors.yellow(line) : line);
  }
  return lines;
}

function differenceLines(
  { mode, differences, differencesFound, truncated }: RunResult,
  colors: ChalkInstance,
): string[] {
  if (differences.length === 0) return [];
  const lines = differences.map(({ kind, name, difference, fields, reason }) => {
    const what = [
      ...fields.map((field) => fieldText(field, difference)),
      ...(reason === undefined ? [] : [printable(reason)]),
    ].join("; ");
    const line = `  ${marks[difference] ?? "!"} ${difference.padEnd(9)} ${kind} ${shortName(name)}${what === "" ? "" : `  ${what}`}`;
    return alarming.has(difference) ? colors.yellow(line) : line;
  });
  const title = mode === "undo" ? "Not taken back" : "Differences, Redis → file";
  const some = truncated ? firstOf(differences.length, differencesFound) : "";
  return [colors.bold(`${title}${some}:`), ...lines];
}

function firstOf(listed: number, found: number): string {
  return found > listed ? ` (first ${listed} of ${count(found)}; --details 0 for all)` : "";
}

/** Of a duplicate, what Redis gets is the row that counts, and what the file has, the row that does not. */
function fieldText(
  { field, redis, file, changed, onlyInRedis, onlyInFile }: FieldDifference,
  difference: Difference["difference"],
): string {
  const name = shortName(field);
  if (field === "expiry") return `expiry: ${redis}, expected ${file}`;
  if (onlyInFile !== undefined) {
    const [held, other] =
      difference === "duplicate" ? ["the row that counts", "the duplicate"] : ["Redis", "the file"];
    return `${name}: ${redis} → ${file}, ${onlyInRedis} only in ${held}, ${onlyInFile} only in ${other}`;
  }
  if (changed !== undefined) return `${name}: ${changed} of ${file} differ`;
  return redis === undefined || file === undefined ? `${name} differs` : `${name}: ${redis} → ${file}`;
}

function rejectionLines(
  { rejections, counts, unreadable, truncated }: RunResult,
  colors: ChalkInstance,
): string[] {
  if (rejections.length === 0) return [];
  const all = counts.conversations.invalid + counts.keys.invalid + unreadable;
  const some =
    truncated && all > rejections.length
      ? ` (first ${rejections.length} of ${count(all)}; --details 0 for all)`
      : "";
  const lines = rejections.map((rejection) => colors.yellow(`  ! ${rejectionText(rejection)}`));
  return [colors.bold(`Damaged or invalid in the files${some}:`), ...lines];
}

function rejectionText({ kind, place, reason, bytes: length = 0 }: Rejection): string {
  const row = kind === null || place.index === null ? "" : `, ${setOf[kind]} row ${place.index}`;
  const { source, offset, line } = place;
  const where = length > 1 ? `bytes ${offset} to ${offset + length - 1}` : `byte ${offset}`;
  return `${printable(source)}${row} (${where}, line ${line}): ${printable(reason)}`;
}

function endLines(result: RunResult, address: Address, colors: ChalkInstance): string[] {
  const { tone, sentence, hints, forTheApp, undoable } = verdictOf(result);
  const lines = [{ good: colors.green, doubt: colors.yellow, bad: colors.red }[tone](sentence)];
  lines.push(...hints);
  if (undoable) lines.push(...undoCommand(result, address));
  if (result.expiresAt !== null) {
    const leave = result.mode === "dry-run" ? "would leave" : "leave";
    lines.push(
      `Conversations that nobody uses ${leave} Redis on ${dayOf(result.expiresAt)}: keep the files as your archive.`,
    );
  }
  if (!forTheApp) return lines;
  lines.push(
    "",
    "In the app (with the fork PGRjoystick/chatgpt-pw), read them from there:",
    ...settingsForTheApp(address, result.target?.prefix ?? "", result.target?.topology).map(
      (line) => `  ${line}`,
    ),
  );
  return lines;
}

/** The day of a time in ISO 8601, and the minute where that is less than two days away. */
function dayOf(time: string): string {
  const soon = Date.parse(time) - Date.now() < 2 * 24 * 60 * 60 * 1000;
  return soon ? `${time.slice(0, 16).replace("T", " ")} UTC` : time.slice(0, 10);
}
