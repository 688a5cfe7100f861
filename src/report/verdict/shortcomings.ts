import type { RunResult } from "../../types/run-result.js";
import { count } from "../units.js";
import { whichFilesLack } from "./lacking-files.js";
import { deviatesFromPlan } from "./plan.js";
import { total } from "./sum-of-counts.js";

/** What keeps a run from being a full success, as a list in words; empty where nothing does. */
export function shortcomingsOf(result: RunResult): string {
  const { mode, unreadable, evicted, warnings, exitCode } = result;
  const archivedNowhere = result.archive === null && !result.dryRun ? total(result, "archived") : 0;
  const some = (value: number, one: string, many = `${one}s`) =>
    value === 0 ? [] : [`${count(value)} ${value === 1 ? one : many}`];
  const found = [
    ...some(total(result, "conflict"), "conflict"),
    ...some(total(result, "invalid"), "invalid record"),
    // Elsewhere it is a difference.
    ...some(
      mode === "export" ? total(result, "wrongType") : 0,
      "value of another type",
      "values of another type",
    ),
    ...(warnings.some(({ code }) => code === "gone-since-restart")
      ? some(
          total(result, "failed"),
          "key that is gone since Redis restarted, or refused by it",
          "keys that are gone since Redis restarted, or refused by it",
        )
      : some(total(result, "failed"), "record that Redis refused", "records that Redis refused")),
    ...some(total(result, "changed"), "value that was changed since", "values that were changed since"),
    ...some(
      total(result, "leftOut"),
      "duplicate that may hold what the row that counts lacks",
      "duplicates that may hold what the rows that count lack",
    ),
    ...some(unreadable, "place where a file is damaged", "places where files are damaged"),
    ...some(evicted ?? 0, "key that Redis threw away again", "keys that Redis threw away again"),
    ...some(archivedNowhere, "record that went elsewhere", "records that went elsewhere"),
    ...(warnings.some(({ code }) => code === "expired-meanwhile")
      ? ["conversations whose time ended while this ran"]
      : []),
    ...(warnings.some(({ code }) => code === "source-changed")
      ? ["a file that changed while it was read"]
      : []),
  ];
  return found.length === 0 && exitCode === 3 && !deviatesFromPlan(result) && whichFilesLack(result) === ""
    ? "what the warnings name"
    : listOf(found);
}

/**
 * Whether something is left out for certain; a damaged place may have cost nothing, a changed file may be the same, and a
 * duplicate may hold nothing more, or have been emptied since.
 */
export function isLossCertain(result: RunResult): boolean {
  const lost = total(result, "conflict", "invalid", "failed", "changed");
  const nowhere = result.archive === null ? total(result, "archived") : 0;
  return (result.evicted ?? 0) + lost + nowhere > 0;
}

/** `a, b and c`. */
export function listOf(items: readonly string[]): string {
  const last = items.at(-1) ?? "";
  return items.length < 2 ? last : `${items.slice(0, -1).join(", ")} and ${last}`;
}

/** Points to what a list does not show. */
export function whereAllIsListed({ truncated }: RunResult): string {
  return truncated ? " (--details 0 lists all)" : "";
}
