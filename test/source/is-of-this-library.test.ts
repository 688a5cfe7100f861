import { describe, expect, it } from "vitest";
import { holdsSign, showsSign } from "../../src/source/is-of-this-library.js";
import type { Kind } from "../../src/types/kind.js";

const typed = { type: 1, content: "hi" };

describe("a sign of this library", () => {
  it.each<[string, Kind, unknown]>([
    ["a stub, as getConversation makes it", "conversation", { id: "a", userName: "u", messages: [] }],
    ["one that was reset, and lost its userName", "conversation", { id: "a", messages: [], lastActive: 1 }],
    ["a message with a number as type", "conversation", { messages: [{ role: "user" }, typed] }],
    ["a user name that is none", "conversation", { messages: [], userName: null }],
    ["messages lost", "conversation", { id: "a", userName: "u", lastActive: 1 }],
    ["messages that are no list", "conversation", { id: "a", userName: "u", messages: {} }],
    ["all counters", "key", { key: "any", queries: 1, tokens: 2, balance: 0.5 }],
    ["an unset price", "key", { key: "any", queries: 1, balance: null }],
    ["a name of OpenAI's", "key", { key: "sk-madeup" }],
  ])("%s", (_name, kind, record) => {
    expect(showsSign(kind, record)).toBe(true);
  });

  it.each<[string, Kind, unknown]>([
    ["roles", "conversation", { id: "a", messages: [{ role: "user", content: "hi" }] }],
    ["a type that is a text", "conversation", { id: 1, messages: [{ type: "message" }] }],
    ["no messages at all", "conversation", { id: "a", messages: [] }],
    ["messages that are no objects", "conversation", { id: "a", messages: [null, 1, "x", [typed]] }],
    ["a user", "conversation", { id: 1, userName: "u" }],
    ["what every object inherits", "conversation", { __proto__: { userName: "u" }, messages: [] }],
    ["a translation", "key", { key: "greeting", en: "Hello" }],
    ["a wallet", "key", { key: "0xfeed", balance: 3 }],
    ["counters that are texts", "key", { key: "a", queries: "1", tokens: "2", balance: "3" }],
    ["counters without a key", "key", { queries: 1, tokens: 2, balance: 3 }],
    ["a list", "conversation", [{ userName: "u", messages: [] }]],
    ["a text", "key", "sk-madeup"],
    ["null", "conversation", null],
  ])("is not %s", (_name, kind, record) => {
    expect(showsSign(kind, record)).toBe(false);
  });

  it("is a userName alone, in a set of conversations", () => {
    expect(showsSign("conversation", { id: 1, userName: "u" }, true)).toBe(true);
    expect(showsSign("conversation", { id: 1, title: "t" }, true)).toBe(false);
  });

  it("may be left in text that cannot be read", () => {
    expect(holdsSign(Buffer.from('{"id":"a","userName":"b'))).toBe(true);
    expect(holdsSign(Buffer.from('"key": "sk-madeup'))).toBe(true);
    expect(holdsSign(Buffer.from("// a comment\n disk-size"))).toBe(false);
  });
});
