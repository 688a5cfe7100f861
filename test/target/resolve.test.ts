import { describe, expect, it } from "vitest";
import type { Comparison, Entry, Held, Policy } from "../../src/model.js";
import { Secret } from "../../src/secret.js";
import { judge, resolve } from "../../src/target/resolve.js";

const entry: Entry = {
  kind: "conversation",
  name: "a",
  redisKey: new Secret("chatgpt:conversations:a"),
  value: Buffer.from('{"id":"a","messages":[{"id":"m1","date":1}]}'),
  ttl: 60,
  place: { source: "db.json", index: 0, offset: 0, line: 1 },
  oddities: [],
};

const held: Held = {
  state: "string",
  value: Buffer.from('{"id":"a","messages":[{"id":"m2","date":2}]}'),
  ttl: 60,
};

const decide = (
  relation: Comparison["relation"],
  newer: Comparison["newer"],
  policy: Policy,
  redis: Held = held,
) => resolve(entry, redis, { relation, newer, fields: [] }, policy);

describe("resolve: what a migration does with a record that is", () => {
  it.each([
    // relation, newer side, then what becomes of it under: newer, keep, overwrite, merge
    ["missing", null, ["created", "created", "created", "created"]],
    ["same", null, ["unchanged", "unchanged", "unchanged", "unchanged"]],
    ["expiry", null, ["unchanged", "unchanged", "unchanged", "unchanged"]],
    ["different", "file", ["updated", "kept", "updated", "updated"]],
    ["different", "redis", ["kept", "kept", "updated", "updated"]],
    ["different", null, ["conflict", "kept", "updated", "updated"]],
    ["wrongType", null, ["conflict", "conflict", "updated", "conflict"]],
    ["notJson", null, ["conflict", "conflict", "updated", "conflict"]],
  ] as const)(
    "%s, the newer being %s: under newer, keep, overwrite, merge %j",
    (relation, newer, outcomes) => {
      const policies = ["newer", "keep", "overwrite", "merge"] as const;
      expect(policies.map((policy) => decide(relation, newer, policy).outcome)).toEqual(outcomes);
    },
  );

  it("updated: writes the file's value, or, under merge, that of both", () => {
    expect(decide("different", "file", "newer").value).toBe(entry.value);
    expect(decide("different", "redis", "overwrite").value).toBe(entry.value);
    expect(decide("different", "redis", "merge").value.toString()).toBe(
      '{"id":"a","messages":[{"id":"m1","date":1},{"id":"m2","date":2}]}',
    );
  });

  it("different under merge, and holds all of the file's already: kept", () => {
    const all = {
      ...held,
      value: Buffer.from('{"id":"a","messages":[{"id":"m1","date":1},{"id":"m2","date":2}]}'),
    };
    expect(decide("different", "redis", "merge", all).outcome).toBe("kept");
  });

  it("different under merge, and has no messages: conflict", () => {
    const other = { ...held, value: Buffer.from("[1]") };
    expect(decide("different", null, "merge", other).outcome).toBe("conflict");
  });
});

describe("judge: what a verification calls a record that is", () => {
  it.each([
    ["missing", null, "missing"],
    ["same", null, "matched"],
    ["expiry", null, "expiry"],
    ["different", null, "different"],
    ["different", "file", "different"],
    ["different", "redis", "newer"],
    ["notJson", null, "different"],
    ["wrongType", null, "wrongType"],
  ] as const)("%s, the newer being %s: %s", (relation, newer, outcome) => {
    expect(judge({ relation, newer, fields: [] })).toBe(outcome);
  });
});
