import { expect } from "vitest";
import { decodeRow } from "../../../src/source/decode-row.js";
import { FastRowReader } from "../../../src/source/json/fast-row.js";
import type { Kind } from "../../../src/types.js";

const keyspace = { prefix: "p:", ttl: 60 };

/** What the reader makes of a row, alone in its bytes; null where it leaves it to others. */
export function read(text: string | Buffer, kind: Kind) {
  const bytes = Buffer.from(text);
  const reader = new FastRowReader(Buffer.alloc(bytes.length));
  const regular = reader.read(bytes, 0, kind);
  if (regular === null) return null;
  const { id, from, to } = reader.keep();
  return { ...regular, id, value: reader.take().subarray(from, to).toString() };
}

/** The judge: parsing, checking and serialising. Where the reader says anything, it must say the same. */
function judge(text: string | Buffer, kind: Kind) {
  const place = { source: "a", index: 0, offset: 0, line: 1 };
  return decodeRow({ kind, id: null, place, bytes: Buffer.from(text) }, keyspace);
}

export function expectTheSame(text: string | Buffer, kind: Kind): boolean {
  const regular = read(text, kind);
  if (regular === null) return false;
  const rest = Buffer.from(text).subarray(regular.end).toString();
  // What stands behind the row is none of its business.
  const row = Buffer.from(text).subarray(0, regular.end);
  const judged = judge(row, kind);
  if (!("value" in judged)) throw new Error(`${judged.reason}: ${row} | ${rest}`);
  expect(regular.value).toBe(judged.value.toString());
  expect(`p:${kind === "key" ? "keys" : "conversations"}:${regular.id}`).toBe(judged.redisKey.reveal());
  expect([judged.kind, judged.oddities]).toEqual([kind, []]);
  expect(regular.lines).toBe(row.toString("latin1").split("\n").length - 1);
  return true;
}
