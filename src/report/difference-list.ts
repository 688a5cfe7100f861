import type { ChalkInstance } from "chalk";
import type { FieldDifference } from "../types/comparison.js";
import type { Difference } from "../types/outcome.js";
import type { RunResult } from "../types/run-result.js";
import { alarming, labelOf } from "./counts-table.js";
import { printable, shortName } from "./printable.js";
import { firstOf } from "./units.js";
import { total } from "./verdict/sum-of-counts.js";

const ofOneId = "Rows of one id, the one that counts → the other";

const titles: Partial<Record<RunResult["mode"], string>> = {
  undo: "Not taken back",
  export: "Not in the file",
  output: ofOneId,
};

/** What differs between Redis and the files, as it counts. */
const fromRedis = [
  ...(["updated", "kept", "conflict", "failed", "missing"] as const),
  ...(["different", "expiry", "wrongType", "extra"] as const),
];

const marks: Partial<Record<Difference["difference"], string>> = {
  missing: "-",
  extra: "+",
  created: "+",
  updated: "~",
  kept: "=",
};

/** What stands above the differences, and whether they are all. */
export function differencesTitle(result: RunResult): string {
  const { mode, differences, differencesFound } = result;
  // Of all of them, not of those alone that are listed.
  const areOfOneId = total(result, ...fromRedis) === 0;
  const title = titles[mode] ?? (areOfOneId ? ofOneId : "Differences, Redis → file");
  return `${title}${firstOf(differences.length, differencesFound)}`;
}

/** The records that differ, a line each; empty where none does. */
export function differenceList(result: RunResult, colors: ChalkInstance): string[] {
  const { differences } = result;
  if (differences.length === 0) return [];
  const lines = differences.map((one) => {
    const line = differenceText(one, labelOf(one.difference, result));
    return alarming.has(one.difference) ? colors.yellow(line) : line;
  });
  return [colors.bold(`${differencesTitle(result)}:`), ...lines];
}

function differenceText(one: Difference, label: string): string {
  const { kind, name, difference } = one;
  const details = differenceDetails(one);
  const what = details === "" ? "" : `  ${details}`;
  return `  ${marks[difference] ?? "!"} ${label.padEnd(9)} ${kind} ${shortName(name)}${what}`;
}

/** In what a record differs, and why it counts as it does; empty where nothing says it. */
export function differenceDetails({ difference, fields, reason }: Difference): string {
  const details = fields.map((field) => fieldText(field, difference));
  if (reason !== undefined) details.push(printable(reason));
  return details.join("; ");
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
