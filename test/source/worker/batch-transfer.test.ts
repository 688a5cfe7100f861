import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { packRecords } from "../../../src/source/pack-records.js";
import { type RecordOrRejected, readRecords, unpack } from "../../../src/source/read-records.js";
import { toTransfer, transferred } from "../../../src/source/worker/batch-transfer.js";
import type { Kind } from "../../../src/types/kind.js";
import type { Source } from "../../../src/types/source-file.js";
import { makeEntry, plainly } from "../../support/entry.js";
import { scratchFolder } from "../../support/program.js";

const keyspace = { prefix: "p:", ttl: 60 };

/** Where each row stands: it is found in the text. */
const rows = {
  usual: '{"id":"a","userName":"u","messages":[{"type":0,"content":"é😀","date":5}],"lastActive":7}',
  usualToo: '{"userName":"u","messages":[{"type":0,"content":"","date":-1.5}],"id":"漢"}',
  numberAsId: '{"id":12,"userName":"u","messages":[]}',
  halfAnId: '{"id":"b\\ud800","userName":"u","messages":[{"type":0,"content":"","date":5}]}',
  wrong: '{"id":"c","userName":"u","messages":7}',
  none: "4711",
  key: '{"key":"sk-madeup-secret-wxyz","queries":1}',
  oddKey: '{"key":"l","balance":null}',
} as const;

const text = `{"conversations":{"rows":[
${rows.numberAsId},${rows.usual},
${rows.wrong},
${rows.halfAnId},${rows.none},${rows.usualToo}],"name":"conversations"},
"keys":{"rows":[${rows.key},${rows.oddKey}]},"other":{"rows":[{"id":1}]}}`;

function expected(path: string): Record<keyof typeof rows, unknown> {
  const place = (row: string, index: number) => {
    const at = text.indexOf(row);
    const line = text.slice(0, at).split("\n").length;
    return { source: path, index, offset: Buffer.byteLength(text.slice(0, at)), line };
  };
  const entry = (kind: Kind, id: string, row: string, index: number, more: object) =>
    plainly(makeEntry(kind, id, row, { place: place(row, index), ...more }));
  const rejected = (row: string, index: number, reason: unknown) => ({
    rejection: { kind: "conversation", place: place(row, index), reason, bytes: row.length },
    bytes: row,
    continued: false,
  });
  return {
    usual: entry("conversation", "a", rows.usual, 1, { messageCount: 1, lastActive: 7 }),
    usualToo: entry("conversation", "漢", rows.usualToo, 5, { messageCount: 1, lastActive: -1.5 }),
    numberAsId: entry("conversation", "12", rows.numberAsId, 0, {
      oddities: ["number-as-id"],
      spelling: "12",
      messageCount: 0,
    }),
    halfAnId: entry("conversation", "b\ufffd", rows.halfAnId, 3, {
      oddities: ["surrogate-in-id"],
      spelling: '"b\\ud800"',
      messageCount: 1,
      lastActive: 5,
    }),
    wrong: rejected(rows.wrong, 2, expect.stringContaining("messages")),
    none: rejected(rows.none, 4, expect.any(String)),
    key: entry("key", "sk-madeup-secret-wxyz", rows.key, 0, {}),
    oddKey: entry("key", "l", rows.oddKey, 1, { oddities: ["balance-null"] }),
  };
}

const plain = (items: readonly RecordOrRejected[]) =>
  items.map((one) => ("rejection" in one ? { ...one, bytes: one.bytes.toString() } : plainly(one)));

/** What is read of the text: here, or as a thread hands it to another, with more memory than it takes. */
async function read(only: Kind | null, digests: boolean | null) {
  const path = join(await scratchFolder(), "db.json");
  await writeFile(path, text);
  const bytes = Buffer.byteLength(text);
  const source: Source = { path, bytes, layout: "dbcontext", named: true, identity: null, stdinFile: null };
  const items: unknown[] = [];
  let otherSets: ReadonlyMap<string, number> = new Map();
  const batches = async function* () {
    if (digests === null) return yield* readRecords(source, keyspace, only);
    const room = (bytes: number) => new ArrayBuffer(bytes + 3);
    const split = { reuseMemory: true };
    for await (const batch of packRecords(source, { prefix: "p:", only, digests }, room, split)) {
      const { packed, transfer } = toTransfer(batch);
      yield unpack(transferred(structuredClone(packed, { transfer })), keyspace);
    }
  };
  for await (const batch of batches()) {
    items.push(...plain(batch.items));
    otherSets = batch.otherSets;
  }
  return { items, otherSets, ...expected(path) };
}

it.each([null, false, true])("what is read comes in its order, and whole (digests: %s)", async (digests) => {
  const { items, otherSets, ...of } = await read(null, digests);
  const conversations = [of.numberAsId, of.usual, of.wrong, of.halfAnId, of.none, of.usualToo];
  expect(items).toEqual([...conversations, of.key, of.oddKey]);
  expect(otherSets).toEqual(new Map([["other", 1]]));
});

it.each<[Kind, boolean | null]>([
  ["conversation", null],
  ["conversation", true],
  ["key", null],
  ["key", true],
])("of one kind alone: %s (digests: %s)", async (only, digests) => {
  const { items, ...of } = await read(only, digests);
  const conversations = [of.numberAsId, of.usual, of.wrong, of.halfAnId, of.none, of.usualToo];
  expect(items).toEqual(only === "key" ? [of.key, of.oddKey] : conversations);
});

it("shows an API key masked only, and lets none expire", async () => {
  const { items } = await read("key", true);
  expect(items).toMatchObject([
    { name: "sk-…wxyz", ttl: null, key: "p:keys:sk-madeup-secret-wxyz" },
    { name: "***", ttl: null },
  ]);
});
