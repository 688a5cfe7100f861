import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Scanner } from "../../../src/source/json/scanner.js";
import type { Damage, Level } from "../../../src/source/json/scanner-visitor.js";

interface Value {
  readonly path: readonly Level[];
  readonly json: string;
}

interface Found extends Value {
  readonly bytes: Buffer;
  readonly offset: number;
  readonly line: number;
}

/** Walks into the outermost `levels` levels and takes every value found there; each chunk has its own memory. */
function scan(text: Buffer, cuts: Iterable<number>, levels: number) {
  const found: Omit<Found, "json">[] = [];
  const damage: Damage[] = [];
  const scanner = new Scanner({
    value: (path, opens) =>
      path.length < levels && "{[".includes(String.fromCharCode(opens)) ? "enter" : "take",
    taken: (path, { bytes, offset, line }) => found.push({ path: path.map(level), bytes, offset, line }),
    damaged: (_path, damaged) => damage.push(damaged),
  });
  for (const chunk of chunksOf(text, cuts)) scanner.write(chunk);
  scanner.end();
  // Bytes are looked at only once all is over: what was handed over must have stayed as it was.
  return { found: found.map((one): Found => ({ ...one, json: one.bytes.toString() })), damage };
}

function level({ array, index, name }: Level): Level {
  return { array, index, name };
}

function* chunksOf(text: Buffer, cuts: Iterable<number>): Generator<Buffer> {
  let from = 0;
  for (const cut of [...cuts, text.length]) {
    yield Buffer.from(text.subarray(from, cut));
    from = cut;
  }
}

/** What `JSON.parse` says stands in the outermost `levels` levels. */
function valuesOf(value: unknown, levels: number, path: readonly Level[] = []): Value[] {
  if (path.length === levels || typeof value !== "object" || value === null) {
    return [{ path, json: JSON.stringify(value) }];
  }
  const array = Array.isArray(value);
  return Object.entries(value).flatMap(([name, child], index) =>
    valuesOf(child, levels, [...path, { array, index, name: array ? "" : name }]),
  );
}

function lineAt(text: Buffer, offset: number): number {
  return text.subarray(0, offset).toString("latin1").split("\n").length;
}

const awkward = [
  '"',
  "\\",
  "\n",
  "\r",
  "\0",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  " ",
  "é",
  "漢",
  "\u2028",
  "\ud83d",
  "\ude00",
];
const string = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.string({ unit: fc.constantFrom(...awkward), maxLength: 8 }),
);
const name = fc.oneof(string, fc.constantFrom("__proto__", "constructor", "rows", "1", ""));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    fc.oneof(string, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(true, false, null)),
    fc.array(tie("value"), { maxLength: 5 }),
    // `fromEntries` makes `__proto__` a member like any other, as `JSON.parse` does.
    fc.array(fc.tuple(name, tie("value")), { maxLength: 5 }).map((members) => Object.fromEntries(members)),
  ),
}));

const layouts: Readonly<Record<string, (value: unknown) => string>> = {
  minified: (value) => JSON.stringify(value),
  "indented by 2 spaces": (value) => JSON.stringify(value, null, 2),
  "indented by 4 spaces": (value) => JSON.stringify(value, null, 4),
  "indented by tabs": (value) => JSON.stringify(value, null, "\t"),
  "with CRLF line ends": (value) => JSON.stringify(value, null, 2).replaceAll("\n", "\r\n"),
  "with white space all around and at its ends": (value) =>
    `\n \t${JSON.stringify(value, null, 1).replaceAll("\n", " \r\n\n\t")}\r\n \n`,
  "escaped to ASCII": (value) =>
    JSON.stringify(value).replace(
      /[^\0-~]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
};

/** Positions to cut at, in ten thousandths of the text; "each" cuts between any two bytes. */
const cutting = fc.oneof(fc.constant("each" as const), fc.array(fc.nat({ max: 10_000 })));

function cutsOf(text: Buffer, cuts: "each" | readonly number[]): number[] {
  if (cuts === "each") return Array.from(text.keys());
  return cuts.map((parts) => Math.floor((parts * text.length) / 10_000)).sort((one, other) => one - other);
}

describe.each(Object.entries(layouts))("any JSON document %s, in any chunks", (_name, layout) => {
  it.each([0, 1, 2, 3])("yields what JSON.parse finds %i levels deep, in order and in place", (levels) => {
    const property = fc.property(value, cutting, (document, cuts) => {
      const text = Buffer.from(layout(document));
      const { found, damage } = scan(text, cutsOf(text, cuts), levels);
      expect(damage).toEqual([]);
      const expected = valuesOf(JSON.parse(text.toString()), levels);
      expect(found.map(({ path, json }) => ({ path, json: JSON.stringify(JSON.parse(json)) }))).toEqual(
        expected,
      );
      for (const { bytes, json, offset, line } of found) {
        expect(json).toBe(json.trim());
        expect(text.subarray(offset, offset + bytes.length).equals(bytes)).toBe(true);
        expect(line).toBe(lineAt(text, offset));
      }
    });
    fc.assert(property, { seed: 1, numRuns: 60 });
  });
});

describe("values that were not asked for", () => {
  it("are passed by, whatever they hold", () => {
    const property = fc.property(value, value, cutting, (skipped, wanted, cuts) => {
      const text = Buffer.from(JSON.stringify([skipped, wanted], null, 4));
      const taken: string[] = [];
      const scanner = new Scanner({
        value: ([root]) => (root === undefined ? "enter" : root.index === 0 ? "skip" : "take"),
        taken: (_path, { bytes }) => taken.push(JSON.stringify(JSON.parse(bytes.toString()))),
        damaged: () => taken.push("damage"),
      });
      for (const chunk of chunksOf(text, cutsOf(text, cuts))) scanner.write(chunk);
      scanner.end();
      expect(taken).toEqual([JSON.stringify(wanted)]);
    });
    fc.assert(property, { seed: 2, numRuns: 200 });
  });
});

describe("a row that is larger than many chunks", () => {
  const large = { id: "large", content: '\\"é{['.repeat(100_000), nested: [[{}]] };
  const rows = [{ id: "before" }, large, { id: "between" }, large, { id: "after" }];

  it.each([
    ["minified, in chunks of 1,000 bytes", undefined, 1000],
    ["indented, in chunks of 4,096 bytes", 4, 4096],
    ["indented, in chunks of 7 bytes", 4, 7],
  ])("arrives whole, as do its neighbours: %s", (_name, indent, size) => {
    const text = Buffer.from(JSON.stringify(rows, null, indent));
    const cuts = Array.from({ length: Math.floor(text.length / size) }, (_, index) => index * size);
    const { found, damage } = scan(text, cuts, 1);
    expect(damage).toEqual([]);
    expect(found.map(({ json }) => JSON.parse(json) as unknown)).toEqual(rows);
  });
});

describe("a row that is nested 100,000 levels deep", () => {
  it("arrives whole", () => {
    const deep = `${'[{"":'.repeat(50_000)}0${"}]".repeat(50_000)}`;
    const { found, damage } = scan(Buffer.from(`[${deep},1]`), [70_000], 1);
    expect(damage).toEqual([]);
    expect(found.map(({ json }) => json)).toEqual([deep, "1"]);
  });
});

describe("a text that is a single scalar", () => {
  it.each(["", " ", "\n"])("is taken whole when %j follows it", (end) => {
    expect(scan(Buffer.from(`7${end}`), [], 1).found).toMatchObject([{ json: "7", offset: 0, line: 1 }]);
  });
});
