import { BRACE_CLOSE, BRACKET_CLOSE, countLineFeeds, startsContainer } from "./characters.js";
import { finishValue } from "./finish-value.js";
import type { Walk } from "./grammar.js";
import { beginDamage, countLines, damageValue } from "./report-damage.js";
import type { Scan } from "./scan-state.js";

/** Runs through a value by its grammar, in a text whose lines do not tell where it ends. */
export function skipByGrammar(scan: Scan, walk: Walk): void {
  const from = scan.text.at;
  const outcome = walk.feed(scan.text.bytes, scan.text.base, from);
  scan.text.at = walk.at;
  countLines(scan, from, scan.text.at);
  if (outcome === "whole") return finishValue(scan, scan.text.at);
  if (outcome === "broken" && walk.next !== null) damageValue(scan, "record-within", walk.next);
  else if (outcome === "broken") damageWalk(scan, walk);
}

/** The value is broken. Where a quote is missing, what seems to be its last string may hold the next record. */
function damageWalk(scan: Scan, walk: Walk): void {
  const at = scan.text.base + scan.text.at;
  const byte = scan.text.bytes[scan.text.at];
  const bracket =
    byte !== undefined && (startsContainer(byte) || byte === BRACE_CLOSE || byte === BRACKET_CLOSE);
  const kind = scan.text.ended && byte === undefined ? "truncated" : bracket ? "bracket" : "unexpected";
  const string = walk.string > scan.value.offset ? walk.string : null;
  const from = walk.inner ?? (string === null ? Math.max(at, scan.value.offset + 1) : string + 1);
  if (scan.value.disposition === "take") return damageValue(scan, kind, from);
  const start = Math.max(string ?? at, scan.text.base + scan.text.keep);
  const lines = countLineFeeds(scan.text.bytes.subarray(start - scan.text.base, scan.text.at));
  beginDamage(scan, kind, start - scan.text.base, scan.line - lines, Math.max(from, start));
  scan.line -= lines;
}
