import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { merge } from "../../src/record/merge.js";
import { newerToMerge } from "../../src/record/recency.js";
import type { Kind } from "../../src/types/kind.js";
import { rounds } from "../support/rounds.js";

interface Message {
  readonly id?: string;
  readonly type?: number;
  readonly content?: string;
  readonly date?: number;
}

const chat = (messages: readonly Message[], rest: object = {}) => ({ id: "a", messages, ...rest });

function merged(kind: Kind, redis: object, file: object): unknown {
  const text = merge(kind, redis, file, newerToMerge(kind, redis, file));
  return text === null ? null : JSON.parse(text);
}

const messagesOf = (redis: readonly Message[], file: readonly Message[]) =>
  (merged("conversation", chat(redis), chat(file)) as { messages: Message[] }).messages;

describe("the messages of two versions", () => {
  it("are all there once, in order of date", () => {
    const [one, two, three] = [1, 2, 3].map((date) => ({ id: `m${date}`, date }));
    if (!one || !two || !three) throw new Error("three messages");
    expect(messagesOf([two, three], [one, two])).toEqual([one, two, three]);
  });

  it("are not the same by their id alone: an edited one is kept as it was, too", () => {
    const old = { id: "m", content: "before", date: 1 };
    const edited = { id: "m", content: "after", date: 1 };
    expect(messagesOf([edited], [old])).toEqual([old, edited]);
  });

  it("are the same whatever fields a fork adds: the newer side's stays", () => {
    const bare = { id: "m", content: "hello", date: 1 };
    const counted = { ...bare, usage: { total_tokens: 5 } };
    const redis = chat([counted], { lastActive: 5 });
    expect(merged("conversation", redis, chat([bare], { lastActive: 4 }))).toEqual(redis);
    const file = chat([counted], { lastActive: 6 });
    expect(merged("conversation", chat([bare], { lastActive: 5 }), file)).toEqual(file);
  });

  it("are the same by date, type and content, where one has no id: files before 1.1.9 had none", () => {
    const bare = { type: 1, content: "hello", date: 7 };
    expect(messagesOf([{ ...bare, id: "m" }], [bare])).toEqual([{ ...bare, id: "m" }]);
    expect(messagesOf([bare], [{ ...bare, id: "m" }])).toEqual([bare]);
    expect(messagesOf([bare], [{ ...bare, type: 2 }])).toHaveLength(2);
    expect(messagesOf([{ ...bare, id: "m" }], [{ ...bare, id: "n" }])).toHaveLength(2);
  });

  it("without a date go with the one before them", () => {
    const [first, undated, last] = [{ id: "1", date: 1 }, { id: "2" }, { id: "3", date: 9 }];
    expect(messagesOf([{ id: "x", date: 5 }], [first, undated, last])).toEqual([
      first,
      undated,
      { id: "x", date: 5 },
      last,
    ]);
  });
});

describe("other fields", () => {
  it("are the newer side's, and those that only the other has are added", () => {
    const redis = { id: "a", userName: "new", messages: [], lastActive: 2, r: 1 };
    const file = { id: "a", userName: "old", messages: [], lastActive: 1, f: 1 };
    expect(merged("conversation", redis, file)).toEqual({ ...redis, f: 1 });
    expect(merged("conversation", file, redis)).toEqual({ ...redis, f: 1 });
  });

  it("of an API key are the larger counters", () => {
    const redis = { key: "sk-madeup", queries: 5, tokens: 10, balance: null };
    const file = { key: "sk-madeup", queries: 3, tokens: 90, balance: 0.5, organisation: "x" };
    expect(merged("key", redis, file)).toEqual({ ...redis, tokens: 90, balance: 0.5, organisation: "x" });
  });

  it("named __proto__ are data like any other", () => {
    const file = JSON.parse('{"id":"a","messages":[],"__proto__":{"x":1}}');
    expect(merge("conversation", chat([]), file, null)).toBe('{"id":"a","messages":[],"__proto__":{"x":1}}');
  });
});

it.each([
  [[1], chat([])],
  [null, chat([])],
  [{ id: "a" }, chat([])],
  [chat([]), { id: "a", messages: [5] }],
  [chat([]), { ...chat([]), id: "b" }],
])("%j and %j are no two conversations, and are not merged", (redis, file) => {
  expect(merge("conversation", redis, file, null)).toBeNull();
});

const message = fc.record(
  {
    id: fc.constantFrom("1", "2", "3", "4"),
    type: fc.constantFrom(1, 2),
    content: fc.constantFrom("a", "b"),
    date: fc.integer({ min: 0, max: 5 }),
  },
  { requiredKeys: [] },
);
const conversation = fc.record(
  {
    id: fc.constant("a"),
    messages: fc.array(message, { maxLength: 5 }),
    lastActive: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom("no number", null)),
  },
  { requiredKeys: ["id", "messages"] },
);

it("merging the result again changes nothing, and no id of either side is lost", () => {
  const property = fc.property(conversation, conversation, (redis, file) => {
    const once = merge("conversation", redis, file, newerToMerge("conversation", redis, file)) ?? "";
    const result = JSON.parse(once) as typeof redis;
    expect(merge("conversation", result, file, newerToMerge("conversation", result, file))).toBe(once);
    const known = new Set(
      result.messages.map(({ type, content, date }) => JSON.stringify([date, type, content])),
    );
    for (const { id, type, content, date } of [...redis.messages, ...file.messages]) {
      const there = result.messages.some((one) => one.id !== undefined && one.id === id);
      expect(there || known.has(JSON.stringify([date, type, content]))).toBe(true);
    }
  });
  fc.assert(property, { seed: 3, numRuns: rounds(3000) });
});
