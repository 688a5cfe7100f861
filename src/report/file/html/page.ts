import type { Address } from "../../../options.js";
import type { RunResult } from "../../../types/run-result.js";
import { labelOf } from "../../counts-table.js";
import { differenceDetails, differencesTitle } from "../../difference-list.js";
import { type NextSteps, nextSteps, settingsTitle } from "../../next-steps.js";
import { placeText, rowText } from "../../place-text.js";
import { shortName } from "../../printable.js";
import { bytesText, rejectionsTitle } from "../../rejection-list.js";
import { titleOf } from "../../run-title.js";
import { verdictOf } from "../../verdict.js";
import type { ContentStatistics } from "../content-statistics.js";
import { fromAndTo } from "../from-and-to.js";
import { beginningOf } from "../replace-file.js";
import { contents } from "./contents.js";
import { dataTable, type Html, html, nothing } from "./elements.js";
import { outcomesSection } from "./outcomes.js";
import { style } from "./style.js";

const labels = { success: "Success", warning: "Look at this", failure: "Failed" };

/**
 * The result as a page that stands alone: without scripts, and without a request to anywhere.
 * @param now in ms since 1970
 */
export function* htmlPage(
  result: RunResult,
  statistics: ContentStatistics,
  address: Address,
  now: number,
): Generator<string> {
  for (const piece of piecesOf(result, statistics, address, now)) yield piece.html;
}

function* piecesOf(
  result: RunResult,
  statistics: ContentStatistics,
  address: Address,
  now: number,
): Generator<Html> {
  const { tool, differences, rejections, warnings, preflight } = result;
  const at = new Date(now).toISOString();
  yield { html: `${beginningOf.html} ${tool.version}">\n` };
  yield html`<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${tool.name}: ${titleOf(result)}</title>
<style>${{ html: style }}</style>
<main>
`;
  yield headOf(result, at);
  yield placesOf(result);
  yield stepsSection(nextSteps(result, address, now));
  yield outcomesSection(result);
  yield* dataTable(
    "differences",
    differencesTitle(result),
    [
      { head: "Outcome", cells: "whole" },
      { head: "Kind", cells: "whole" },
      { head: "Name" },
      { head: "Where" },
      { head: "How" },
    ],
    differences.map((one) => {
      const { difference, kind, name, place } = one;
      const where = place === undefined ? "" : placeText(kind, place);
      return [
        html`<b>${labelOf(difference, result)}</b>`,
        kind,
        shortName(name),
        where,
        differenceDetails(one),
      ];
    }),
  );
  yield* dataTable(
    "rejections",
    rejectionsTitle(result),
    [
      { head: "Where" },
      { head: "Bytes", cells: "whole" },
      { head: "Line", cells: "number" },
      { head: "Why" },
    ],
    rejections.map((one) => [
      rowText(one.kind, one.place),
      bytesText(one),
      String(one.place.line),
      one.reason,
    ]),
  );
  yield listSection("warnings", "Warnings", warnings);
  yield* contents(result, statistics);
  yield listSection(
    "redis",
    "About Redis",
    preflight.filter(({ severity }) => severity === "note"),
  );
  yield html`<footer>Made by ${tool.name} ${tool.version} on ${at.slice(0, 10)} at ${at.slice(11, 16)} UTC. It names ids, files and rows, and holds neither messages nor passwords; API keys are masked.</footer>
</main>
`;
}

function headOf(result: RunResult, at: string): Html {
  const { tool, error } = result;
  const { level, sentence } = verdictOf(result);
  const [mainPart, rest] = splitSentence(sentence);
  const lead =
    rest === ""
      ? nothing
      : html`<p class="lead">${prose(rest)}</p>
`;
  const message = error === null ? [] : error.message.split("\n").map((line) => html`<p>${prose(line)}</p>`);
  const shown =
    error === null ? nothing : html`<div class="error">${message}<p>${prose(error.hint)}</p></div>`;
  return html`<header class="${level}">
<p class="kind">${tool.name} · ${titleOf(result)} · <time datetime="${at}">${at.slice(0, 10)}</time></p>
<h1><span class="level">${labels[level]}</span> ${prose(mainPart)}</h1>
${lead}${shown}</header>
`;
}

/** A sentence's main part, and what follows its first semicolon as a sentence of its own; empty where nothing does. */
function splitSentence(sentence: string): readonly [mainPart: string, rest: string] {
  const end = sentence.indexOf("; ");
  if (end < 0) return [sentence, ""];
  return [`${sentence.slice(0, end)}.`, sentence.charAt(end + 2).toUpperCase() + sentence.slice(end + 3)];
}

/** Text in which neither a flag of the command line is broken in two, nor a number from its unit. */
function prose(text: string): Html {
  const parts = text.replace(/(\d) (s|min|[kMGT]?B)\b/g, "$1\u00a0$2").split(/(--[a-z][\w-]*)/);
  return html`${parts.map((part, at) => (at % 2 === 0 ? html`${part}` : html`<span class="flag">${part}</span>`))}`;
}

function stepsSection({ run, hints, pipe, undo, expiry, settings }: NextSteps): Html {
  const texts = [...hints, run?.sentence ?? null, expiry].filter((text) => text !== null);
  const steps = texts.map((text) => html`<li>${prose(text)}</li>`);
  if (pipe !== null) steps.push(html`<li>To carry them out:<pre>${pipe}</pre></li>`);
  if (undo !== null) {
    const needs = undo.needs === null ? "" : ` (${undo.needs})`;
    steps.push(html`<li>To take this back${needs}:<pre>${undo.command}</pre></li>`);
  }
  if (settings.length > 0) {
    const lines = settings.map(
      (line) => html`${line}
`,
    );
    steps.push(html`<li>${settingsTitle}<pre>${lines}</pre></li>`);
  }
  if (steps.length === 0) return nothing;
  return html`<section aria-labelledby="next"><h2 id="next">What to do next</h2><ul class="steps">${steps}</ul></section>
`;
}

function listSection(id: string, title: string, items: readonly { readonly message: string }[]): Html {
  if (items.length === 0) return nothing;
  const lines = items.map(({ message }) => html`<li>${prose(message)}</li>`);
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2><ul>${lines}</ul></section>
`;
}

function placesOf(result: RunResult): Html {
  const lines = fromAndTo(result).map(([name, text]) => html`<div><dt>${name}</dt><dd>${text}</dd></div>`);
  return lines.length === 0
    ? nothing
    : html`<dl>${lines}</dl>
`;
}
