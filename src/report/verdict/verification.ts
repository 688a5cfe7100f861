import type { RunResult } from "../../types/run-result.js";
import { printable } from "../printable.js";
import { count } from "../units.js";
import { presentAndKept } from "./kept-records.js";
import { isLossCertain, listOf, shortcomingsOf, whereAllIsListed } from "./shortcomings.js";
import { total } from "./sum-of-counts.js";
import { noRecordWasFound, reservations, whatWasAskedFor } from "./what-was-asked-for.js";

const differences = [
  ["missing", "missing"],
  ["different", "different"],
  ["expiry", "with a wrong expiry"],
  ["wrongType", "of another type"],
] as const;

/** What a verification that came to its end may claim. */
export function verificationSentence(result: RunResult): string {
  const shortcomings = shortcomingsOf(result);
  const differing = differences.flatMap(([outcome, words]) => {
    const found = total(result, outcome);
    return found === 0 ? [] : [`${count(found)} ${words}`];
  });
  if (differing.length > 0) {
    const beside = shortcomings === "" ? "" : `; beside that ${shortcomings}`;
    return `${holder(result, "differ")} from the files: ${listOf(differing)}${beside}${whereAllIsListed(result)}`;
  }
  const present = total(result, "matched");
  const kept = total(result, "kept");
  if (shortcomings !== "") {
    const [holds, does] = result.archive === null ? ["Redis", "does"] : [bothPlaces(result), "do"];
    const not = isLossCertain(result) ? `${does} not` : "may not";
    const matching = `${count(present)} ${present === 1 ? "matches" : "match"}`;
    const rest = kept === 0 ? "" : `, ${count(kept)} kept in Redis' version`;
    return `${holds} ${not} hold all that the files hold: ${shortcomings}${whereAllIsListed(result)}; ${matching}${rest}`;
  }
  if (total(result, "read") === 0) return `Nothing was verified: ${noRecordWasFound(result)}`;
  if (kept > 0) return presentAndKept(result, present, kept);
  return `${holder(result, "hold")} ${whatWasAskedFor(result)} that the files hold${reservations(result)}`;
}

/** The subject of a sentence, with its verb. */
function holder(result: RunResult, verb: string): string {
  return result.archive === null ? `Redis ${verb}s` : `${bothPlaces(result)} ${verb}`;
}

function bothPlaces({ archive }: RunResult): string {
  return `Redis and the archive ${printable(archive ?? "")}`;
}
