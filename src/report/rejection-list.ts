import type { ChalkInstance } from "chalk";
import { setOf } from "../types/kind.js";
import type { Rejection } from "../types/row.js";
import type { RunResult } from "../types/run-result.js";
import { printable } from "./printable.js";
import { firstOf } from "./units.js";

/** What is damaged or invalid in the files, a line each; empty where nothing is. */
export function rejectionList(
  { rejections, counts, unreadable }: RunResult,
  colors: ChalkInstance,
): string[] {
  if (rejections.length === 0) return [];
  const found = counts.conversations.invalid + counts.keys.invalid + unreadable;
  const lines = rejections.map((rejection) => colors.yellow(`  ! ${rejectionText(rejection)}`));
  return [colors.bold(`Damaged or invalid in the files${firstOf(rejections.length, found)}:`), ...lines];
}

function rejectionText({ kind, place, reason, bytes: length = 0 }: Rejection): string {
  const row = kind === null || place.index === null ? "" : `, ${setOf[kind]} row ${place.index}`;
  const { source, offset, line } = place;
  const where = length > 1 ? `bytes ${offset} to ${offset + length - 1}` : `byte ${offset}`;
  return `${printable(source)}${row} (${where}, line ${line}): ${printable(reason)}`;
}
