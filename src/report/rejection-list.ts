import type { ChalkInstance } from "chalk";
import type { Rejection } from "../types/row.js";
import type { RunResult } from "../types/run-result.js";
import { rowText } from "./place-text.js";
import { printable } from "./printable.js";
import { firstOf } from "./units.js";

/** What stands above what is damaged or invalid, and whether it is all. */
export function rejectionsTitle({ rejections, counts, unreadable }: RunResult): string {
  const found = counts.conversations.invalid + counts.keys.invalid + unreadable;
  return `Damaged or invalid in the files${firstOf(rejections.length, found)}`;
}

/** What is damaged or invalid in the files, a line each; empty where nothing is. */
export function rejectionList(result: RunResult, colors: ChalkInstance): string[] {
  const { rejections } = result;
  if (rejections.length === 0) return [];
  const lines = rejections.map((one) => colors.yellow(`  ! ${rejectionText(one)}`));
  return [colors.bold(`${rejectionsTitle(result)}:`), ...lines];
}

/** Where something is damaged or invalid, and why. */
export function rejectionText(rejection: Rejection): string {
  const { kind, place, reason } = rejection;
  return `${rowText(kind, place)} (${bytesText(rejection)}, line ${place.line}): ${printable(reason)}`;
}

/** The bytes of a file that a rejection is about. */
export function bytesText({ place: { offset }, bytes: length = 0 }: Rejection): string {
  return length > 1 ? `bytes ${offset} to ${offset + length - 1}` : `byte ${offset}`;
}
