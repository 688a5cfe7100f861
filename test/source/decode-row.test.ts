import { describe, expect, it } from "vitest";
import type { Decoded, DecodedRecord } from "../../src/source/decode-row.js";
import { decodeRow } from "../../src/source/decode-row.js";
import type { Oddity } from "../../src/types/entry.js";
import type { Kind } from "../../src/types/kind.js";
import type { Place } from "../../src/types/row.js";

const place: Place = { source: "db.json", index: 3, offset: 120, line: 9 };

function decodeText(kind: Kind, text: string | Buffer): Decoded {
  return decodeRow({ kind, id: null, place, bytes: Buffer.from(text as string) });
}

function entryOf(kind: Kind, text: string): DecodedRecord {
  const decoded = decodeText(kind, text);
  if ("reason" in decoded) throw new Error(decoded.reason);
  return decoded;
}

function reasonOf(kind: Kind, text: string | Buffer): string {
  const decoded = decodeText(kind, text);
  if (!("reason" in decoded)) throw new Error("was accepted");
  expect(decoded).toEqual({ kind, place, reason: decoded.reason });
  return decoded.reason;
}

describe("the value of an entry is the record as JSON.stringify writes it", () => {
  it.each([
    ["an empty conversation", '{"id":"a","userName":"b","messages":[]}'],
    ["white space", '{\r\n\t"id" : "a",\n "messages" : [ ]\n}'],
    ["members in an order of their own", '{"messages":[],"lastActive":5,"userName":"u","id":"a"}'],
    ["fields that nobody knows", '{"x":{"y":[1,null]},"id":"a","messages":[{"z":{"z":0}}],"":false}'],
    ["`__proto__` as a field", '{"__proto__":{"id":7},"id":"a","messages":[{"__proto__":[]}]}'],
    ["names of what every object inherits", '{"constructor":1,"toString":2,"id":"a","messages":[]}'],
    ["a field that comes twice", '{"id":"a","id":"b","messages":[]}'],
    ["escapes and lone surrogates", '{"id":"\\u0041\\/","messages":[{"content":"\\ud83d\\u2028\\n"}]}'],
    ["numbers as JavaScript reads them", '{"id":"a","messages":[],"n":[1.0,1e3,-0,12345678901234567890]}'],
    ["content in parts", '{"id":"a","messages":[{"content":[{"type":"text","text":"é"}]}]}'],
  ])("%s", (_name, text) => {
    expect(entryOf("conversation", text).value.toString()).toBe(JSON.stringify(JSON.parse(text)));
  });

  it("keeps `__proto__`, unknown fields and the order of members literally", () => {
    const text = '{"z":1,"__proto__":{"a":1},"id":"a","messages":[{"__proto__":2,"b":1,"a":2}],"b":0}';
    expect(entryOf("conversation", text).value.toString()).toBe(text);
    const key = '{"limit":9,"key":"sk-madeup-0000","__proto__":{"balance":null},"balance":0}';
    expect(entryOf("key", key)).toMatchObject({ value: Buffer.from(key), oddities: [] });
  });
});

describe("a name that stands twice in one object", () => {
  const odd = (json: string) => entryOf("conversation", json).oddities.includes("name-twice");

  it.each([
    ['{"id":"a","userName":"u","messages":[],"messages":[]}', true],
    ['{"id":"a","userName":"u","messages":[{"content":"a:b","content":"\\"c\\":","date":1,"type":1}]}', true],
    [
      '{"id":"a","userName":"u","messages":[{"content":"\\"x\\":1","date":1,"type":1}],"x":{"id":1,"__proto__":2}}',
      false,
    ],
  ])("is reported: %s", (json, reported) => {
    expect(odd(json)).toBe(reported);
  });

  it("is not reported of a record that got its id from its place", () => {
    const bytes = Buffer.from('{"userName":"u","messages":[]}');
    expect(decodeRow({ kind: "conversation", id: "a", place, bytes })).toMatchObject({
      oddities: [],
    });
  });
});

it("a record under a name that is not its id goes in under its id, and that is told", () => {
  const decode = (id: string) =>
    decodeRow({ kind: "key", id, place, bytes: Buffer.from('{"key":"sk-madeup-a"}') });
  expect(decode("sk-madeup-b")).toMatchObject({ oddities: ["other-name"] });
  expect(decode("sk-madeup-a")).toMatchObject({ oddities: [] });
});

describe("a record has the id that the library would look for", () => {
  it.each<[string, string, string]>([
    ["a text as id", '"491234@c.us: x"', "491234@c.us: x"],
    ["a number as id", "491234567890", "491234567890"],
    ["a fraction as id", "-1.50", "-1.5"],
    ["zero as id", "0", "0"],
    ["zero below zero as id", "-0", "0"],
    ["a number that is written otherwise", "1E21", "1e+21"],
    ["a number larger than any", "1e999", "Infinity"],
    ["a number that is rounded", "9007199254740993", "9007199254740992"],
    ["true as id", "true", "true"],
    ["null as id", "null", "null"],
    ["empty text as id", '""', ""],
    ["half a surrogate pair in an id", '"a\\ud83d\\ude00\\ude00"', "a😀\ufffd"],
    ["Unicode as id", '"漢\\u00e9😀"', "漢é😀"],
  ])("%s", (_name, json, id) => {
    const entry = entryOf("conversation", `{"id":${json},"messages":[]}`);
    expect(entry).toMatchObject({ kind: "conversation", id, place });
  });

  it.each<[string, string | undefined]>([
    ['"123"', undefined],
    ["123", "123"],
    ["1.230e2", "123"],
    ["9007199254740993", "9007199254740993"],
    ["null", "null"],
    ['"null"', undefined],
    ["true", "true"],
    ['""', undefined],
    ['"\\ud800"', '"\\ud800"'],
    ['"\\ufffd"', undefined],
  ])("the id %s is distinguished by its spelling from others with its Redis key", (json, spelling) => {
    expect(entryOf("conversation", `{"messages":[{"id":7}],"id":${json}}`).spelling).toBe(spelling);
  });

  it("a name among records by id is the id of a record that has none", () => {
    const row = { kind: "conversation" as const, id: "", place, bytes: Buffer.from('{"messages":[]}') };
    expect(decodeRow(row)).toMatchObject({
      id: "",
      value: Buffer.from('{"id":"","messages":[]}'),
    });
    const own = decodeRow({ ...row, id: "a", bytes: Buffer.from('{"messages":[],"id":null}') });
    expect(own).toMatchObject({ id: "null", spelling: "null" });
  });
});

describe("what is odd is reported, once, and does not keep a record out", () => {
  const message = { id: "m", type: 1, content: "hi", date: 5 };
  const usual = {
    id: "a",
    userName: "u",
    messages: [message, { ...message, type: 0 }, { ...message, type: 2 }],
  };
  const withMessage = (change: object) => ({
    ...usual,
    messages: [message, ...[1, 2].map(() => ({ ...message, ...change }))],
  });

  it.each<[string, Kind, object, Oddity[]]>([
    ["nothing", "conversation", usual, []],
    ["no user name", "conversation", { ...usual, userName: undefined }, ["no-user-name"]],
    ["a number as user name", "conversation", { ...usual, userName: 5 }, ["no-user-name"]],
    ["a number as id", "conversation", { ...usual, id: 5 }, ["number-as-id"]],
    ["false as id", "conversation", { ...usual, id: false }, ["boolean-as-id"]],
    ["null as id", "conversation", { ...usual, id: null }, ["null-as-id"]],
    ["empty text as id", "conversation", { ...usual, id: "" }, ["empty-id"]],
    ["half a surrogate pair as id", "conversation", { ...usual, id: "\udc00" }, ["surrogate-in-id"]],
    ["a number that is exact, however large", "conversation", { ...usual, lastActive: 2 ** 60 }, []],
    ["an empty API key", "key", { key: "" }, ["empty-id"]],
    ["half a surrogate pair in an API key", "key", { key: "sk-\ud800" }, ["surrogate-in-id"]],
    ["content missing", "conversation", withMessage({ content: undefined }), ["message-without-content"]],
    ["content null", "conversation", withMessage({ content: null }), ["message-without-content"]],
    ["content empty", "conversation", withMessage({ content: "" }), []],
    ["content in parts", "conversation", withMessage({ content: [{ type: "text", text: "" }] }), []],
    ["a date missing", "conversation", withMessage({ date: undefined }), ["message-without-date"]],
    ["a date as text", "conversation", withMessage({ date: "2024-01-01" }), ["message-without-date"]],
    ["an unknown type", "conversation", withMessage({ type: 3 }), ["message-of-unknown-type"]],
    ["a type as text", "conversation", withMessage({ type: "1" }), ["message-of-unknown-type"]],
    ["a message without id", "conversation", withMessage({ id: undefined }), []],
    ["a balance of null", "key", { key: "sk-madeup-0000", balance: null }, ["balance-null"]],
    ["no balance", "key", { key: "sk-madeup-0000" }, []],
  ])("%s", (_name, kind, record, oddities) => {
    expect(entryOf(kind, JSON.stringify(record)).oddities).toEqual(oddities);
  });
});

describe("what is no record is rejected, with the path to what is wrong", () => {
  it.each<[Kind, string, string]>([
    ["conversation", '{"messages":[]}', "id: expected a string, number, boolean or null"],
    ["conversation", '{"id":{"id":"a"},"messages":[]}', "id: expected a string, number, boolean or null"],
    [
      "conversation",
      '{"__proto__":{"id":"a"},"messages":[]}',
      "id: expected a string, number, boolean or null",
    ],
    ["conversation", '{"id":"a"}', "messages: expected array, received undefined"],
    ["conversation", '{"id":"a","messages":{"0":{}}}', "messages: expected array, received object"],
    ["conversation", '{"id":"a","messages":[{},null]}', "messages[1]: expected object, received null"],
    ["conversation", '{"id":"a","messages":["hi"]}', "messages[0]: expected object, received string"],
    ["conversation", '{"id":"a","messages":[[]]}', "messages[0]: expected object, received array"],
    [
      "conversation",
      '{"id":[],"messages":[1,2]}',
      "id: expected a string, number, boolean or null (and 2 more)",
    ],
    ["conversation", "null", "expected object, received null"],
    ["conversation", "[]", "expected object, received array"],
    ["conversation", '"text"', "expected object, received string"],
    ["key", "{}", "key: expected string, received undefined"],
    ["key", '{"key":5}', "key: expected string, received number"],
    ["key", '{"key":null}', "key: expected string, received null"],
  ])("%s %s: %s", (kind, text, reason) => {
    expect(reasonOf(kind, text)).toBe(reason);
  });

  it.each<[string, Buffer]>([
    ["a byte of Latin-1", Buffer.from('{"id":"\xe9","messages":[]}', "latin1")],
    ["a surrogate encoded as UTF-8", Buffer.from('{"id":"\xed\xa0\x80","messages":[]}', "latin1")],
    ["a character cut in two", Buffer.from('{"id":"\xe6\xbc","messages":[]}', "latin1")],
  ])("bytes that are not UTF-8: %s", (_name, bytes) => {
    expect(reasonOf("conversation", bytes)).toBe("holds bytes that are not UTF-8");
  });

  it("nesting too deep to be written again", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    const text = `{"id":"a","messages":[{"content":${deep}}]}`;
    expect(reasonOf("conversation", text)).toBe(
      "is nested too deeply, or too long, to be written as JSON again",
    );
  });
});

describe("a reason never holds text of the record", () => {
  it.each([
    ["an unknown word", '{"id":"a","messages":sk-madeup-4711}'],
    ["a text that ends too early", '{"id":"sk-madeup-4711","messages":["sk-madeup'],
    ["a name without quotes", "{sk-madeup-4711: 1}"],
    ["a bare secret", "sk-madeup-4711"],
    ["a control character", '{"key":"sk-madeup-4711\t"}'],
    ["a broken escape", '{"key":"sk-madeup-4711\\x"}'],
    ["a text that looks like V8's own words", "at position 4711"],
    ["the same, in V8's full words", "x in JSON at position 4711 (line 1 column 4711)"],
    ["a secret of the wrong sort", '{"id":["sk-madeup-4711"],"messages":{"sk-madeup-4711":1}}'],
  ])("%s", (_name, text) => {
    for (const kind of ["conversation", "key"] as const) {
      expect(reasonOf(kind, text)).not.toMatch(/sk|madeup|4711/);
    }
  });

  it("but names the position at which V8 gave up, where V8 does", () => {
    expect(reasonOf("key", '{"key":"a" "b"}')).toBe("is not valid JSON (character 11 of the row)");
  });
});

describe("when a conversation was last in use, and its messages", () => {
  it.each([
    ['{"id":"a","messages":[],"lastActive":5}', 0, 5],
    ['{"id":"a","messages":[{"date":3},{"date":2}]}', 2, 2],
    ['{"id":"a","messages":[{"date":3},{"date":2}],"lastActive":null}', 2, 2],
    ['{"id":"a","messages":[{"date":3},{}],"lastActive":"5"}', 2, null],
    ['{"id":"a","messages":[]}', 0, null],
  ])("%s", (json, messageCount, lastActive) => {
    expect(entryOf("conversation", json)).toMatchObject({ messageCount, lastActive });
  });
});
