import { expect, it } from "vitest";
import { continues } from "../../src/record/which-is-newer.js";

const a = { id: "a", type: 1, content: "one", date: 1 };
const b = { id: "b", type: 2, content: "two", date: 2 };
const c = { id: "c", type: 1, content: "three", date: 3 };
const bare = ({ id: _, ...rest }: typeof a) => rest;
const undated = ({ content }: typeof a) => ({ content, type: 1 });
const chat = (messages: readonly unknown[], lastActive?: number) => ({
  id: "x",
  userName: "U",
  messages,
  ...(lastActive === undefined ? {} : { lastActive }),
});

it.each([
  ["the same", chat([a, b]), chat([a, b]), true, true],
  ["one that was continued", chat([a, b, c]), chat([a, b]), true, false],
  ["one that was trimmed and continued", chat([b, c]), chat([a, b]), true, false],
  ["one whose last answer was made anew", chat([a, c]), chat([a, b]), false, false],
  ["one that only lost its oldest", chat([b]), chat([a, b]), true, true],
  ["two that went different ways", chat([a, b]), chat([a, c]), false, false],
  ["two that end alike, and each has what the other lacks", chat([a, c], 9), chat([b, c], 1), false, false],
  ["one that ends alike, and has more in its midst", chat([a, b, c]), chat([a, c]), true, true],
  [
    "one whose last message has the other's id, and says something else",
    chat([a, { ...b, content: "x" }]),
    chat([a, b]),
    false,
    false,
  ],
  [
    "one whose last message is another's, with another id",
    chat([a, { ...b, id: "z" }]),
    chat([b]),
    false,
    false,
  ],
  ["one continued, without ids", chat([a, b].map(bare)), chat([bare(a)]), true, false],
  ["one continued, where only one side has ids", chat([a, b]), chat([bare(a)]), true, false],
  [
    "without ids, another content at the same date",
    chat([{ ...bare(a), content: "x" }]),
    chat([bare(a)]),
    false,
    false,
  ],
  [
    "without ids, another date of the same content",
    chat([{ ...bare(a), date: 9 }]),
    chat([bare(a)]),
    false,
    false,
  ],
  [
    "one that says the same last, without ids and dates",
    chat([b, c].map(undated)),
    chat([a, c].map(undated)),
    false,
    false,
  ],
  [
    "one continued, without ids and dates",
    chat([a, b, c].map(undated)),
    chat([a, b].map(undated)),
    true,
    false,
  ],
  ["history over a stub", chat([a]), chat([]), true, false],
  ["history over one emptied before", chat([a], 5), chat([], 5), true, false],
  ["history over one emptied since", chat([a], 5), chat([], 6), false, false],
  [
    "history without lastActive over one emptied since its last message",
    chat([a]),
    chat([], 6),
    false,
    false,
  ],
  ["history without lastActive over one emptied before", chat([a]), chat([], 1), true, false],
  ["two stubs", chat([]), chat([]), true, true],
  ["two emptied, one later", chat([], 6), chat([], 5), true, false],
  ["one emptied over a stub", chat([], 5), chat([]), true, false],
] as const)("of conversations: %s", (_, later, earlier, there, back) => {
  expect([continues("conversation", later, earlier), continues("conversation", earlier, later)]).toEqual([
    there,
    back,
  ]);
});

const key = (queries: unknown, tokens: unknown, more: object = {}) => ({
  key: "k",
  queries,
  tokens,
  ...more,
});

it.each([
  ["the same", key(1, 1), key(1, 1), true, true],
  ["more queries", key(2, 1), key(1, 9), true, false],
  ["as many queries, more tokens", key(1, 2), key(1, 1), true, false],
  ["another balance", key(1, 1, { balance: 1 }), key(1, 1, { balance: null }), true, true],
  ["a balance more", key(1, 1, { balance: 1 }), key(1, 1), true, true],
  ["another API key's record", { ...key(2, 2), key: "other" }, key(1, 1), false, false],
  ["another field of a fork", key(1, 1, { note: "x" }), key(1, 1, { note: "y" }), false, false],
  ["counters over none", key(0, 0), { key: "k" }, false, false],
  ["no counters, and another field", { key: "k", a: 1 }, { key: "k" }, false, false],
  ["no counters", { key: "k" }, { key: "k" }, true, true],
] as const)("of API keys: %s", (_, later, earlier, there, back) => {
  expect([continues("key", later, earlier), continues("key", earlier, later)]).toEqual([there, back]);
});

it.each([
  [null, chat([a])],
  [chat([a]), "text"],
  [chat([a]), []],
  [{ id: "x", messages: "none" }, chat([])],
  [chat([a]), { id: "x", messages: [null] }],
])("is not shown by what is no record: %j, %j", (later, earlier) => {
  expect(continues("conversation", later, earlier)).toBe(false);
});

it("is not shown by what is nested deeper than can be compared", () => {
  const deep = () => JSON.parse(`{"key":"k","more":${"[".repeat(9_000)}${"]".repeat(9_000)}}`);
  expect(continues("key", deep(), deep())).toBe(false);
});
