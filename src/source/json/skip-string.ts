import { closingQuote, endsEscaped } from "./closing-quote.js";
import { finish } from "./finish-value.js";
import { finishName, mayBeName } from "./member-names.js";
import { lose, loseValue } from "./report-damage.js";
import type { Scan } from "./scan-state.js";

/** Runs to the end of a string; a line feed can only stand in one where its closing quote was lost. */
export function stepString(scan: Scan): void {
  const window = scan.text.bytes;
  const from = scan.text.at;
  const quote = closingQuote(window, scan.value.escaped ? from + 1 : from);
  scan.value.escaped = quote === endsEscaped;
  const end = quote < 0 ? window.length : quote;
  const lineFeed = scan.text.nextLineFeed(from);
  if (lineFeed < end) {
    scan.text.at = lineFeed;
    if (scan.state === "in-name") return lose(scan, "line-break-in-string", scan.text.keep);
    return loseValue(scan, "line-break-in-string");
  }
  if (quote < 0) {
    scan.text.at = window.length;
    return;
  }
  scan.text.at = quote + 1;
  if (scan.state === "inside-string") scan.state = "inside";
  else if (scan.state === "in-name") finishName(scan);
  else if (mayBeName(scan) || (scan.layouts !== null && scan.top?.array && scan.value.disposition === "take"))
    scan.state = "string-end";
  else finish(scan, quote + 1);
}
