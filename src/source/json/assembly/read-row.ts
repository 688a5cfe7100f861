/**
 * Reads a row in one pass over its bytes: finds its end, drops the white space between tokens, and checks that it is a
 * record. `json/fast-row.ts` says which rows are read. This folder is AssemblyScript, which is TypeScript that is compiled
 * to WebAssembly (https://www.assemblyscript.org): positions are addresses in its memory. Up to 15 bytes behind what is
 * read and what is written must be there, whatever they hold.
 */

import { BACKSLASH, BRACE_CLOSE, BRACE_OPEN, BRACKET_CLOSE, BRACKET_OPEN, QUOTE, ZERO } from "../bytes";
import * as found from "./found";
import { forgetHighBits, isAscii, readString } from "./read-string";
import { beginsNumber, closeNames, forgetNames, NULL, namesNow, readName, readValue } from "./read-value";
import {
  begin,
  byteAt,
  hasRunOut,
  linesPassed,
  NOT,
  next,
  open,
  position,
  put,
  target,
  token,
} from "./row-in-hand";

/** Address of what was found out about the row that was read last: see `found.ts`. */
export const findings: i32 = i32(__heap_base);

const names: i32 = findings + 4 * found.count;

/** What the members of a conversation, or of a message, have shown so far, as bits. */
const HAS_ID = 1;
const HAS_MESSAGES = 2;
const HAS_USER_NAME = 4;
const HAS_CONTENT = 1;
const HAS_DATE = 2;
const HAS_TYPE = 4;

/**
 * Reads the row of a kind that begins at `from`, and writes its value from `to` on.
 * @returns the position behind its last byte; 0 where it is not read, -1 where it does not end before `limit`
 */
export function readRow(isKey: bool, from: i32, limit: i32, to: i32): i32 {
  begin(from, limit, to);
  forgetNames(names);
  forgetHighBits();
  note(found.MESSAGE_COUNT, -1);
  note(found.ACTIVE_END, 0);
  note(found.DATE_END, 0);
  const isRead = isKey ? readKey() : readConversation();
  note(found.LINES, linesPassed());
  note(found.VALUE_END, target());
  note(found.IS_ASCII, i32(isAscii()));
  return isRead ? position() : hasRunOut() ? NOT : 0;
}

function note(what: i32, value: i32): void {
  store<i32>(findings + 4 * what, value);
}

function readConversation(): bool {
  let seen = 0;
  let byte = open(BRACE_OPEN);
  while (byte === QUOTE) {
    const name = target();
    if (!readName(0)) return false;
    const first = token();
    const value = target();
    if (isName(name, "id")) {
      if (first !== QUOTE || !readId()) return false;
      seen |= HAS_ID;
    } else if (isName(name, "messages")) {
      if (!readMessages()) return false;
      seen |= HAS_MESSAGES;
    } else {
      if (first === QUOTE && isName(name, "userName")) seen |= HAS_USER_NAME;
      if (!readValue(1)) return false;
      if (beginsNumber(first) && isName(name, "lastActive")) {
        note(found.ACTIVE_BEGIN, value);
        note(found.ACTIVE_END, target());
      }
    }
    byte = next(BRACE_CLOSE);
  }
  return byte === BRACE_CLOSE && seen === (HAS_ID | HAS_MESSAGES | HAS_USER_NAME);
}

function readKey(): bool {
  let hasKey = false;
  let byte = open(BRACE_OPEN);
  while (byte === QUOTE) {
    const name = target();
    if (!readName(0)) return false;
    const first = token();
    const value = target();
    if (isName(name, "key")) {
      if (first !== QUOTE || !readId()) return false;
      hasKey = true;
    } else {
      if (!readValue(1)) return false;
      if (isName(name, "balance") && load<u32>(value) === NULL) return false;
    }
    byte = next(BRACE_CLOSE);
  }
  return byte === BRACE_CLOSE && hasKey;
}

/** Reads an id: a string that is not empty, and in which nothing is escaped. */
function readId(): bool {
  const from = target() + 1;
  if (!readString()) return false;
  const end = target() - 1;
  note(found.ID_BEGIN, from);
  note(found.ID_END, end);
  for (let at = from; at < end; at += 1) if (byteAt(at) === BACKSLASH) return false;
  return end > from;
}

function readMessages(): bool {
  let count = 0;
  let byte = open(BRACKET_OPEN);
  if (byte === BRACKET_CLOSE) put(BRACKET_CLOSE);
  while (byte !== BRACKET_CLOSE) {
    if (byte === NOT || !readMessage()) return false;
    count += 1;
    byte = next(BRACKET_CLOSE);
  }
  note(found.MESSAGE_COUNT, count);
  return true;
}

function readMessage(): bool {
  let seen = 0;
  const firstName = namesNow();
  let byte = open(BRACE_OPEN);
  while (byte === QUOTE) {
    const name = target();
    if (!readName(firstName)) return false;
    const first = token();
    const value = target();
    if (!readValue(2)) return false;
    if (isName(name, "content")) {
      if (load<u32>(value) !== NULL) seen |= HAS_CONTENT;
    } else if (isName(name, "date")) {
      if (beginsNumber(first)) seen |= HAS_DATE;
      note(found.DATE_BEGIN, value);
      note(found.DATE_END, target());
    } else if (isName(name, "type")) {
      const isDigitAlone = target() === value + 1;
      if (isDigitAlone && first >= ZERO && first <= ZERO + 2) seen |= HAS_TYPE;
    }
    byte = next(BRACE_CLOSE);
  }
  closeNames(firstName);
  return byte === BRACE_CLOSE && seen === (HAS_CONTENT | HAS_DATE | HAS_TYPE);
}

/** Whether the name that was written here, quotes and all, is this one. */
function isName(from: i32, name: string): bool {
  for (let at = 0; at < name.length; at += 1) if (byteAt(from + 1 + at) !== name.charCodeAt(at)) return false;
  return byteAt(from + 1 + name.length) === QUOTE;
}
