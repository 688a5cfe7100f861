import type { Rejects } from "../report/rejects-file.js";
import type { RejectedText } from "../source/rejected-text.js";
import type { Entry } from "../types/entry.js";
import type { Settled } from "../types/outcome.js";
import type { Summary } from "./summary.js";

/** Counts what is no record, and keeps it in the file of --rejects. */
export function reject(
  { rejection, bytes, continued }: RejectedText,
  summary: Summary,
  rejects: Rejects | null,
): void {
  if (continued) summary.rejections.extendLast(bytes.length);
  else summary.reject(rejection);
  rejects?.add(rejection, bytes, continued);
}

/** Keeps a record that could not be written in the file of --rejects. */
export function keepUnwritten(
  rejects: Rejects | null,
  { kind, place, value }: Entry,
  { outcome, reason }: Settled,
): void {
  if (outcome !== "conflict" && outcome !== "failed") return;
  rejects?.add({ kind, place, reason: reason ?? "Redis holds something else under its key" }, value);
}
