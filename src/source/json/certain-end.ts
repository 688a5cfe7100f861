import { BRACE_CLOSE, BRACE_OPEN, BRACKET_CLOSE, BRACKET_OPEN, COLON, QUOTE, sort } from "./characters.js";
import { closingQuote } from "./closing-quote.js";
import { Walk } from "./grammar.js";
import { kindOfRow } from "./kind-of-row.js";
import type { Rows } from "./where-rows-stand.js";

/** So much is read behind the end. In bytes. */
const longestFollower = 128;

/** What can only stand behind the last row of a set. */
const endOfRows = {
  array: /^\s*\]\s*(?:$|,\s*"(?:name|rows|keys|conversations)"\s*:|\}\s*(?:$|\}|,\s*"))/,
  byId: /^\s*\}\s*(?:$|\}|,\s*"(?:keys|conversations)"\s*:)/,
};

/**
 * Where a row ends for certain, though something in it is wrong: its brackets match, and behind it stands another row
 * that is whole, or the end of its set.
 * @param idUnder the id that a row has by its name; null where it stands in an array
 * @param ended whether nothing is to come behind these bytes
 */
export function certainEnd(
  bytes: Buffer,
  idUnder: Rows["idUnder"] | null,
  ended: boolean,
): number | "none" | "more" {
  const inArray = idUnder === null;
  const end = looseEnd(bytes);
  if (end === "none" || (end === "more" && ended)) return "none";
  if (end === "more") return "more";
  const behind = bytes.toString("latin1", end, end + longestFollower);
  if (behind.length < longestFollower && !ended) return "more";
  if (behind.trim() === "" || (inArray ? endOfRows.array : endOfRows.byId).test(behind)) return end;
  const next = (inArray ? /^\s*,\s*(?=\{)/ : /^\s*,\s*"([^"]*)"\s*:\s*(?=\{)/).exec(behind);
  if (next === null) return "none";
  const from = end + next[0].length;
  const walk = new Walk({ isRow: () => false });
  const outcome = walk.feed(bytes, 0, from);
  if (outcome === "more" && !ended) return "more";
  const name = idUnder === null ? null : idUnder(Buffer.from(next[1] ?? "", "latin1").toString());
  const row = outcome === "whole" && kindOfRow(bytes.subarray(from, walk.at), name, !inArray) !== null;
  return row ? end : "none";
}

/**
 * Where an object ends whose brackets match, though something else in it is wrong. No object may stand in it without a
 * name, as it does where the end of a row is missing.
 */
function looseEnd(bytes: Buffer): number | "none" | "more" {
  const stack: number[] = [];
  let before = 0;
  let strays = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      at = closingQuote(bytes, at + 1);
      if (at < 0) return "more";
    } else if (byte === BRACE_OPEN || byte === BRACKET_OPEN) {
      const nameless = stack.at(-1) === BRACE_OPEN && before !== COLON && before !== QUOTE;
      if (nameless || stack.length >= deepest) return "none";
      stack.push(byte);
    } else if (byte === BRACE_CLOSE || byte === BRACKET_CLOSE) {
      if (stack.pop() !== (byte === BRACE_CLOSE ? BRACE_OPEN : BRACKET_OPEN)) return "none";
      if (stack.length === 0) return at + 1;
    }
    if (sort[byte] === 1) continue;
    // Where a quote is missing, text stands outside of strings, and its brackets are no structure.
    if (sort[byte] === 0 && sort[before] !== 0) strays += 1;
    if (strays > 1) return "none";
    before = byte;
  }
  return "more";
}

const deepest = 1_000;
