import type { Counts, Difference } from "../../types/outcome.js";
import type { Place } from "../../types/row.js";
import type { RunResult } from "../../types/run-result.js";
import { differenceDetails } from "../difference-list.js";
import { rowText } from "../place-text.js";
import { printable, shortName } from "../printable.js";
import { rejectionText } from "../rejection-list.js";
import { count } from "../units.js";
import { total } from "../verdict/sum-of-counts.js";
import { verdictOf } from "../verdict.js";
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
  // Of an export; in files it is a rejection.
  "invalid",
] as const satisfies readonly Difference["difference"][];

/**
 * What GitHub shows beside the files: the error, what Redis and the files differ in, and what is invalid in them, the
 * gravest first; and the warnings. What is left out is counted in the last one.
 * @param fileOf the path of a source in the workspace; null for one that stands elsewhere
 */
export function annotationsOf(result: RunResult, fileOf: (source: string) => string | null): Annotation[] {
  const { error, warnings, unreadable } = result;
  const grave: readonly (keyof Counts)[] = graveDifferences;
  const found = total(result, ...grave) + unreadable + (error === null ? 0 : 1);
  const more = (level: Annotation["level"], what: string) => (hidden: number) =>
    annotation(result, level, "and more", `${count(hidden)} more. ${what}`);
  const hints = warnings.map(({ code, message }) => annotation(result, "warning", code, lines(message)));
  return [
    ...bounded(errorsIn(result, fileOf), found, more("error", verdictOf(result).sentence)),
    ...bounded(hints, hints.length, more("warning", "The log has them all.")),
  ];
}

/** What is wrong, as far as the result lists it. */
function* errorsIn(
  result: RunResult,
  fileOf: (source: string) => string | null,
): Generator<Annotation, void, undefined> {
  const { error, differences, rejections } = result;
  const at = (place: Place | undefined) => {
    const file = place === undefined ? null : fileOf(place.source);
    return place === undefined || file === null ? {} : { file, line: place.line };
  };
  if (error !== null) yield annotation(result, "error", error.code, lines(`${error.message}\n${error.hint}`));
  for (const grave of graveDifferences)
    for (const one of differences)
      if (one.difference === grave)
        yield { ...annotation(result, "error", grave, differenceText(one)), ...at(one.place) };
  for (const one of rejections) {
    const what = one.kind === null ? "damaged file" : "invalid record";
    yield { ...annotation(result, "error", what, rejectionText(one)), ...at(one.place) };
  }
}

function annotation(
  { tool }: RunResult,
  level: Annotation["level"],
  what: string,
  message: string,
): Annotation {
  return { level, title: `${tool.name}: ${what}`, message };
}

/** As many as are shown; where not all are, the last one says how many are not. */
function bounded(
  listed: Iterable<Annotation>,
  found: number,
  more: (hidden: number) => Annotation,
): Annotation[] {
  const first: Annotation[] = [];
  for (const one of listed) {
    if (first.length === mostOfALevel) break;
    first.push(one);
  }
  if (found <= first.length) return first;
  const shown = first.slice(0, mostOfALevel - 1);
  return [...shown, more(found - shown.length)];
}

function differenceText(one: Difference): string {
  const { kind, name, place } = one;
  const where = place === undefined ? "" : ` (${rowText(kind, place)})`;
  const details = differenceDetails(one);
  return `${kind} ${shortName(name)}${where}${details === "" ? "" : `: ${details}`}`;
}

function lines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}
