import { describe, expect, it } from "vitest";
import { verifyOutcomeOf } from "../../src/modes/verify.js";
import { resolve } from "../../src/record/conflict-policy.js";
import type { Comparison, Held } from "../../src/types/comparison.js";
import type { Entry } from "../../src/types/entry.js";
import { type Policy, policies } from "../../src/types/mode-and-policy.js";
import { makeEntry } from "../support/entry.js";

const entry: Entry = makeEntry("conversation", "a", '{"id":"a","messages":[{"id":"m1","date":1}]}');

const held: Held = {
  state: "string",
  value: Buffer.from('{"id":"a","messages":[{"id":"m2","date":2}]}'),
  ttl: 60,
};

const decide = (
  relation: Comparison["relation"],
  later: Comparison["later"],
  policy: Policy,
  redis: Held = held,
) => resolve(entry, redis, { relation, later, fields: [] }, policy, { ttl: entry.ttl });

describe("resolve: what a migration does with a record that is", () => {
  it.each([
    // relation, the side that continues the other, then what becomes of it under: newer, keep, overwrite, merge
    ["missing", null, ["created", "created", "created", "created"]],
    ["same", null, ["unchanged", "unchanged", "unchanged", "unchanged"]],
    ["expiry", null, ["updated", "kept", "updated", "updated"]],
    ["different", "file", ["updated", "kept", "updated", "updated"]],
    ["different", "redis", ["kept", "kept", "updated", "updated"]],
    ["different", null, ["conflict", "kept", "updated", "updated"]],
    ["wrongType", null, ["conflict", "conflict", "updated", "conflict"]],
    ["incomparable", null, ["conflict", "conflict", "updated", "conflict"]],
  ] as const)(
    "%s, the later being %s: under newer, keep, overwrite, merge %j",
    (relation, later, outcomes) => {
      expect(policies.map((policy) => decide(relation, later, policy).outcome)).toEqual(outcomes);
    },
  );

  it("the same but for its expiry: sets that alone", () => {
    expect(decide("expiry", null, "newer").value).toBeNull();
  });

  const apiKey = { ...entry, kind: "key" as const, value: Buffer.from('{"key":"k","queries":1}'), ttl: null };
  const further = { ...held, value: Buffer.from('{"key":"k","queries":2}') };
  const fields = [{ field: "queries" }, { field: "expiry" }];

  it.each<readonly [Policy, string, string]>([
    ["newer", "updated", "expiry"],
    ["merge", "updated", "expiry"],
    ["keep", "kept", "kept"],
  ])(
    "an API key, further on in Redis, that would expire: under %s %s, and verified as %s",
    (policy, outcome, verified) => {
      const comparison: Comparison = { relation: "different", later: "redis", fields };
      const decision = resolve(apiKey, further, comparison, policy, { ttl: 60 });
      expect([decision.outcome, verifyOutcomeOf(comparison, decision)]).toEqual([outcome, verified]);
      if (outcome === "updated")
        expect(decision).toMatchObject({ value: null, fields: [{ field: "expiry" }] });
      expect(resolve(apiKey, { ...further, ttl: null }, comparison, policy, { ttl: 60 })).toMatchObject({
        outcome: "kept",
        fields,
      });
    },
  );

  it("updated: writes the file's value, or, under merge, that of both", () => {
    expect(decide("different", "file", "newer").value).toBe(entry.value);
    expect(decide("different", "redis", "overwrite").value).toBe(entry.value);
    expect(decide("different", "redis", "merge").value?.toString()).toBe(
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

describe("verifyOutcomeOf: a verification is content exactly where a migration would leave the record as it is", () => {
  it.each([
    // relation, the later side, then what it is under: newer, keep, overwrite, merge
    ["missing", null, ["missing", "missing", "missing", "missing"]],
    ["same", null, ["matched", "matched", "matched", "matched"]],
    ["expiry", null, ["expiry", "kept", "expiry", "expiry"]],
    ["different", "file", ["different", "kept", "different", "different"]],
    ["different", "redis", ["kept", "kept", "different", "different"]],
    ["different", null, ["different", "kept", "different", "different"]],
    ["incomparable", null, ["different", "different", "different", "different"]],
    ["wrongType", null, ["wrongType", "wrongType", "wrongType", "wrongType"]],
  ] as const)(
    "%s, the later being %s: under newer, keep, overwrite, merge %j",
    (relation, later, outcomes) => {
      const comparison = { relation, later, fields: [] };
      expect(policies.map((policy) => verifyOutcomeOf(comparison, decide(relation, later, policy)))).toEqual(
        outcomes,
      );
    },
  );

  it("merged: lives from the last activity of both, where it lives from that", () => {
    const now = 1_800_000_000_000;
    const lifetime = { ttl: 1000, present: { now } };
    const of = (id: string, lastActive: number) =>
      `{"id":"a","messages":[{"id":"${id}","date":1}],"lastActive":${lastActive}}`;
    const idle = makeEntry("conversation", "a", of("m1", now - 900_000), {
      ttl: 100,
      expiresAt: now + 100_000,
    });
    const redis: Held = { state: "string", value: Buffer.from(of("m2", now - 10_000)), ttl: 990 };
    const fields = [{ field: "messages" }, { field: "expiry", redis: "990s", file: "100s" }];
    const merged = resolve(idle, redis, { relation: "different", later: null, fields }, "merge", lifetime);
    expect(merged).toMatchObject({ outcome: "updated", life: { ttl: 990, expiresAt: now + 990_000 } });
    expect(merged.fields).toEqual([{ field: "messages" }]);
    expect(
      resolve(idle, redis, { relation: "different", later: null, fields }, "overwrite", lifetime).life,
    ).toBe(idle);
  });
});
