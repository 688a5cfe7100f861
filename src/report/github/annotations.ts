import type { Counts, Difference } from "../../types/outcome.js";
import type { Place } from "../../types/row.js";
import type { RunResult } from "../../types/run-result.js";
import { differenceDetails } from "../difference-list.js";
import { rowText } from "../place-text.js";
import { printable, shortName } from "../printable.js";
import { rejectionText } from "../rejection-list.js";
import { count } from "../units.js";
import { total } from "../verdict/sum-of-counts.js";
import type { Annotation } from "./workflow-command.js";

/** GitHub shows no more of one level in a step. */
const mostOfALevel = 10;

/** Differences that are errors, the gravest first: each makes the exit code other than 0. */
const graveDifferences = [
  "failed",
  "conflict",
  "wrongType",
  "changed",
  "missing",
  "different",
  "expiry",
] as const satisfies readonly Difference["difference"][];

/**
 * What GitHub shows beside the files: the error, what Redis and the files differ in, and what is invalid in them, the
 * gravest first; and the warnings. What is left out is counted in the last one.
 * @param fileOf the path of a source in the workspace; null for one that stands elsewhere
 */
export function annotationsOf(result: RunResult, fileOf: (source: string) => string | null): Annotation[] {
  const { tool, error, differences, rejections, warnings, unreadable } = result;
  const about = (level: Annotation["level"], what: string, message: string, place?: Place): Annotation => {
    const file = place === undefined ? null : fileOf(place.source);
    const where = place === undefined || file === null ? {} : { file, line: place.line };
    return { level, title: `${tool.name}: ${what}`, message, ...where };
  };
  const errors = [
    ...(error === null
      ? []
      : [about("error", error.code, printableLines(`${error.message}\n${error.hint}`))]),
    ...graveDifferences.flatMap((grave) =>
      differences
        .filter(({ difference }) => difference === grave)
        .map((one) => about("error", grave, differenceText(one), one.place)),
    ),
    ...rejections.map((one) => {
      const what = one.kind === null ? "damaged file" : "invalid record";
      return about("error", what, rejectionText(one), one.place);
    }),
  ];
  const bad: readonly (keyof Counts)[] = [...graveDifferences, "invalid"];
  const found = total(result, ...bad) + unreadable + (error === null ? 0 : 1);
  const more = (hidden: number) =>
    about("error", "and more", `${count(hidden)} more: --details 0 --json lists all that there are`);
  const hints = warnings.map(({ code, message }) => about("warning", code, printableLines(message)));
  const moreHints = (hidden: number) => about("warning", "and more", `${count(hidden)} more: see the log`);
  return [...bounded(errors, found, more), ...bounded(hints, hints.length, moreHints)];
}

/** As many as are shown; where not all are, the last one says how many are not. */
function bounded(
  all: readonly Annotation[],
  found: number,
  more: (hidden: number) => Annotation,
): Annotation[] {
  if (found <= all.length && all.length <= mostOfALevel) return [...all];
  const shown = all.slice(0, mostOfALevel - 1);
  return [...shown, more(Math.max(found, all.length) - shown.length)];
}

function differenceText(one: Difference): string {
  const { kind, name, place } = one;
  const where = place === undefined ? "" : ` (${rowText(kind, place)})`;
  const details = differenceDetails(one);
  return `${kind} ${shortName(name)}${where}${details === "" ? "" : `: ${details}`}`;
}

function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}
