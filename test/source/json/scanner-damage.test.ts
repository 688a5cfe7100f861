import { describe, expect, it } from "vitest";
import { Scanner } from "../../../src/source/json/scanner.js";
import type { DamageKind } from "../../../src/source/json/scanner-visitor.js";
import {
  bytesOf,
  conversation,
  damageAt,
  damagesOf,
  dbcontext,
  indented,
  key0,
  key1,
  marked,
  row0,
  row1,
  row2,
  row3,
  rowsOf,
  rowsOfRoot,
  scan,
  scanLibrary,
} from "./scan-events.js";

describe("damage in a text without indentation is reported, with all bytes that it cost", () => {
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

it("the rows of the undamaged text are found", () => {
  expect(rowsOf(scanLibrary(Buffer.from(indented)))).toEqual(bytesOf(row0, row1, row2, row3, key0, key1));
});

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
    ["bytes are missing", "line-break-in-string", '"Ann",\n                "messages"', '"Ann'],
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
      let reported = 0;
      const scanner = new Scanner({
        value: (path, opens) => (where === "in sets" ? dbcontext(path, opens) : rowsOfRoot(path, opens)),
        taken: () => {},
        damaged: () => {
          reported += 1;
        },
      });
      scanner.write(Buffer.from(broken));
      expect(reported).toBeGreaterThan(150);
      scanner.end();
    },
  );

  it("do not hide what is whole: a row whose lines are not indented, however they look", () => {
    const flat = row1.replace(/\n +/g, `\n${" ".repeat(12)}`);
    const events = scanLibrary(Buffer.from(indented.replace(row1, flat)));
    expect(rowsOf(events)).toEqual(bytesOf(row0, flat, row2, row3, key0, key1));
  });
});
