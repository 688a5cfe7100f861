import type { Address } from "../../options.js";
import type { RunResult } from "../../types/run-result.js";
import { labelOf, shownCounts } from "../counts-table.js";
import { differenceDetails, differencesTitle } from "../difference-list.js";
import { nextSteps, settingsTitle } from "../next-steps.js";
import { placeText, rowText } from "../place-text.js";
import { printable, shortName } from "../printable.js";
import { bytesText, rejectionsTitle } from "../rejection-list.js";
import { titleOf } from "../run-title.js";
import { count } from "../units.js";
import { verdictOf } from "../verdict.js";
import { escapeMarkdown } from "./escape-markdown.js";
import { fromAndTo } from "./from-and-to.js";

const signs = { success: "✅", warning: "⚠️", failure: "❌" };

/**
 * The result as GitHub's Markdown, for the summary of a job or a change request.
 * @param now in ms since 1970
 */
export function* markdown(result: RunResult, address: Address, now: number): Generator<string> {
  const { tool, error, warnings, preflight, differences, rejections } = result;
  const { sentence, level } = verdictOf(result);
  yield `# ${tool.name}: ${titleOf(result)}\n\n${signs[level]} **${escapeMarkdown(sentence)}**\n`;
  if (error !== null) {
    const lines = [...error.message.split("\n"), error.hint].map(escapeMarkdown);
    yield `\n> error: ${lines.join("\\\n> ")}\n`;
  }
  yield* whatToDoNext(result, address, now);
  yield* table(
    "Counts",
    ["", "conversations", "API keys"],
    shownCounts(result).map((row) => [row.label, count(row.conversations), count(row.keys)]),
    [":--", "--:", "--:"],
  );
  yield* list(
    "From and to",
    fromAndTo(result).map(([name, text]) => `${name}: ${text}`),
  );
  yield* table(
    differencesTitle(result),
    ["", "record", "where", "how"],
    differences.map((one) => {
      const { difference, kind, name, place } = one;
      const where = place === undefined ? "" : placeText(kind, place);
      return [labelOf(difference, result), `${kind} ${shortName(name)}`, where, differenceDetails(one)];
    }),
  );
  yield* table(
    rejectionsTitle(result),
    ["where", "bytes", "line", "why"],
    rejections.map((one) => {
      return [rowText(one.kind, one.place), bytesText(one), String(one.place.line), one.reason];
    }),
  );
  const messages = warnings.map(({ message }) => message);
  yield* list("Warnings", messages);
  const notes = preflight.filter(({ severity }) => severity === "note").map(({ message }) => message);
  yield* list("About Redis", notes);
}

function* whatToDoNext(result: RunResult, address: Address, now: number): Generator<string> {
  const { run, hints, pipe, undo, expiry, settings } = nextSteps(result, address, now);
  yield* list(
    "What to do next",
    [...hints, run?.sentence ?? null, expiry].filter((step) => step !== null),
  );
  if (pipe !== null) yield `\nTo carry them out:\n\n${codeBlock([pipe])}`;
  if (undo !== null) {
    const needs = undo.needs === null ? "" : ` (${undo.needs})`;
    yield `\nTo take this back${needs}:\n\n${codeBlock([undo.command])}`;
  }
  if (settings.length > 0) yield `\n${escapeMarkdown(settingsTitle)}\n\n${codeBlock(settings)}`;
}

function* list(title: string, items: readonly string[]): Generator<string> {
  if (items.length > 0) yield heading(title);
  for (const item of items) yield `- ${escapeMarkdown(item)}\n`;
}

function* table(
  title: string,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  alignments = heads.map(() => ":--"),
): Generator<string> {
  if (rows.length === 0) return;
  yield `${heading(title)}${tableLine(heads)}${tableLine(alignments)}`;
  for (const row of rows) yield tableLine(row.map(escapeMarkdown));
}

function heading(title: string): string {
  return `\n## ${escapeMarkdown(title)}\n\n`;
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}

/** Lines as they are, behind a fence that none of them can end. */
function codeBlock(lines: readonly string[]): string {
  const text = lines.map(printable).join("\n");
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}\n`;
}
