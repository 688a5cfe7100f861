import type { RunResult } from "../../types/run-result.js";
import { count } from "../units.js";
import { keptText, presentAndKept } from "./kept-records.js";
import { isLossCertain, shortcomingsOf, whereAllIsListed } from "./shortcomings.js";
import { total } from "./sum-of-counts.js";
import { noRecordWasFound, placesOf, reservations, whatWasAskedForIs } from "./what-was-asked-for.js";

/** What a migration that came to its end may claim. */
export function migrationSentence(result: RunResult): string {
  const shortcomings = shortcomingsOf(result);
  const present = total(result, "created", "updated", "unchanged", "archived");
  const kept = total(result, "kept");
  if (shortcomings !== "") {
    const inRedis = [
      ...(present > 0
        ? [
            `; ${count(present)} ${present === 1 ? "was" : "were"} written, ${total(result, "archived") > 0 ? "archived, " : ""}or there already`,
          ]
        : []),
      ...(kept > 0 ? [`; ${keptText(result, kept)}`] : []),
    ];
    const not = isLossCertain(result) ? "Not all is" : "Perhaps not all is";
    const head = inRedis.length === 0 ? "Nothing was migrated" : `${not} ${placesOf(result)}`;
    return `${head}: ${shortcomings}${whereAllIsListed(result)}${inRedis.join("")}`;
  }
  if (total(result, "read") === 0) return `Nothing was migrated: ${noRecordWasFound(result)}`;
  if (kept > 0) return presentAndKept(result, present, kept);
  const all = whatWasAskedForIs(result);
  return `${all.charAt(0).toUpperCase()}${all.slice(1)} ${placesOf(result)}${reservations(result)}`;
}
