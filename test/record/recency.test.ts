import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newerOf } from "../../src/record/recency.js";
import { kinds } from "../../src/types/kind.js";

const said = (...dates: unknown[]) => ({ messages: dates.map((date) => ({ date })) });

describe("of two conversations, the newer", () => {
  it.each([
    ["is the one active later", { lastActive: 2 }, { lastActive: 1 }, "redis"],
    ["may be the file's", { lastActive: 1 }, { lastActive: 2 }, "file"],
    ["is known by the last message where lastActive is absent", said(9, 2), said(1, 3), "file"],
    [
      "is known by lastActive before messages",
      { lastActive: 2, ...said(1) },
      { lastActive: 1, ...said(9) },
      "redis",
    ],
    ["is known by a message's date against the other's lastActive", said(3), { lastActive: 2 }, "redis"],
    [
      "is known by the message where lastActive is no number",
      { lastActive: "9", ...said(1) },
      said(2),
      "file",
    ],
    ["is unknown where they tie", { lastActive: 1, ...said(2) }, { lastActive: 1, ...said(3) }, null],
    ["is unknown without any message", { lastActive: 1 }, said(), null],
    ["is unknown by a message without date", said(1, undefined), said(1), null],
    ["is unknown where messages are no list", { messages: "x" }, said(1), null],
  ] as const)("%s", (_rule, redis, file, newer) => {
    expect(newerOf("conversation", redis, file)).toBe(newer);
  });
});

describe("of two versions of an API key, the newer", () => {
  it.each([
    ["has more queries", { queries: 2, tokens: 1 }, { queries: 1, tokens: 9 }, "redis"],
    ["has more tokens where queries tie", { queries: 1, tokens: 1 }, { queries: 1, tokens: 2 }, "file"],
    ["takes absent tokens as none", { queries: 1, tokens: 1 }, { queries: 1 }, "redis"],
    ["is unknown by tokens that are no number", { queries: 1, tokens: "9" }, { queries: 1, tokens: 3 }, null],
    ["is unknown by tokens that are null", { queries: 1, tokens: 3 }, { queries: 1, tokens: null }, null],
    [
      "has more queries, whatever its tokens",
      { queries: 2, tokens: null },
      { queries: 1, tokens: 3 },
      "redis",
    ],
    ["is unknown where both tie", { queries: 1, tokens: 1, balance: 2 }, { queries: 1, tokens: 1 }, null],
    ["is unknown without queries", { queries: null, tokens: 2 }, { queries: 1, tokens: 1 }, null],
    ["is not known by dates", { lastActive: 2 }, { lastActive: 1 }, null],
  ] as const)("%s", (_rule, redis, file, newer) => {
    expect(newerOf("key", redis, file)).toBe(newer);
  });
});

it.each([null, "text", 5, [], [{ lastActive: 9 }]])(
  "no record at all, such as %j, is never the newer",
  (held) => {
    expect(newerOf("conversation", held, { lastActive: 1 })).toBeNull();
    expect(newerOf("key", held, { queries: 1 })).toBeNull();
  },
);

it("is the same from either side", () => {
  const small = fc.oneof(fc.nat(3), fc.constant(null));
  const record = fc.record({ queries: small, tokens: small, lastActive: small }, { requiredKeys: [] });
  const opposite = { redis: "file", file: "redis" } as const;
  const property = fc.property(fc.constantFrom(...kinds), record, record, (kind, one, other) => {
    const newer = newerOf(kind, one, other);
    expect(newerOf(kind, other, one)).toBe(newer === null ? null : opposite[newer]);
  });
  fc.assert(property, { seed: 1, numRuns: 200 });
});
