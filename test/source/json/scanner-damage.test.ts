import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { disposition } from "../../../src/source/file-layout.js";
import { Scanner } from "../../../src/source/json/scanner.js";
import type { DamageKind, Disposition, Level, Visitor } from "../../../src/source/json/scanner-visitor.js";
import type { Layouts } from "../../../src/source/json/where-rows-stand.js";
import { rounds } from "../../support/rounds.js";

interface Event {
  readonly what: "row" | DamageKind;
  readonly path: string;
  readonly offset: number;
  readonly line: number;
  readonly text: string;
}

/** Rows and damage alike are a stretch of the text. */
type Piece = Parameters<Visitor["taken"]>[1];

type Dispose = (path: readonly Level[], opens: number) => Disposition;

/** Walks into the outermost level and takes what stands there. */
const rowsOfRoot: Dispose = (path) => (path.length === 0 ? "enter" : "take");

function scan(text: Buffer, cuts: Iterable<number> = [], value: Dispose = rowsOfRoot): Event[] {
  const events: Event[] = [];
  const see = (what: Event["what"], path: readonly Level[], { offset, line, bytes }: Piece) => {
    const steps = path.map(({ array, index, name }) => (array ? index : `${index}:${name}`));
    events.push({ what, path: steps.join(" "), offset, line, text: bytes.toString("latin1") });
  };
  const scanner = new Scanner({
    value,
    taken: (path, taken) => see("row", path, taken),
    damaged: (path, damage) => see(damage.kind, path, damage),
  });
  let from = 0;
  for (const cut of [...cuts, text.length]) {
    scanner.write(Buffer.from(text.subarray(from, cut)));
    from = cut;
  }
  scanner.end();
  return events;
}

function lineAt(text: Buffer, offset: number): number {
  return text.subarray(0, offset).toString("latin1").split("\n").length;
}

function rowsOf(events: readonly Event[]): string[] {
  return events.filter(({ what }) => what === "row").map(({ text }) => text);
}

function damagesOf(events: readonly Event[]): Event[] {
  return events.filter(({ what }) => what !== "row");
}

/** Reads a text in which ▸ and ◂ stand around what will be lost: what should be told, and the text itself. */
function marked(given: string) {
  const [before = "", lost = "", after = ""] = given.split(/[▸◂]/).map((part) => Buffer.from(part));
  const text = Buffer.concat([before, lost, after].map((part) => Buffer.from(part)));
  return { text, damage: damageAt(text, before.length, before.length + lost.length) };
}

function damageAt(text: Buffer, start: number, end: number) {
  return { offset: start, line: lineAt(text, start), text: text.subarray(start, end).toString("latin1") };
}

function bytesOf(...texts: string[]): string[] {
  return texts.map((text) => Buffer.from(text).toString("latin1"));
}

describe("damage in a text without indentation is told, with all that it cost", () => {
  it.each<[string, DamageKind, string, string[]]>([
    ["nothing at all", "empty", "▸◂", []],
    ["nothing but white space", "empty", " \n\t▸◂", []],
    ["an end within a row", "truncated", '[{"a":1},▸{"b":[◂', ['{"a":1}']],
    ["an end within a string", "truncated", '[1,▸"a\\"◂', ["1"]],
    ["an end within a name", "truncated", '{"a":1,▸"b◂', ["1"]],
    ["an end after a name", "truncated", '{"a":1,"b"▸◂', ["1"]],
    ["an end within a number", "truncated", "[1,▸2◂", ["1"]],
    ["an end between rows", "truncated", "[1,[2],\n▸◂", ["1", "[2]"]],
    ["an end before the outer bracket", "truncated", "[[1],[2]▸◂", ["[1]", "[2]"]],
    ["text that was never JSON", "unexpected", "▸hello◂", []],
    ["a byte that begins no value", "unexpected", '[{"a":1},▸\0{"b":2}]◂', ['{"a":1}']],
    ["a missing colon", "unexpected", '{"a":1,"b" ▸2}◂', ["1"]],
    ["a name without quotes", "unexpected", '{"a":1,▸b:2}◂', ["1"]],
    ["a name with a broken escape", "unexpected", '{"a":1,▸"\\x":2}◂', ["1"]],
    ["a missing comma before a scalar", "unexpected", '[[1] ▸"a"]◂', ["[1]"]],
    ["a bracket that closes nothing", "bracket", "[[1]▸}]◂", ["[1]"]],
    ["a row closed by the wrong bracket", "bracket", "[[1],▸[2},[3]]◂", ["[1]"]],
    ["a string without its closing quote", "line-break-in-string", '[1,▸"a\n,2]◂', ["1"]],
    ["a line break behind a backslash", "line-break-in-string", '[1,▸["a\\\n"],2]◂', ["1"]],
    ["a name without its closing quote", "line-break-in-string", '{"a":1,▸"b\n:2}◂', ["1"]],
    ["a missing comma between rows", "comma-missing", "[[1] ▸◂[2]]", ["[1]", "[2]"]],
    ["a missing comma between members", "comma-missing", '{"a":1 ▸◂"b":2}', ["1", "2"]],
    ["a comma before the end of an array", "comma-extra", "[1,\n▸◂]", ["1"]],
    ["a comma before the end of an object", "comma-extra", '{"a":1,▸◂}', ["1"]],
    ["two commas between rows", "comma-extra", "[[1],▸◂,[2]]", ["[1]", "[2]"]],
    ["text after the end", "trailing-text", "[1]\n▸done [2]◂\n", ["1"]],
    ["a closing bracket after the end", "trailing-text", "[1]▸]◂", ["1"]],
    ["a second document after the end", "second-document", "[1]\n▸◂[2]", ["1", "2"]],
  ])("%s: %s", (_name, kind, given, rows) => {
    const { text, damage } = marked(given);
    const events = scan(text);
    expect(rowsOf(events)).toEqual(rows);
    expect(damagesOf(events)).toMatchObject([{ what: kind, ...damage }]);
    expect(scan(text, text.keys())).toEqual(events);
  });
});

const conversation = (id: string) => ({
  id,
  userName: "Ann",
  messages: [
    { type: 1, content: 'she said "{ [', date: 5 },
    { type: 2, content: [{ type: "text", text: "é" }] },
  ],
});
const ids = ["c0", "c1", "c2", "c3"];
const keys = ["sk-madeup-k0", "sk-madeup-k1"].map((key) => ({ key, balance: null }));
const [row0 = "", row1 = "", row2 = "", row3 = "", key0 = "", key1 = ""] = [
  ...ids.map(conversation),
  ...keys,
].map((row) => JSON.stringify(row, null, 4).replaceAll("\n", `\n${" ".repeat(12)}`));
const sets = {
  conversations: { rows: ids.map(conversation), name: "conversations" },
  keys: { rows: keys, name: "keys" },
};
const indented = JSON.stringify(sets, null, 4);

const dbcontext: Dispose = (path, opens) => disposition("dbcontext", path, opens);
const scanLibrary = (text: Buffer, cuts?: Iterable<number>) => scan(text, cuts, dbcontext);

describe("in an indented text, damage within a row costs that row alone", () => {
  it.each<[string, DamageKind, string, string]>([
    ["a closing quote is missing", "line-break-in-string", '"Ann",', '"Ann,'],
    ["an opening quote is missing", "unexpected", '"Ann"', 'Ann"'],
    ["a message holds a line break", "line-break-in-string", "she said", "she\nsaid"],
    ["zeros stand in place of text", "unexpected", '"type": 1', "\0\0\0\0"],
    ["its closing bracket is missing", "bracket", "\n            }", ""],
    ["a bracket within it is missing", "bracket", "\n                ]", ""],
    ["its end is missing", "bracket", "\n                ]\n            }", ""],
    ["a bracket within it is doubled", "bracket", "[\n", "[[\n"],
    ["a bracket within it is of the wrong sort", "bracket", "}\n                ]", "}\n                }"],
    ["a stretch is missing", "line-break-in-string", '"Ann",\n                "messages"', '"Ann'],
  ])("%s: %s", (_name, kind, find, replacement) => {
    const broken = row1.replace(find, replacement);
    expect(broken).not.toBe(row1);
    const text = Buffer.from(indented.replace(row1, broken));
    const events = scanLibrary(text);
    const start = text.indexOf(broken);
    const end = start + Buffer.byteLength(`${broken},`);
    expect(rowsOf(events)).toEqual(bytesOf(row0, row2, row3, key0, key1));
    expect(damagesOf(events)).toEqual([
      { what: kind, path: "0:conversations 0:rows 1", ...damageAt(text, start, end) },
    ]);
  });
});

describe("in an indented text, damage around rows costs no row", () => {
  it.each<[string, DamageKind, string, string]>([
    ["no comma between rows", "comma-missing", `${row1},\n            {`, `${row1}\n            ▸◂{`],
    ["two commas between rows", "comma-extra", `${row1},`, `${row1},▸◂,`],
    ["a comma after the last row", "comma-extra", `${row3}\n        ]`, `${row3},\n        ▸◂]`],
    ["a closing bracket too many", "bracket", `${row1},`, `${row1}▸},◂`],
    ["a line of a merge conflict", "unexpected", `${row1},\n`, `${row1},\n▸<<<<<<< HEAD◂\n`],
    [
      "rows without their end",
      "unexpected",
      '        ],\n        "name": "conversations"',
      '        ▸◂"name": "conversations"',
    ],
    ["a set without its end", "bracket", '    },\n    "keys"', '    ▸◂"keys"'],
    ["a name without its opening quote", "unexpected", '"name": "conversations"', '▸name": "conversations"◂'],
    [
      "a plain value without its closing quote",
      "line-break-in-string",
      'conversations"\n',
      "conversations▸◂\n",
    ],
    ["text after the end", "trailing-text", "\n}", "\n}\n▸bye◂"],
  ])("%s: %s", (_name, kind, find, replacement) => {
    const at = indented.lastIndexOf(find);
    const { text, damage } = marked(indented.slice(0, at) + replacement + indented.slice(at + find.length));
    const events = scanLibrary(text);
    expect(rowsOf(events)).toEqual(bytesOf(row0, row1, row2, row3, key0, key1));
    expect(damagesOf(events)).toMatchObject([{ what: kind, ...damage }]);
  });

  it("a half-written text with a whole one behind it: the rows of both arrive", () => {
    const half = indented.slice(0, indented.indexOf(row2) + 20);
    const events = scanLibrary(Buffer.from(half + indented));
    expect(rowsOf(events)).toEqual(bytesOf(row0, row1, row0, row1, row2, row3, key0, key1));
  });

  it("a row without its end in a text that was cut off: the rows between arrive", () => {
    const text = indented.replace(row1, row1.slice(0, -1)).slice(0, indented.indexOf(row3) + 20);
    expect(rowsOf(scanLibrary(Buffer.from(text)))).toEqual(bytesOf(row0, row2));
  });
});

describe("rows that all lack their end", () => {
  const many = Array.from({ length: 200 }, (_, at) => conversation(`c${at}`));
  const layouts: Readonly<Record<string, unknown>> = {
    "in an array": many,
    "in sets": { conversations: { rows: many, name: "conversations" } },
    "under their ids": Object.fromEntries(many.map((one) => [one.id, one])),
  };
  const withoutBrace = (end: string) => end.slice(0, end.indexOf("}"));
  const withoutBoth = (end: string) => end.slice(0, end.indexOf("]"));
  const cases = Object.entries(layouts).flatMap(([where, value]) =>
    [4, "\t"].flatMap((indent) =>
      [withoutBrace, withoutBoth].map(
        (cut) => [where, indent, cut, JSON.stringify(value, null, indent)] as const,
      ),
    ),
  );

  it.each(cases)(
    "%s, indented by %j, %o: are not read to the end of the text each",
    (where, _indent, cut, whole) => {
      const broken = whole.replace(/\][ \t\n]*\}(?=,)/g, cut);
      expect(broken).not.toBe(whole);
      let told = 0;
      const scanner = new Scanner({
        value: (path, opens) => (where === "in sets" ? dbcontext(path, opens) : rowsOfRoot(path, opens)),
        taken: () => {},
        damaged: () => {
          told += 1;
        },
      });
      scanner.write(Buffer.from(broken));
      expect(told).toBeGreaterThan(150);
      scanner.end();
    },
  );

  it("do not hide what is whole: a row whose lines are not indented, however they look", () => {
    const flat = row1.replace(/\n +/g, `\n${" ".repeat(12)}`);
    const events = scanLibrary(Buffer.from(indented.replace(row1, flat)));
    expect(rowsOf(events)).toEqual(bytesOf(row0, flat, row2, row3, key0, key1));
  });
});

const string = fc.string({ unit: "binary", maxLength: 6 });
const records = fc.array(
  fc.record({ id: string, messages: fc.array(fc.record({ content: string }), { maxLength: 2 }) }),
  { maxLength: 4 },
);
const library = fc.tuple(records, records, fc.constantFrom(0, 4)).map(([rows, keys, indent]) => {
  const sets = { conversations: { rows, name: "conversations" }, keys: { rows: keys, name: "keys" } };
  return Buffer.from(JSON.stringify(sets, null, indent));
});
const fraction = fc.nat({ max: 9999 }).map((parts) => parts / 10_000);
const pieces = ["\\", "\n", "\\\n", "\n    ", "\n        {", " ", "\r", "\0", '"a":', "é", ...'{}[],:"1'];
const piece = fc.oneof(
  fc.constantFrom(...pieces).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 3 }),
);
const edits = fc.array(fc.tuple(fraction, fc.nat({ max: 30 }), piece), { maxLength: 4 });

/** A library's text in which stretches were overwritten, removed or inserted. */
const broken = fc.tuple(library, edits).map(([text, changes]) =>
  changes.reduce((so, [where, removed, inserted]) => {
    const at = Math.floor(where * so.length);
    return Buffer.concat([so.subarray(0, at), inserted, so.subarray(at + removed)]);
  }, text),
);
const noise = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc.array(piece, { maxLength: 30 }).map((all) => Buffer.concat(all)),
);
/** Walks, takes and skips by turns, whatever stands there. */
const byTurns: Dispose = (path) =>
  (["enter", "take", "skip"] as const)[path.reduce((sum, { index }) => sum + index, 0) % 3] ?? "skip";
const dispose = fc.constantFrom(rowsOfRoot, dbcontext, byTurns);

it("the rows of the undamaged text are found", () => {
  expect(rowsOf(scanLibrary(Buffer.from(indented)))).toEqual(bytesOf(row0, row1, row2, row3, key0, key1));
});

describe("a text cut off anywhere", () => {
  it("yields every row that ended before, no other, and tells of the cut once", () => {
    const property = fc.property(library, fraction, (whole, where) => {
      const cut = Math.floor(where * whole.length);
      const complete = scanLibrary(whole).filter(({ offset, text }) => offset + text.length <= cut);
      const events = scanLibrary(whole.subarray(0, cut));
      expect(events.slice(0, -1)).toEqual(complete);
      expect(events.at(-1)?.what).toBe(cut === 0 ? "empty" : "truncated");
    });
    fc.assert(property, { seed: 3, numRuns: rounds(1000) });
  });
});

describe("any bytes, JSON or not", () => {
  it("are scanned to the end; all that is told is in order, in place, and told once", () => {
    const property = fc.property(fc.oneof(broken, noise), dispose, (text, value) => {
      let end = 0;
      for (const event of scan(text, [], value)) {
        expect(event.offset).toBeGreaterThanOrEqual(end);
        end = event.offset + event.text.length;
        expect(event).toMatchObject(damageAt(text, event.offset, end));
      }
    });
    fc.assert(property, { seed: 4, numRuns: rounds(2000) });
  });

  it("mean the same in whatever chunks they come", () => {
    const property = fc.property(
      fc.oneof(broken, noise),
      dispose,
      fc.array(fraction),
      (text, value, cuts) => {
        const whole = scan(text, [], value);
        const sorted = cuts.map((where) => Math.floor(where * text.length)).sort((one, other) => one - other);
        expect(scan(text, sorted, value)).toEqual(whole);
        expect(scan(text, text.keys(), value)).toEqual(whole);
      },
    );
    fc.assert(property, { seed: 5, numRuns: rounds(2000) });
  });
});

describe("a value longer than may be taken", () => {
  const layouts: Layouts = { byId: false, idUnder: (name) => name, isRow: () => false, takes: () => true };
  const long = JSON.stringify({
    id: "long",
    messages: [{ content: `[{ \\" é${"x".repeat(3_000)}` }],
    more: [[1], {}],
  });
  const scanOf = (text: Buffer, chunk: number, way: Layouts | null) => {
    const taken: string[] = [];
    const lost: Buffer[] = [];
    const kinds: string[] = [];
    const scanner = new Scanner(
      {
        value: (path) => (path.length < 2 ? "enter" : "take"),
        taken: (_, { bytes }) => taken.push(bytes.toString()),
        damaged: (_, { kind, bytes, continued }) => {
          lost.push(Buffer.from(bytes));
          if (!continued) kinds.push(kind);
        },
      },
      null,
      way,
      1_000,
    );
    for (let from = 0; from < text.length; from += chunk)
      scanner.write(Buffer.from(text.subarray(from, from + chunk)));
    scanner.end();
    return { taken, kinds, lost: Buffer.concat(lost).toString() };
  };

  it.each([
    ["in a text without indentation", layouts],
    ["where nothing is looked for behind damage", null],
  ])("%s: costs itself alone", (_, way) => {
    for (const chunk of [1, 7, 100, 999, 5_000].filter((size) => size < long.length)) {
      const text = Buffer.from(`{"rows":[{"id":"a"},${long},{"id":"b"},${long}, {"id":"c"}]}`);
      const { taken, kinds, lost } = scanOf(text, chunk, way);
      expect([chunk, ...taken]).toEqual([chunk, '{"id":"a"}', '{"id":"b"}', '{"id":"c"}']);
      expect(kinds).toEqual(["too-long", "too-long"]);
      expect(lost).toBe(long + long);
    }
  });

  it("that is broken further on: the next whole row is found", () => {
    const row = '{"id":"b","messages":[]}';
    const text = Buffer.from(`{"rows":[${long.replace(/.$/, "]")},${row}]}`);
    const { taken, kinds } = scanOf(text, 100, layouts);
    expect(taken).toEqual([row]);
    expect(kinds[0]).toBe("too-long");
  });
});
