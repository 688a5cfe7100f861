import type { Rejects } from "../report/rejects-file.js";
import type { RejectedText } from "../source/rejected-text.js";
import type { Entry } from "../types/entry.js";
import type { Settled } from "../types/outcome.js";
import type { Summary } from "./summary.js";

/** What counts a row that is no record, or a damaged range, when it is called. */
export function countRejected(
  { rejection, bytes: { length }, continued }: RejectedText,
  summary: Summary,
): () => void {
  return () => (continued ? summary.extendRejection(length) : summary.reject(rejection));
}

/** Keeps a record that could not be written in the file of --rejects. */
export function keepUnwritten(
  rejects: Rejects | null,
  entry: Entry,
  { outcome, reason = "Redis holds something else under its key" }: Settled,
): void {
  if (outcome !== "conflict" && outcome !== "failed") return;
  const { kind, place, value } = entry;
  rejects?.add({ kind, place, reason }, value);
}
