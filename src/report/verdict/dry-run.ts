import type { RunResult } from "../../types/run-result.js";
import { count } from "../units.js";
import { keptText } from "./kept-records.js";
import { isLossCertain, shortcomingsOf, whereAllIsListed } from "./shortcomings.js";
import { total } from "./sum-of-counts.js";
import { noRecordWasFound, placesOf, reservations, whatWasAskedForIs } from "./what-was-asked-for.js";

/** What a dry run that came to its end may claim: what would happen, and never that it is done. */
export function dryRunSentence(result: RunResult): string {
  const shortcomings = shortcomingsOf(result);
  const created = total(result, "created");
  const updated = total(result, "updated");
  const archived = total(result, "archived");
  const present = total(result, "unchanged");
  const kept = total(result, "kept");
  const would = [
    ...(created > 0 ? [`${count(created)} would be created`] : []),
    ...(updated > 0 ? [`${count(updated)} would be updated`] : []),
    ...(archived > 0 ? [`${count(archived)} would be archived`] : []),
    ...(present > 0 ? [`${count(present)} ${present === 1 ? "is" : "are"} there already`] : []),
    ...(kept > 0 ? [keptText(result, kept, "would be ")] : []),
  ].join(", ");
  if (shortcomings !== "") {
    const not = isLossCertain(result) ? "Not all" : "Perhaps not all";
    const beside = would === "" ? "" : `; ${would}`;
    return `${not} would be ${placesOf(result)}: ${shortcomings}${whereAllIsListed(result)}${beside}`;
  }
  if (total(result, "read") === 0) return `Nothing would be migrated: ${noRecordWasFound(result)}`;
  if (created + updated + archived > 0) return `Nothing stands in the way: ${would}`;
  if (kept > 0) return `There is nothing to do: ${would}`;
  return `There is nothing to do: ${whatWasAskedForIs(result)} ${placesOf(result)} already${reservations(result)}`;
}
