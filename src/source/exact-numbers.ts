/** A number in a JSON text, as it is spelled there. */
interface NumberToken {
  readonly source: string;
  /** The name it has as a member of the outermost object, as spelled with its quotes; null deeper. */
  readonly member: string | null;
}

/** All numbers of a JSON text that parses, in its order. */
function* numbersIn(text: string): Generator<NumberToken> {
  const token = /["{}[\]]|-?\d[\d.eE+-]*/g;
  let depth = 0;
  let member: string | null = null;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [source] = found;
    if (source === '"') {
      token.lastIndex = endOfString(text, found.index);
      if (depth === 1) member = text.slice(found.index, token.lastIndex);
    } else if (source === "{" || source === "[") depth += 1;
    else if (source === "}" || source === "]") depth -= 1;
    else yield { source, member: depth === 1 ? member : null };
  }
}

/** Position behind the closing quote of the string that begins at `at`. */
function endOfString(text: string, at: number): number {
  for (let quote = text.indexOf('"', at + 1); ; quote = text.indexOf('"', quote + 1)) {
    let slash = quote;
    while (text[slash - 1] === "\\") slash -= 1;
    if ((quote - slash) % 2 === 0) return quote + 1;
  }
}

/**
 * The number that a member of the outermost object has, as it is spelled in the text; of several members with one name
 * the last, as JSON.parse takes it. Null where there is none.
 */
export function numberNamed(text: string, name: string): string | null {
  let last: string | null = null;
  for (const { source, member } of numbersIn(text)) {
    if (member !== null && JSON.parse(member) === name) last = source;
  }
  return last;
}

/** Fewer digits than this are always a whole number that JavaScript holds exactly. */
const manyDigits = /[0-9](?:\.?[0-9]){15}/;

/** Smaller exponents are of no number beyond what JavaScript holds. */
const largeExponent = /[0-9][eE]\+?[0-9]{3}/;

/**
 * Whether a JSON text holds a whole number beyond 2^53 that JavaScript, and so the library, writes with other digits, or
 * a number beyond all that it holds, which it writes as null.
 */
export function roundsNumbers(text: string): boolean {
  if (!manyDigits.test(text) && !largeExponent.test(text)) return false;
  for (const { source } of numbersIn(text)) {
    const value = Number(source);
    if (!Number.isFinite(value)) return true;
    if (!Number.isInteger(value) || Number.isSafeInteger(value)) continue;
    if (exactNumber(source) !== exactNumber(String(value))) return true;
  }
  return false;
}

/**
 * A JSON number in the one spelling of its exact value, which JavaScript may not be able to hold: `1e2`, `100` and
 * `100.0` are all `100`, and `9007199254740993` is itself.
 */
export function exactNumber(source: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source);
  if (parts === null) return source;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = parts;
  const all = whole + fraction;
  let from = 0;
  while (all[from] === "0") from += 1;
  if (from === all.length) return "0";
  let to = all.length;
  while (all[to - 1] === "0") to -= 1;
  const digits = all.slice(from, to);
  const zeros = Number(exponent) - fraction.length + all.length - to;
  return zeros >= 0 && zeros <= 25 ? `${sign}${digits}${"0".repeat(zeros)}` : `${sign}${digits}e${zeros}`;
}

/** How many names of members stand in a JSON text that parses, those that stand twice in one object included. */
export function namesIn(text: string): number {
  let names = 0;
  for (let quote = text.indexOf('"'); quote >= 0; ) {
    let at = endOfString(text, quote);
    while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at += 1;
    if (text[at] === ":") names += 1;
    quote = text.indexOf('"', at);
  }
  return names;
}
