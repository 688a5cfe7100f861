import { BRACE_CLOSE, BRACE_OPEN, BRACKET_OPEN, COLON, COMMA, QUOTE, sort } from "./characters.js";
import { closingQuote, endsEscaped } from "./closing-quote.js";
import {
  bits,
  COUNTS,
  KEY,
  looksLikeRow,
  MESSAGES,
  OF_MESSAGE,
  ownNames,
  setNames,
} from "./library-field-names.js";
import { OpenBrackets } from "./open-brackets.js";

/**
 * Follows one object or array by JSON's grammar, as far as that tells at once where it is broken: what stands in
 * strings, and how numbers are written, is left to whoever parses it. Positions are in bytes from the start of the text.
 */

type Expected = "value" | "value-or-end" | "name" | "name-or-end" | "colon" | "next";

/** In deeper levels no names are read: a record's own fields reach no deeper. */
const shallow = 8;

interface Shallow {
  start: number;
  flags: number;
  /** Whether it stands where the library keeps no records: all names above it are of its own fields. */
  known: boolean;
  /** Whether the member in hand has such a name. */
  own: boolean;
}

export interface WalkOptions {
  /** Whether to end, as if broken, before the name of a set that stands where a record's fields would. */
  readonly findsSets?: boolean;
  /** Whether what looks like a record is one, where the library keeps none. */
  readonly isRow: (from: number, to: number) => boolean;
  /** Whether a member of the outermost object that looks like a record belongs beside that object. */
  readonly isNext?: (
    name: { readonly from: number; readonly to: number },
    from: number,
    to: number,
  ) => boolean;
}

export class Walk {
  /** Position in the window of the next byte. */
  at = 0;
  /** Where the string in hand began, or the last one: a missing quote shows only behind the string that lacks it. */
  string = -1;
  /** A record that stands within this value where none can be: so this value lacks its end. */
  inner: number | null = null;
  /** Where the name of a record stands that belongs beside this value: so this one lacks its end before it. */
  next: number | null = null;
  #inners = 0;
  /** Whether its end came before the name of a set. */
  foundSet = false;
  readonly #options: WalkOptions;
  #expected: Expected = "value";
  readonly #brackets = new OpenBrackets();
  readonly #levels: Shallow[] = [];
  /** The name of the outermost object's member in hand, quotes and all. */
  #member = { from: -1, to: -1 };
  #inString = false;
  #isName = false;
  #escaped = false;
  #inScalar = false;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  /** Whether it looks like a record, once it is whole. */
  get looksLikeRow(): boolean {
    return this.#levels[0] !== undefined && looksLikeRow(this.#levels[0].flags);
  }

  /** Goes on through a window, the first byte of which stands at `base`. */
  feed(window: Buffer, base: number, from: number): "more" | "whole" | "broken" {
    const end = window.length;
    let at = from;
    while (at < end) {
      if (this.#inString) {
        const quote = closingQuote(window, this.#escaped ? at + 1 : at);
        if (quote < 0) {
          this.#escaped = quote === endsEscaped;
          break;
        }
        at = quote + 1;
        this.#inString = false;
        if (this.#isName && this.#brackets.depth <= shallow && !this.#nameEnds(window, base, quote)) {
          this.at = at;
          return "broken";
        }
        continue;
      }
      const byte = window[at] as number;
      const what = sort[byte];
      if (what === 2) {
        if (!this.#inScalar) {
          if (this.#expected !== "value" && this.#expected !== "value-or-end") return this.#broken(at);
          this.#inScalar = true;
          this.#expected = "next";
        }
        at += 1;
        continue;
      }
      this.#inScalar = false;
      if (what === 1) {
        at += 1;
        continue;
      }
      if (what === 0 || !this.#structure(byte, base + at)) return this.#broken(at);
      at += 1;
      if (this.#brackets.depth === 0) {
        this.at = at;
        return "whole";
      }
    }
    this.at = end;
    return "more";
  }

  #broken(at: number): "broken" {
    this.at = at;
    return "broken";
  }

  /** @returns whether this byte may stand here */
  #structure(byte: number, position: number): boolean {
    const expected = this.#expected;
    switch (byte) {
      case QUOTE:
        this.#isName = expected === "name" || expected === "name-or-end";
        if (!this.#isName && expected !== "value" && expected !== "value-or-end") return false;
        this.#expected = this.#isName ? "colon" : "next";
        this.#inString = true;
        this.#escaped = false;
        this.string = position;
        return true;
      case COLON:
        this.#expected = "value";
        return expected === "colon";
      case COMMA:
        this.#expected = this.#brackets.top === 1 ? "name" : "value";
        return expected === "next";
      case BRACE_OPEN:
      case BRACKET_OPEN:
        if (expected !== "value" && expected !== "value-or-end") return false;
        this.#open(byte === BRACE_OPEN ? 1 : 0, position);
        return true;
      default:
        return this.#close(byte, position);
    }
  }

  #open(bracket: 0 | 1, position: number): void {
    const { depth } = this.#brackets;
    if (depth < shallow) {
      const above = this.#levels[depth - 1];
      const named = this.#brackets.top === 1;
      const known = above === undefined || (above.known && (!named || above.own));
      this.#levels[depth] = { start: position, flags: 0, known, own: false };
    }
    this.#brackets.push(bracket);
    this.#expected = bracket === 1 ? "name-or-end" : "value-or-end";
  }

  #close(byte: number, position: number): boolean {
    const object = byte === BRACE_CLOSE;
    if (this.#brackets.top !== (object ? 1 : 0)) return false;
    if (this.#expected !== "next" && this.#expected !== (object ? "name-or-end" : "value-or-end"))
      return false;
    this.#brackets.depth -= 1;
    this.#expected = "next";
    if (this.inner !== null && position - this.inner > longestSuspect) return false;
    const level =
      this.#brackets.depth > 0 && this.#brackets.depth < shallow
        ? this.#levels[this.#brackets.depth]
        : undefined;
    if (object && level !== undefined && this.#isNext(level, position + 1)) {
      this.next = this.#member.from;
      return false;
    }
    if (level === undefined || !level.known || !looksLikeRow(level.flags)) return true;
    // A message holds neither record, but it might hold messages of its own.
    if ((level.flags & OF_MESSAGE) === 0 && this.#options.isRow(level.start, position + 1)) {
      this.inner ??= level.start;
      this.#inners += 1;
    }
    return this.#inners < mostInners;
  }

  #isNext({ start, flags }: Shallow, end: number): boolean {
    const { isNext } = this.#options;
    if (isNext === undefined || this.#brackets.depth !== 1 || this.#brackets.top !== 1) return false;
    return (flags & (MESSAGES | KEY | COUNTS)) !== 0 && isNext(this.#member, start, end);
  }

  /** @returns false where the name is one of a set, and such are searched for */
  #nameEnds(window: Buffer, base: number, quote: number): boolean {
    const level = this.#levels[this.#brackets.depth - 1] as Shallow;
    const from = this.string - base + 1;
    const name = quote - from > longestName ? "" : window.toString("latin1", from, quote);
    const top = this.#levels[0] as Shallow;
    if (this.#options.findsSets === true && top.flags === 0 && level.known && setNames.has(name)) {
      this.foundSet = true;
      return false;
    }
    if (this.#brackets.depth === 1) this.#member = { from: this.string, to: base + quote + 1 };
    level.own = ownNames.has(name);
    level.flags |= bits.get(name) ?? 0;
    return true;
  }
}

const longestName = 16;

/**
 * So many records, and so many bytes from the first of them on, are read within a value where none can be, as
 * long as it may be whole all the same.
 */
const mostInners = 8;
const longestSuspect = 1024 * 1024;
