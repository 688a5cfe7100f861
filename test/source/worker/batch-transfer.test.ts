import { expect, it } from "vitest";
import { redisKeyOf } from "../../../src/record/redis-key.js";
import type { RecordOrRejected } from "../../../src/source/read-records.js";
import { pack, unpack } from "../../../src/source/worker/batch-transfer.js";
import type { Oddity } from "../../../src/types/entry.js";
import type { Kind } from "../../../src/types/kind.js";

const keyspace = { prefix: "p:", ttl: 60 };

function entry(
  kind: Kind,
  id: string,
  value: string,
  oddities: readonly Oddity[] = [],
  spelling?: string,
): RecordOrRejected {
  const name = kind === "key" ? "***" : id;
  const place = { source: "db.json", index: 7, offset: 2 ** 40, line: 9 };
  const ttl = kind === "key" ? null : 60;
  return {
    entry: {
      kind,
      name,
      redisKey: redisKeyOf("p:", kind, id),
      value: Buffer.from(value),
      ttl,
      place,
      oddities,
      ...(spelling === undefined ? {} : { spelling }),
    },
  };
}

function rejectedText(text: string, continued = false): RecordOrRejected {
  const place = { source: "db.json", index: null, offset: 1, line: 2 };
  return { rejection: { kind: null, place, reason: "because" }, bytes: Buffer.from(text), continued };
}

/** As a thread hands it to another. */
const handedOver = (items: readonly RecordOrRejected[]) => {
  const packed = pack(
    { items, bytesRead: 5, otherSets: new Map([["x", 1]]) },
    "db.json",
    keyspace.prefix,
    (bytes) => new ArrayBuffer(bytes + 3),
  );
  return unpack(
    structuredClone(packed, { transfer: [packed.values.buffer, packed.numbers.buffer] }),
    keyspace,
  );
};

it.each<[string, readonly RecordOrRejected[]]>([
  ["nothing", []],
  [
    "records of both kinds",
    [entry("conversation", "a", '{"a":"é😀"}'), entry("key", "k", "{}"), entry("conversation", "😀:", "")],
  ],
  [
    "what is no record, before, between and behind",
    [
      rejectedText("1"),
      rejectedText("2", true),
      entry("key", "k", "{}"),
      rejectedText(""),
      entry("key", "l", "{}"),
      rejectedText("3"),
    ],
  ],
  [
    "what is odd",
    [
      entry("key", "k", "{}", ["balance-null"]),
      entry("key", "l", "{}"),
      entry("key", "m", "{}", ["in-other-set", "number-rounded"]),
    ],
  ],
  [
    "ids that their Redis keys do not show",
    [
      entry("conversation", "", "{}", ["empty-id"]),
      entry("conversation", "a\ufffd", "{}", [], '"a\\ud800"'),
      entry("conversation", "1", "{}"),
      entry("conversation", "null", "{}", [], "null"),
    ],
  ],
])("%s: comes out as it went in, in its order", (_what, items) => {
  const { items: out, bytesRead, otherSets } = handedOver(items);
  expect(out).toEqual(items);
  expect(out.map((one) => ("entry" in one ? one.entry.redisKey.reveal() : ""))).toEqual(
    items.map((one) => ("entry" in one ? one.entry.redisKey.reveal() : "")),
  );
  expect([bytesRead, otherSets]).toEqual([5, new Map([["x", 1]])]);
});
