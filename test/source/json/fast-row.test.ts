import { describe, expect, it, vi } from "vitest";
import { FastRowReader } from "../../../src/source/json/fast-row.js";
import { FROM, LAST_ACTIVE, stride, TO } from "../../../src/source/record-columns.js";
import { conversation, apiKey as keyOf } from "../../support/legacy.js";
import { expectTheSame, read } from "./compare-with-parsing.js";

describe("a row as the library writes it", () => {
  it.each([0, 1, 4, "\t", " \r\n"])("is read in one go, with an indentation of %j", (indent) => {
    const text = JSON.stringify(
      { ...conversation("a", 3), unknown: { deep: [null, true, -0.5, {}, []] } },
      null,
      indent,
    );
    expect(expectTheSame(text, "conversation")).toBe(true);
    expect(expectTheSame(JSON.stringify(keyOf("a"), null, indent), "key")).toBe(true);
  });

  it("has contents in parts, texts of all sizes, and numbers of all usual sorts", () => {
    for (const length of [0, 1, 46, 47, 48, 49, 50, 95, 96, 97, 1_000, 70_000]) {
      for (const character of [
        "x",
        "é",
        "漢",
        "😀",
        '"',
        "\\",
        "\n",
        "\u0001",
        "\u0007",
        "\u000b",
        "\u000e",
        "\u001f",
        "\u2028",
        "\u007f",
      ]) {
        const text = character.repeat(length);
        const content = [{ type: "text", text }, { n: [0, -1, 1.5, 123_456_789_012_345, -2.25] }];
        const record = { ...conversation("a", 1), messages: [{ type: 1, date: 1, content }] };
        expect(expectTheSame(JSON.stringify(record, null, 4), "conversation")).toBe(true);
      }
    }
  });

  it("has messages whose members differ from one to the next, in number and order", () => {
    const [id, type, content, date, usage] = [
      '"id":"m"',
      '"type":2',
      '"content":"c"',
      '"date":5',
      '"usage":{"a":1}',
    ];
    const kinds = [
      [id, type, content, date],
      [type, content, date],
      [date, content, type, usage],
      [content, type, date, id, usage],
    ];
    const all = [0, 1, 2, 3, 0, 0, 2, 1, 1, 3, 2, 0].map(
      (kind) => `{ ${(kinds[kind] ?? []).join(" , ")}\n }`,
    );
    expect(expectTheSame(`{"id":"a","userName":"b","messages":[${all.join(",\n")}]}`, "conversation")).toBe(
      true,
    );
  });

  it("has members named as those of messages, and more messages than there is room for names", () => {
    const record = { ...conversation("a", 2_000), content: 1, type: { date: 2, content: [{ type: 3 }] } };
    expect(expectTheSame(JSON.stringify(record), "conversation")).toBe(true);
  });

  it("is not read before all of it is there", () => {
    const text = Buffer.from(JSON.stringify(conversation("a", 2), null, 4));
    for (let end = 0; end < text.length; end += 1)
      expect(read(text.subarray(0, end), "conversation")).toBe(null);
  });

  it("is not read where it finds no room", () => {
    const bytes = Buffer.from(JSON.stringify(conversation("a", 2)));
    expect(
      new FastRowReader({ output: bytes.length, copies: bytes.length, input: 0 }).read(
        bytes,
        0,
        "conversation",
      ),
    ).not.toBe(null);
    expect(
      new FastRowReader({ output: bytes.length - 1, copies: bytes.length, input: 0 }).read(
        bytes,
        0,
        "conversation",
      ),
    ).toBe(null);
  });
});

describe("rows that are read one after the other", () => {
  const { lastActive: _, ...neverUsed } = conversation("c", 0);
  const records = [conversation("a", 3), neverUsed, conversation("b", 40), conversation("d", 1), neverUsed];
  const written = records.map((record) => JSON.stringify(record, null, 4));

  it("stand in a longer text than is copied at once", () => {
    const text = Buffer.from(written.join());
    const longest = Math.max(...written.map((row) => Buffer.byteLength(row)));
    const reader = new FastRowReader({ output: text.length, copies: longest, input: 0 });
    const rows = new Float64Array(records.length * stride);
    let at = 0;
    for (const [row] of records.entries()) {
      at = (reader.read(text, at, "conversation")?.end ?? Number.NaN) + 1;
      reader.keep(rows, row * stride);
    }
    expectRecords(reader.take(), rows);
  });

  it("are each given whole, with more than there was room for", () => {
    for (const output of [0, 100, 3_000]) {
      const reader = new FastRowReader({ output, copies: 0, input: 0 });
      for (let round = 0; round < 2; round += 1) {
        const rows = new Float64Array(records.length * stride);
        for (const [row, text] of written.entries()) {
          expect(reader.readWhole(Buffer.from(text), "conversation")).toBe(true);
          reader.keep(rows, row * stride);
        }
        expectRecords(reader.take(), rows);
      }
    }
  });

  it("find room behind a row that is longer than memory is kept for", () => {
    const reader = new FastRowReader({ output: 4_000, copies: 4_000, input: 0 });
    const long = Buffer.from(JSON.stringify({ ...conversation("a", 1), note: "x".repeat(17 * 2 ** 20) }));
    expect(reader.readWhole(long, "conversation")).toBe(true);
    reader.keep(new Float64Array(stride), 0);
    const short = Buffer.from(JSON.stringify(neverUsed));
    expect(reader.read(short, 0, "conversation")).toEqual({ end: short.length, lines: 0 });
  });

  function expectRecords(values: Buffer, rows: Float64Array): void {
    for (const [row, record] of records.entries()) {
      const from = row * stride;
      const text = values.toString("utf8", rows[from + FROM], rows[from + TO]);
      expect(text).toBe(JSON.stringify(record));
      const active = "lastActive" in record ? record.lastActive : record.messages.at(-1)?.date;
      expect(rows[from + LAST_ACTIVE]).toBe(active ?? Number.NaN);
    }
  }
});

it("is no row of the fast path where Node has no WebAssembly, nor any memory for it", () => {
  vi.stubGlobal("WebAssembly", undefined);
  try {
    expect(read(JSON.stringify(conversation("a", 2)), "conversation")).toBe(null);
  } finally {
    vi.unstubAllGlobals();
  }
});

describe("left to parsing, since it would be written otherwise, or is odd or wrong:", () => {
  const message = '{"type":1,"content":"c","date":1}';
  const row = (members: string) => `{"id":"a","userName":"b","messages":[${message}]${members}}`;
  it.each([
    ["an escape that is not needed", row(',"x":"\\u0041"')],
    ["an escaped slash", row(',"x":"\\/"')],
    ["a long escape where there is a short one", row(',"x":"\\u000d"')],
    ["another", row(',"x":"\\u0008"')],
    ["an escape in capitals", row(',"x":"\\u001F"')],
    ["half a surrogate pair", row(',"x":"\\ud800"')],
    ["an escaped name", row(',"\\u0078":1')],
    ["a name twice", row(',"x":1,"y":2,"x":3')],
    [
      "a name twice, within a message",
      `{"id":"a","userName":"b","messages":[{"type":1,"content":"c","date":1,"date":2}]}`,
    ],
    [
      "a name twice, behind a message with other names",
      `{"id":"a","userName":"b","messages":[${message},{"date":1,"type":1,"content":"c","date":2}]}`,
    ],
    [
      "a name twice, behind a message with fewer",
      `{"id":"a","userName":"b","messages":[${message},{"content":"d","type":1,"content":"c","date":2}]}`,
    ],
    ["a name that looks like an index", row(',"7":1')],
    ["an exponent", row(',"x":1e3')],
    ["a fraction with a nought behind", row(',"x":1.50')],
    ["a fraction that is whole", row(',"x":1.0')],
    ["a number beyond 2^53", row(',"x":12345678901234567')],
    ["minus nought", row(',"x":-0')],
    ["nought before a number", row(',"x":01')],
    ["a number as id", `{"id":1,"userName":"b","messages":[]}`],
    ["an empty id", `{"id":"","userName":"b","messages":[]}`],
    ["an id with an escape", `{"id":"a\\n","userName":"b","messages":[]}`],
    ["no user name", `{"id":"a","messages":[]}`],
    ["no messages", `{"id":"a","userName":"b"}`],
    ["messages that are none", `{"id":"a","userName":"b","messages":[1]}`],
    ["a message without content", `{"id":"a","userName":"b","messages":[{"type":1,"date":1}]}`],
    [
      "a message whose content is null",
      `{"id":"a","userName":"b","messages":[{"type":1,"content":null,"date":1}]}`,
    ],
    ["a message without a date", `{"id":"a","userName":"b","messages":[{"type":1,"content":"c"}]}`],
    ["a message of type 3", `{"id":"a","userName":"b","messages":[{"type":3,"content":"c","date":1}]}`],
    ["a message of type 10", `{"id":"a","userName":"b","messages":[{"type":10,"content":"c","date":1}]}`],
    ["a control character", row(',"x":"a\u0001b"')],
    ["a tab in a long text", row(`,"x":"${"a".repeat(100)}\t${"b".repeat(100)}"`)],
    ["a comma too many", row(",")],
    ["a comma before the first", `{,"id":"a"}`],
    ["white space that JSON does not know", row(',\u00a0"x":1')],
    ["a literal that is none", row(',"x":nul')],
    ["33 levels", row(`,"x":${"[".repeat(33)}${"]".repeat(33)}`)],
    ["nothing", ""],
  ])("%s", (_what, text) => {
    expect(read(text, "conversation")).toBe(null);
  });

  it("bytes that are not UTF-8", () => {
    expect(read(Buffer.from(row(',"x":"\xff"'), "latin1"), "conversation")).toBe(null);
  });

  it.each(['{"queries":1}', '{"key":""}', '{"key":1}', '{"key":"a","balance":null}', "{}"])(
    "the key %s",
    (text) => {
      expect(read(text, "key")).toBe(null);
    },
  );
});
