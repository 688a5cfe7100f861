import { expect } from "vitest";
import { decodeRow } from "../../../src/source/decode-row.js";
import { FastRowReader } from "../../../src/source/json/fast-row.js";
import {
  FROM,
  ID_FROM,
  ID_TO,
  LAST_ACTIVE,
  MESSAGES,
  stride,
  TO,
} from "../../../src/source/record-columns.js";
import type { Kind } from "../../../src/types/kind.js";

/** What the reader makes of a row, alone in its bytes; null where it leaves it to others. */
export function read(text: string | Buffer, kind: Kind) {
  const bytes = Buffer.from(text);
  const reader = new FastRowReader({ output: bytes.length, copies: bytes.length, input: 0 });
  const fast = reader.read(bytes, 0, kind);
  if (fast === null) return null;
  const row = new Float64Array(stride);
  reader.keep(row, 0);
  const values = reader.take();
  return {
    ...fast,
    id: values.toString("utf8", row[ID_FROM], row[ID_TO]),
    value: values.toString("utf8", row[FROM], row[TO]),
    messageCount: row[MESSAGES] === -1 ? null : row[MESSAGES],
    lastActive: Number.isNaN(row[LAST_ACTIVE]) ? null : row[LAST_ACTIVE],
  };
}

/** What must come out: parsing, checking and serialising. Where the reader says anything, it must say the same. */
function decode(text: string | Buffer, kind: Kind) {
  const place = { source: "a", index: 0, offset: 0, line: 1 };
  return decodeRow({ kind, id: null, place, bytes: Buffer.from(text) });
}

export function expectTheSame(text: string | Buffer, kind: Kind): boolean {
  const fast = read(text, kind);
  if (fast === null) return false;
  const rest = Buffer.from(text).subarray(fast.end).toString();
  // What stands behind the row is not read.
  const row = Buffer.from(text).subarray(0, fast.end);
  const decoded = decode(row, kind);
  if (!("value" in decoded)) throw new Error(`${decoded.reason}: ${row} | ${rest}`);
  expect(fast.value).toBe(decoded.value.toString());
  expect(fast.id).toBe(decoded.id);
  expect([fast.messageCount, fast.lastActive]).toEqual([decoded.messageCount, decoded.lastActive]);
  expect([decoded.kind, decoded.oddities]).toEqual([kind, []]);
  expect(fast.lines).toBe(row.toString("latin1").split("\n").length - 1);
  return true;
}
