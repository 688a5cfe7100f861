import { BRACE_CLOSE, BRACE_OPEN, BRACKET_CLOSE, BRACKET_OPEN, LOWER_N, QUOTE, ZERO } from "./characters.js";
import { isName, readName } from "./fast-row-names.js";
import { isNumber } from "./fast-row-number.js";
import { mostNames, NOT, type RowInHand } from "./fast-row-tokens.js";
import { readValue } from "./fast-row-value.js";

/** Returned behind the last member. */
const END = -2;

/** What the members of a message have shown so far, as bits. */
const HAS_CONTENT = 1;
const HAS_DATE = 2;
const HAS_TYPE = 4;

/** What stands before a value in a message. */
export interface Gap {
  /** As it stands, and without white space. */
  readonly bytes: Uint8Array;
  /** The bytes as words, by how many bytes stand before the first whole word in memory. */
  readonly words: (Int32Array | undefined)[];
  readonly compact: Uint8Array;
  readonly lines: number;
  /** Where in `compact` the name begins, quote and all. */
  readonly name: number;
  /** What the value is: HAS_CONTENT, HAS_DATE, HAS_TYPE, or 0 for any other. */
  readonly role: number;
}

/** Reads the messages of a conversation. */
export function readMessages(row: RowInHand): boolean {
  row.messages = 0;
  let next = row.open(BRACKET_OPEN);
  if (next === BRACKET_CLOSE) {
    row.put(BRACKET_CLOSE);
    return true;
  }
  while (next !== NOT) {
    if (!readMessage(row)) return false;
    row.messages += 1;
    next = row.next(BRACKET_CLOSE);
    if (next === BRACKET_CLOSE) return true;
  }
  return false;
}

function readMessage(row: RowInHand): boolean {
  let seen = 0;
  const names = row.nameCount;
  for (let member = 0; ; member += 1) {
    const role = repeatGap(row, member) ? (row.gaps[member] as Gap).role : readGap(row, member, names);
    if (role === NOT) return false;
    if (role === END) break;
    const first = row.token();
    const at = row.to;
    if (!readValue(row, 2)) return false;
    if (role === HAS_CONTENT) {
      if (first !== LOWER_N) seen |= HAS_CONTENT;
    } else if (role === HAS_DATE) {
      if (isNumber(first)) seen |= HAS_DATE;
      row.dateFrom = at;
      row.dateTo = row.to;
    } else if (role === HAS_TYPE) {
      if (row.to === at + 1 && first >= ZERO && first <= ZERO + 2) seen |= HAS_TYPE;
    }
  }
  row.nameCount = names;
  return seen === (HAS_CONTENT | HAS_DATE | HAS_TYPE);
}

/**
 * Passes what stands before a value in a message: bracket or comma, white space, name and colon. Nearly always these
 * are the same bytes as in the message before, at the same place, and then there is nothing to find out about them.
 */
function repeatGap(row: RowInHand, member: number): boolean {
  if (member >= row.gapCount) return false;
  const gap = row.gaps[member] as Gap;
  const { bytes: known, compact, lines, name } = gap;
  const from = row.at;
  if (from + known.length > row.limit || row.nameCount >= mostNames) return false;
  if (!standsAt(row, from, gap)) return false;
  const out = row.out;
  const to = row.to;
  for (let at = 0; at < compact.length; at += 1) out[to + at] = compact[at] as number;
  row.names[row.nameCount * 2] = to + name;
  // The colon behind the name is the last byte.
  row.names[row.nameCount * 2 + 1] = to + compact.length - 1;
  row.nameCount += 1;
  row.at = from + known.length;
  row.to = to + compact.length;
  row.lines += lines;
  return true;
}

/** Whether these bytes stand at a position: read four at a time, wherever they are aligned. */
function standsAt(row: RowInHand, from: number, { bytes: known, words }: Gap): boolean {
  const bytes = row.in;
  const start = bytes.byteOffset + from;
  const head = -start & 3;
  let at = 0;
  for (const end = Math.min(head, known.length); at < end; at += 1)
    if (bytes[from + at] !== known[at]) return false;
  words[head] ??= wordsFrom(known, head);
  const expected = words[head];
  const found = row.words;
  const first = (start + head) >> 2;
  for (let word = 0; word < expected.length; word += 1)
    if (found[first + word] !== expected[word]) return false;
  for (at += expected.length * 4; at < known.length; at += 1)
    if (bytes[from + at] !== known[at]) return false;
  return true;
}

/** The whole words of bytes behind the first few, in memory of their own. */
function wordsFrom(bytes: Uint8Array, head: number): Int32Array {
  const count = Math.max(0, bytes.length - head) >> 2;
  return new Int32Array(Uint8Array.from(bytes.subarray(head, head + count * 4)).buffer);
}

/** Reads what stands before a value, and remembers it. @returns what the value is, END behind the last, or NOT */
function readGap(row: RowInHand, member: number, names: number): number {
  const [from, to, lines] = [row.at, row.to, row.lines];
  const next = member === 0 ? row.open(BRACE_OPEN) : row.next(BRACE_CLOSE);
  if (next === BRACE_CLOSE && member > 0) return END;
  if (next !== QUOTE) return NOT;
  const name = row.to;
  if (!readName(row, names) || row.token() === NOT) return NOT;
  const length = row.to - name - 3;
  let role = 0;
  if (length === 7 && isName(row, name + 1, "content")) role = HAS_CONTENT;
  else if (length === 4 && isName(row, name + 1, "date")) role = HAS_DATE;
  else if (length === 4 && isName(row, name + 1, "type")) role = HAS_TYPE;
  row.gaps[member] = {
    bytes: Uint8Array.prototype.slice.call(row.in, from, row.at),
    words: [],
    compact: Uint8Array.prototype.slice.call(row.out, to, row.to),
    lines: row.lines - lines,
    name: name - to,
    role,
  };
  // Those behind it stood behind other names, and one of them might be this one.
  row.gapCount = member + 1;
  return role;
}
