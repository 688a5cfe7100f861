import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compare } from "../../src/record/compare.js";
import { ttlOf } from "../../src/record/expiry.js";
import type { Entry } from "../../src/types/entry.js";
import type { Kind } from "../../src/types/kind.js";
import { makeEntry } from "../support/entry.js";

const day = 86_400;

/** What should be there: `record`, conversations for 30 days. */
function entry(
  kind: Kind,
  record: unknown,
  ttl: number | null = ttlOf(kind, null, { ttl: 30 * day }),
): Entry {
  return makeEntry(kind, "id", JSON.stringify(record), { ttl });
}

const string = (value: string, ttl: number | null) =>
  ({ state: "string", value: Buffer.from(value), ttl }) as const;

/** How two conversations compare, as Redis and the file hold them. */
const conversations = (redis: unknown, file: unknown) =>
  compare(entry("conversation", file), string(JSON.stringify(redis), day));

const keys = (redis: unknown, file: unknown) =>
  compare(entry("key", file), string(JSON.stringify(redis), null));

describe("relation", () => {
  it("is missing where Redis holds nothing", () => {
    const comparison = compare(entry("conversation", {}), { state: "absent" });
    expect(comparison).toEqual({ relation: "missing", later: null, fields: [] });
  });

  it("is wrongType where Redis holds no string", () => {
    const fields = [{ field: "type", redis: "hash", file: "string" }];
    const comparison = compare(entry("conversation", {}), { state: "other", type: "hash" });
    expect(comparison).toEqual({ relation: "wrongType", later: null, fields });
  });

  it.each(["", "{", "undefined", "NaN"])("is incomparable where Redis holds %j", (text) => {
    const fields = [{ field: "value", redis: "not JSON", file: "JSON" }];
    const comparison = compare(entry("conversation", {}), string(text, day));
    expect(comparison).toEqual({ relation: "incomparable", later: null, fields });
  });

  it("is same for the same JSON value in another order of members and with white space", () => {
    const turned = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turned);
      if (typeof value !== "object" || value === null) return value;
      const members = Object.entries(value).reverse();
      return Object.fromEntries(members.map(([name, member]) => [name, turned(member)]));
    };
    const property = fc.property(fc.jsonValue(), (record) => {
      const value = JSON.stringify(turned(JSON.parse(JSON.stringify(record))), null, 4);
      const comparison = compare(entry("conversation", record), string(value, day));
      expect(comparison).toEqual({ relation: "same", later: null, fields: [] });
    });
    fc.assert(property, { seed: 1, numRuns: 200 });
  });

  it.each([
    ["the order of a list", { messages: [1, 2] }, { messages: [2, 1] }],
    ["a number written as a string", { id: 1 }, { id: "1" }],
    ["null in place of nothing", { userName: null }, {}],
    ["a member named __proto__", JSON.parse('{"__proto__": 1}'), {}],
    ["another letter case", { id: "A" }, { id: "a" }],
    ["a value that is no record", [], {}],
  ])("is different for %s", (_what, redis, file) => {
    expect(conversations(redis, file).relation).toBe("different");
    expect(conversations(file, redis).relation).toBe("different");
  });

  it("is different for values too deep to be compared", () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const held = string(` ${deep}`, day);
    expect(compare({ ...entry("conversation", {}), value: Buffer.from(deep) }, held).relation).toBe(
      "different",
    );
  });
});

describe("expiry", () => {
  it.each([
    ["conversation", 30 * day, 30 * day, []],
    ["conversation", 30 * day, 0, []],
    ["conversation", 30 * day, 30 * day + 1, [{ field: "expiry", redis: "2592001s", file: "30d" }]],
    ["conversation", 30 * day, null, [{ field: "expiry", redis: "none", file: "30d" }]],
    ["conversation", null, null, []],
    ["conversation", null, 60, [{ field: "expiry", redis: "1m", file: "none" }]],
    ["key", null, null, []],
    ["key", null, day, [{ field: "expiry", redis: "1d", file: "none" }]],
  ] as const)("of a %s that should live %s s and lives %s s differs by %j", (kind, expected, ttl, fields) => {
    const relation = fields.length === 0 ? "same" : "expiry";
    const comparison = { relation, later: null, fields };
    expect(compare(entry(kind, {}, expected), string("{}", ttl))).toEqual(comparison);
    expect(compare(entry(kind, {}, expected), string("{ }", ttl))).toEqual(comparison);
  });

  it("is listed after the fields where the value differs too", () => {
    const { relation, fields } = compare(entry("key", { balance: 1 }), string('{"balance":2}', 60));
    expect(relation).toBe("different");
    expect(fields.map(({ field }) => field)).toEqual(["balance", "expiry"]);
  });
});

describe("fields of conversations", () => {
  it.each([
    [
      "that only the file has",
      {},
      { userName: "x" },
      { field: "userName", redis: "absent", file: "present" },
    ],
    ["that only Redis has", { tag: "x" }, {}, { field: "tag", redis: "present", file: "absent" }],
    [
      "messages by their number",
      { messages: [1] },
      { messages: [1, 2, 3] },
      { field: "messages", redis: 1, file: 3 },
    ],
    [
      "messages, equally many, by how many changed",
      { messages: [1, 2, { a: 3 }] },
      { messages: [1, 9, { a: 4 }] },
      { field: "messages", redis: 3, file: 3, changed: 2 },
    ],
    [
      "lastActive as a date",
      { lastActive: 0 },
      { lastActive: 1_700_000_000_000 },
      { field: "lastActive", redis: "1970-01-01T00:00:00.000Z", file: "2023-11-14T22:13:20.000Z" },
    ],
    [
      "lastActive out of a date's range by name",
      { lastActive: 1e300 },
      { lastActive: 0 },
      { field: "lastActive" },
    ],
    ["messages that are no list by name", { messages: "x" }, { messages: [] }, { field: "messages" }],
    ["any other by name", { userName: "x" }, { userName: "y" }, { field: "userName" }],
    [
      "an API key in place of a name masked",
      { "sk-madeup-1111111111111111": 1 },
      {},
      { field: "sk-…1111", redis: "present", file: "absent" },
    ],
    ["numbers of its own by name", { tokens: 1 }, { tokens: 2 }, { field: "tokens" }],
    [
      "__proto__ that only Redis has",
      JSON.parse('{"__proto__": 1}'),
      {},
      { field: "__proto__", redis: "present", file: "absent" },
    ],
    [
      "__proto__ as any other",
      JSON.parse('{"__proto__": 1}'),
      JSON.parse('{"__proto__": 2}'),
      { field: "__proto__" },
    ],
  ])("name %s", (_what, redis, file, field) => {
    expect(conversations(redis, file).fields).toEqual([field]);
  });

  it("name the value as a whole where it is no record", () => {
    expect(conversations([1], { id: "x" }).fields).toEqual([{ field: "value" }]);
  });
});

describe("fields of API keys", () => {
  it.each(["queries", "tokens", "balance"])("show %s by number", (field) => {
    expect(keys({ [field]: 1 }, { [field]: 2 }).fields).toEqual([{ field, redis: 1, file: 2 }]);
  });

  it.each(["key", "balance"])("name %s alone where it holds no number", (field) => {
    expect(keys({ [field]: "sk-madeup-1" }, { [field]: "sk-madeup-2" }).fields).toEqual([{ field }]);
  });
});

it("never lets a text of the record out", () => {
  const text = fc.string().map((end) => `sk-madeup${end}`);
  const record = fc.record(
    {
      key: text,
      userName: text,
      queries: text,
      messages: fc.array(fc.record({ content: text })),
      lastActive: text,
    },
    { requiredKeys: [] },
  );
  const property = fc.property(record, record, (redis, file) => {
    expect(JSON.stringify([conversations(redis, file), keys(redis, file)])).not.toContain("sk-madeup");
  });
  fc.assert(property, { seed: 1, numRuns: 200 });
});

it.each([
  ["Redis'", ["a", "b", "c"], ["a", "b"], "redis"],
  ["the file's", ["a", "b"], ["b", "c"], "file"],
  ["neither's", ["a", "b"], ["a", "c"], null],
] as const)("says which side continues the other: %s", (_whose, redis, file, later) => {
  const said = (ids: readonly string[]) => ({ id: "x", messages: ids.map((id) => ({ id })) });
  expect(conversations(said(redis), said(file)).later).toBe(later);
});

describe("a life that ends at a certain time", () => {
  const ending = makeEntry("conversation", "id", "{}", { ttl: 500, expiresAt: 1 });

  it.each([
    [1, "same"],
    [500, "same"],
    [559, "same"],
    [561, "expiry"],
    [null, "expiry"],
  ] as const)("with 500 s left by one clock, and %s by another, is %s: clocks differ", (ttl, relation) => {
    expect(compare(ending, string("{}", ttl)).relation).toBe(relation);
  });
});
