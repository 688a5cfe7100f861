import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { firstPart } from "../../src/source/detect-layout.js";
import { recognise } from "../../src/source/recognise-file.js";
import type { Layout } from "../../src/types/source-file.js";
import { apiKey, conversation, records, writeLegacy } from "../support/legacy.js";
import { scratchFolder } from "../support/program.js";

async function layoutOf(text: string | Buffer): Promise<Layout | null> {
  const path = join(await scratchFolder(), "db.json");
  await writeFile(path, text);
  return recognise({ path, bytes: text.length, named: true, identity: null, stdinFile: null });
}

const talk = conversation("a");
const key = apiKey("a");
const { id, userName, messages } = talk;
const rows = (...rows: unknown[]) => ({ rows, name: "any" });
const long = { settings: { text: "x".repeat(600_000), keys: [1], conversations: { rows: [] } } };

it("is recognised wherever the part ends that is looked at first", async () => {
  const text = (before: number) =>
    JSON.stringify({ v: "x".repeat(firstPart - before), conversations: rows(talk) });
  const length = text(0).length - firstPart;
  const found = new Set<Layout | null>();
  for (let before = 0; before <= length; before += 5) found.add(await layoutOf(text(before)));
  expect([...found]).toEqual(["dbcontext"]);
});

describe("a layout is detected by what is in the file", () => {
  it.each<[string, Layout | null, unknown]>([
    ["both sets", "dbcontext", { keys: rows(key), conversations: rows(talk) }],
    ["one set", "dbcontext", { conversations: rows(talk) }],
    ["a set whose name comes before its rows", "dbcontext", { keys: { name: "keys", rows: [key] } }],
    ["sets behind other sets and plain values", "dbcontext", { v: 1, users: rows({ id }), keys: rows(key) }],
    ["sets behind more than is read at once", "dbcontext", { ...long, conversations: rows(talk) }],
    ["sets without rows", "dbcontext", { keys: rows(), conversations: rows() }],
    ["sets without anything", "dbcontext", { keys: {}, conversations: {} }],

    ["arrays by set", "arrays", { conversations: [talk], keys: [key] }],
    ["one array of a set", "arrays", { keys: [key] }],
    ["arrays behind plain values", "arrays", { version: 3, settings: { keys: [1] }, keys: [key] }],
    ["empty arrays", "arrays", { conversations: [], keys: [] }],

    ["records by id", "by-id", { conversations: { [id]: talk }, keys: { [key.key]: key } }],
    ["records by id behind an empty set", "by-id", { keys: {}, conversations: { [id]: { messages } } }],
    ["records by id behind plain values", "by-id", { conversations: { count: 1, [id]: talk } }],

    ["records by id, as texts", "by-id", { keys: { [key.key]: JSON.stringify(key) } }],
    ["one whose id is rows", "by-id", { conversations: { rows: { ...talk, id: "rows" } } }],
    ["rows as an object", "dbcontext", { keys: { rows: { 1: key, 2: key } } }],
    ["rows as an object, first of something else", "dbcontext", { keys: { rows: { 0: { x: 1 }, 1: key } } }],
    ["rows as an object, as texts", "dbcontext", { keys: { rows: { 1: JSON.stringify(key) } } }],
    ["arrays behind something named messages", "arrays", { messages: ["hi"], conversations: [talk] }],
    ["sets as texts", "by-id", { conversations: JSON.stringify([talk]) }],

    ["records by Redis key", "by-key", { [`chatgpt:conversations:${id}`]: talk }],
    ["the same as texts", "by-key", { other: "x", [`keys:${key.key}`]: JSON.stringify(key) }],

    ["an array of texts", "array", ["hi", JSON.stringify(talk)]],
    ["an array of other things, and one API key", "array", [{ name: "bot" }, { key: key.key }]],
    ["an array of conversations", "array", [talk]],
    ["an array of API keys", "array", [key]],
    ["an array that begins with other things", "array", [null, 1, "a", {}, [talk], { id }, talk]],
    ["an array of conversations, messages last", "array", [{ ...long, lastActive: 1, id, messages }]],
    ["an empty array", "array", []],

    ["a conversation", "record", talk],
    ["a conversation, messages last", "record", { ...long, lastActive: 1, id, messages: [] }],
    ["a conversation without its messages", "record", { userName, lastActive: 1, id }],
    ["an API key", "record", key],
    ["an API key, its key last", "record", { owner: "ops", balance: null, key: key.key }],

    ["an empty object", null, {}],
    ["a list of blocked keys", null, { blacklisted: [key.key] }],
    ["a package", null, { name: "bot", keywords: ["chatgpt"], dependencies: { dbcontext: "^1.0.4" } }],
    ["other sets alone", null, { users: rows({ id, messages }) }],
    ["sets within something else", null, { backup: { keys: rows(key), conversations: rows(talk) } }],
    ["sets that are no containers", null, { keys: 2, conversations: "none" }],
    ["a key that is no text, or has no usage", null, { key: { id: 1 }, tokens: 1, balance: 2 }],
    ["a key alone", null, { key: key.key }],
    ["an id alone", null, { id, lastActive: 1 }],
    ["messages that are no list", null, { id, messages: "none" }],
    ["an array of other things", null, [1, null, "messages", [talk], { name: "bot" }, { key: "a" }]],
    ["a record whose fields are spread over several", null, [{ id }, { userName }, { key: "a" }]],
    ["translations", null, { keys: { yes: { de: "Ja" }, no: "Nein", count: 2 } }],
    ["a list of names", null, { keys: ["yes", "no"] }],
    ["sets of names", null, { keys: { list: ["yes"] }, conversations: { title: "Talks" } }],
    ["wallets", null, { keys: [{ key: "0xfeed", balance: 1 }] }],
    ["another program's chat", null, { id: 1, messages: [{ id: 1, type: "message", text: "hi" }] }],
    ["another program's chats", null, [{ id: "a", messages: [{ role: "user", content: "hi" }] }]],
    ["the same by Redis key", null, { "app:conversations:a": { messages: [{ role: "user" }] } }],
    ["users", null, [{ id: 1, userName: "ann" }]],
    ["a text", null, "conversations"],
    ["a number", null, 7],
    ["null", null, null],
  ])("%s: %s", async (_name, layout, value) => {
    expect(await layoutOf(JSON.stringify(value))).toBe(layout);
    expect(await layoutOf(JSON.stringify(value, null, 4))).toBe(layout);
  });

  it("also in a file of the library's own", async () => {
    const path = join(await scratchFolder(), "db.json");
    await writeLegacy(path, records(1, 0));
    expect(await recognise({ path, bytes: 0, named: true, identity: null, stdinFile: null })).toBe(
      "dbcontext",
    );
  });

  it("also where names are escaped", async () => {
    expect(await layoutOf('{"k\\u0065ys":{"\\u0072ows":[]}}')).toBe("dbcontext");
  });
});

describe("a damaged file", () => {
  it.each<[string, Layout, string]>([
    ["nothing", "damaged", ""],
    ["white space", "damaged", " \n"],
    ["text that was never JSON", "damaged", "Error: ENOSPC"],
    ["zeros", "damaged", "\0".repeat(100)],
    ["an end before anything shows a layout", "damaged", '{"keys":'],
    ["an end within an empty set", "damaged", '{"keys":{'],
    ["an end within the fields of a record", "damaged", '{"id":"a","userName":"b","mess'],
    ["a beginning that is lost", "damaged", '"balance": 1}],"name":"keys"},"conversations":{"rows":[]}}'],
    ["two documents, neither of which shows one", "damaged", "{}{}"],
    ["damage behind what shows it", "dbcontext", '{"keys":{"rows":[{"key"'],
    ["damage behind what shows it", "arrays", '{"conversations":[{"id'],
    ["damage behind what shows it", "by-id", '{"conversations":{"a":{"id'],
    ["damage behind what shows it", "array", '[{"id":"a","userName":"b",?'],
    ["damage behind what shows it", "record", '{"id":"a","messages":[{'],
  ])("%s: %s", async (_name, layout, text) => {
    expect(await layoutOf(text)).toBe(layout);
  });
});

const line = JSON.stringify;

describe("JSON lines", () => {
  it.each<[string, Layout | null, string]>([
    ["records", "lines", `${line(talk)}\n${line(key)}\n`],
    ["records, the last without a line's end", "lines", `${line(talk)}\n${line(key)}`],
    ["empty lines and CRLF", "lines", `\r\n${line(talk)}\r\n\r\n${line(key)}\r\n`],
    ["a record longer than what is read at once", "lines", `${line({ ...long, ...talk })}\n${line(key)}\n`],
    ["sets", "lines", `${line({ keys: [key] })}\n${line({ conversations: rows(talk) })}\n`],
    ["texts", "lines", `${line(line(talk))}\n${line(line(key))}\n`],
    ["the first line broken", "lines", `{"id":"a","userName\n${line(talk)}\n${line(key)}\n`],
    ["rows with their commas", "lines", `${line(talk)},\n${line(talk)},\n${line(key)}\n`],
    ["one record", "record", `${line(talk)}\n`],
    ["indented records, one behind another", "record", `${line(talk, null, 2)}\n${line(key, null, 2)}`],
    ["a row a line, within a set", "dbcontext", `{"keys":{"rows":[\n${line(key)},\n${line(key)}\n]}}`],
    ["a row a line, within an array", "array", `[\n${line(key)},\n${line(key)}\n]`],
    ["an array that begins on the same line", "array", `[${line(key)},\n${line(key)},\n${line(key)}]`],
    ["another program's", null, '{"a":1}\n{"a":2}\n'],
    ["archives", null, `${line({ messages: [{ role: "user", content: "hi" }] })}\n`.repeat(2)],
    [
      "a journal",
      null,
      `${line({ journal: 1 })}\n${line({ op: "create", kind: "key", key: "chatgpt:keys:a" })}\n`,
    ],
  ])("%s: %s", async (_name, layout, text) => {
    expect(await layoutOf(text)).toBe(layout);
  });
});

describe("a damaged file that was found, not named", () => {
  async function found(name: string, text: string): Promise<Layout | null> {
    const path = join(await scratchFolder(), name);
    await writeFile(path, text);
    return recognise({ path, bytes: text.length, named: false, identity: null, stdinFile: null });
  }

  it.each<[string, Layout | null, string, string]>([
    ["settings with comments", null, "tsconfig.json", '{\n  // a comment\n  "a": { "b": [], },\n}'],
    ["nothing", null, "other.json", ""],
    ["nothing, under the library's own name", "damaged", "db.json", ""],
    ["no JSON, under the library's own name", "damaged", "db.json", "Error: ENOSPC"],
    ["a sign of the library", "damaged", "other.json", '<<<<<<< HEAD\n{"id":"a","userName":"b'],
    ["its sets", "arrays", "other.json", '{"conversations":[{"id'],
  ])("with %s: %s", async (_name, layout, name, text) => {
    expect(await found(name, text)).toBe(layout);
  });
});
