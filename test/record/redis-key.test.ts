import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { libraryTtl, ttlOf } from "../../src/record/expiry.js";
import { idOf, nameOf, redisKeyOf, scanPattern } from "../../src/record/redis-key.js";
import { kinds } from "../../src/types/kind.js";

describe("redisKeyOf", () => {
  it.each([
    ["chatgpt:", "conversation", "a b@c:d", "chatgpt:conversations:a b@c:d"],
    ["chatgpt:", "key", "sk-madeup0123wxyz", "chatgpt:keys:sk-madeup0123wxyz"],
    ["", "conversation", "", "conversations:"],
    ["a*{b}", "key", "sk-madeup", "a*{b}keys:sk-madeup"],
  ] as const)("makes the library's key of %j, %s, %j", (prefix, kind, id, key) => {
    expect(redisKeyOf(prefix, kind, id).reveal()).toBe(key);
  });

  it.each([
    ["key", "sk-madeup0123wxyz", "chatgpt:keys:sk-…wxyz"],
    ["key", "sk-madeup", "chatgpt:keys:***"],
    ["conversation", "sk-madeup0123wxyz", "chatgpt:conversations:sk-…wxyz"],
    ["conversation", "made-up", "chatgpt:conversations:made-up"],
  ] as const)("prints the key of a %s %s as %s", (kind, id, shown) => {
    expect(`${redisKeyOf("chatgpt:", kind, id)}`).toBe(shown);
  });

  it("is undone by idOf", () => {
    const property = fc.property(fc.string(), fc.constantFrom(...kinds), fc.string(), (prefix, kind, id) => {
      expect(idOf(prefix, kind, redisKeyOf(prefix, kind, id).reveal())).toBe(id);
    });
    fc.assert(property, { seed: 1, numRuns: 200 });
  });
});

describe("nameOf", () => {
  it("shows the id of a conversation", () => {
    expect(nameOf("conversation", "+49 made-up 0123")).toBe("+49 made-up 0123");
  });

  it("masks an API key", () => {
    expect(nameOf("key", "sk-madeup0123wxyz")).toBe("sk-…wxyz");
  });

  it.each([
    ["sk-madeup0123wxyz", "sk-…wxyz"],
    ["sk-madeup-12", "sk-…p-12"],
    ["user_7:sk-madeup0123wxyz (old)", "user_7:sk-…wxyz (old)"],
    ["key_sk-madeup0123wxyz", "key_sk-…wxyz"],
    ["sk-made-up", "sk-made-up"],
    ["task-0123456789", "task-0123456789"],
    ["desk-of-somebody", "desk-of-somebody"],
  ])("masks what looks like an API key in the id of a conversation: %s", (id, shown) => {
    expect(nameOf("conversation", id)).toBe(shown);
  });
});

describe("scanPattern", () => {
  it.each([
    ["chatgpt:", "conversation", "chatgpt:conversations:*"],
    ["chatgpt:", "key", "chatgpt:keys:*"],
    ["", "key", "keys:*"],
    ["*?", "key", "\\*\\?keys:*"],
    ["[a-z]", "key", "\\[a-z\\]keys:*"],
    ["a\\b", "key", "a\\\\bkeys:*"],
  ] as const)("takes the prefix %j of a %s literally: %j", (prefix, kind, pattern) => {
    expect(scanPattern(prefix, kind)).toBe(pattern);
  });

  it("has no glob character but its last that is not escaped", () => {
    const prefixes = fc.string({ unit: fc.constantFrom(..."*?[]^\\-a:") });
    const property = fc.property(prefixes, fc.constantFrom(...kinds), (prefix, kind) => {
      const literal = scanPattern(prefix, kind).slice(0, -1);
      expect(literal.replace(/\\[\s\S]/g, "")).not.toMatch(/[*?[\]\\]/);
      expect(literal.replace(/\\([\s\S])/g, "$1")).toBe(redisKeyOf(prefix, kind, "").reveal());
    });
    fc.assert(property, { seed: 1, numRuns: 200 });
  });
});

describe("ttlOf", () => {
  it.each([
    ["conversation", libraryTtl, 2_592_000],
    ["conversation", 60, 60],
    ["conversation", null, null],
    ["key", libraryTtl, null],
    ["key", null, null],
  ] as const)("of a %s, where %s s are asked for, is %s", (kind, ttl, seconds) => {
    expect(ttlOf(kind, null, { ttl })).toBe(seconds);
  });
});
