import { isUtf8 } from "node:buffer";
import { lackingHeap } from "../record/heap-needed.js";

/** A row as JSON.parse reads it, or why it cannot be read: without any text from it. */
export type ParsedRow =
  | {
      readonly record: unknown;
      readonly text: string;
      /** Whether the record stood as JSON within a text; then `text` is that. */
      readonly unpacked: boolean;
    }
  | { readonly reason: string };

export function parseRow(bytes: Buffer): ParsedRow {
  if (!isUtf8(bytes)) return { reason: "holds bytes that are not UTF-8" };
  const lacking = lackingHeap([bytes]);
  if (lacking !== null) return { reason: lacking };
  const text = bytes.toString("utf8");
  try {
    return unpack(JSON.parse(text), text);
  } catch (error) {
    return { reason: whyUnparsed(error) };
  }
}

/** Key-value stores hold a record as text, and what exports them may write that as a text once more. */
function unpack(outer: unknown, outerText: string): ParsedRow {
  let [record, text] = [outer, outerText];
  try {
    while (typeof record === "string" && /^\s*[{["]/.test(record)) {
      [record, text] = [JSON.parse(record), record];
    }
  } catch {
    return { reason: "is a text that begins as JSON, and is not valid JSON" };
  }
  const unpacked = text !== outerText;
  if (unpacked && Array.isArray(record))
    return { reason: "is a list within a text: only records are unpacked" };
  return { record, text, unpacked };
}

/** V8's message quotes the text around the error, which may be a message or an API key: only its position is safe. */
function whyUnparsed(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  // What it quotes may read like its own words, but never ends like them.
  const position = / at position (\d+)(?: \(line \d+ column \d+\))?$/.exec(message)?.[1];
  return position === undefined
    ? "is not valid JSON"
    : `is not valid JSON (character ${position} of the row)`;
}
