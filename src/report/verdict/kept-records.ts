import type { Policy } from "../../types/mode-and-policy.js";
import type { RunResult } from "../../types/run-result.js";
import { count, plural } from "../units.js";
import { total } from "./sum-of-counts.js";
import { placesOf } from "./what-was-asked-for.js";

/** That `kept` records stay as Redis has them, and why. */
export function keptText({ mode, onConflict }: RunResult, kept: number, verb = ""): string {
  // The migration itself had updated them.
  const merged = mode === "verify" && onConflict === "merge" ? " (what was merged counts so too)" : "";
  return `${count(kept)} ${verb}kept in Redis' version, since ${reason(onConflict)}${merged}`;
}

function reason(policy: Policy): string {
  if (policy === "keep") return "--on-conflict keep";
  return policy === "merge" ? "the files add nothing to it" : "it goes on from the files'";
}

/** How many records Redis holds as the files do, and how many otherwise. */
export function presentAndKept(result: RunResult, present: number, kept: number): string {
  const merges = result.mode === "migrate" && result.onConflict === "merge" && total(result, "updated") > 0;
  const as = merges ? "as in the files, or merged with them" : "as in the files";
  const same = `${count(present)} of ${plural(present + kept, "record")} ${present === 1 ? "is" : "are"} ${placesOf(result)} ${as}`;
  return `${same}, ${keptText(result, kept)}`;
}
