import { closingQuote, endsEscaped } from "./closing-quote.js";
import { finishValue } from "./finish-value.js";
import { finishName, mayBeName } from "./member-names.js";
import { beginDamage, damageValue } from "./report-damage.js";
import type { Scan } from "./scan-state.js";

/**
 * Runs to the end of a string; a line feed in it shows that its closing quote is missing.
 * @returns whether the value goes on behind it, and its end is in hand
 */
export function skipString(scan: Scan): boolean {
  const { text, value } = scan;
  const window = text.bytes;
  const from = text.at;
  const quote = closingQuote(window, value.escaped ? from + 1 : from);
  value.escaped = quote === endsEscaped;
  const end = quote < 0 ? window.length : quote;
  const lineFeed = text.nextLineFeed(from);
  if (lineFeed < end) {
    text.at = lineFeed;
    if (scan.state === "in-name") beginDamage(scan, "line-break-in-string", text.keep);
    else damageValue(scan, "line-break-in-string");
    return false;
  }
  if (quote < 0) {
    text.at = window.length;
    return false;
  }
  text.at = quote + 1;
  if (scan.state === "inside-string") {
    scan.state = "inside";
    return true;
  }
  if (scan.state === "in-name") finishName(scan);
  else if (mayBeName(scan) || (scan.layouts !== null && scan.top?.array && value.disposition === "take"))
    scan.state = "string-end";
  else finishValue(scan, quote + 1);
  return false;
}
