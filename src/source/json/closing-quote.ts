import { BACKSLASH, QUOTE } from "./characters.js";

/** What `closingQuote` returns where there is none: the bytes end behind a backslash that escapes what comes. */
export const endsEscaped = -2;

/** Position of the next quote that is not escaped, from `from` on; below 0 where there is none in these bytes. */
export function closingQuote(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const quote = bytes.indexOf(QUOTE, at);
    const end = quote < 0 ? bytes.length : quote;
    let slash = end;
    while (slash > at && bytes[slash - 1] === BACKSLASH) slash -= 1;
    const odd = (end - slash) % 2 === 1;
    if (quote < 0) return odd ? endsEscaped : -1;
    if (!odd) return quote;
    at = quote + 1;
  }
}
