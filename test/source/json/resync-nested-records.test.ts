import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Scanner } from "../../../src/source/json/scanner.js";
import { kindAt } from "../../../src/source/kind-and-id-by-path.js";
import { disposition } from "../../../src/source/which-values-are-rows.js";
import { scratchFolder } from "../../support/program.js";
import { rounds } from "../../support/rounds.js";
import { keys, read } from "./damaged-files.js";

/** Rows that hold what looks like rows, in fields of which the library knows nothing. */
const nested = (id: string) => ({ id: `nested-${id}`, userName: "Eve", messages: [], lastActive: 1 });
const nesting = ["a", "b", "c", "d", "e", "f"].map((id) => ({
  id,
  userName: "Ann",
  forkedFrom: nested(id),
  messages: [
    { id: `${id}-1`, type: 1, content: JSON.stringify(nested(id)), date: 1, quoted: { thread: nested(id) } },
    { id: `${id}-2`, type: 2, content: 'a "[{" and a "},{"', date: 2 },
  ],
  history: [nested(id), nested(id)],
  lastActive: 2,
}));
const nests = JSON.stringify({
  conversations: { rows: nesting, name: "conversations" },
  keys: { rows: keys },
});

const where = fc.nat({ max: 9999 });
const pieces = [
  '"',
  "\\",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "\n",
  "\0",
  "x",
  "/* a */",
  "1",
  '"a":',
  "},{",
  "\xff",
];
/** Where something is removed, how much, and what stands there instead. */
const change = fc.tuple(
  where,
  fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 200 })),
  fc.constantFrom("", ...pieces),
);

function changed(text: string, [at, length, piece]: readonly [number, number, string]): string {
  const from = Math.floor((at * text.length) / 10_000);
  return text.slice(0, from) + piece + text.slice(from + length);
}

describe("a file on one line whose rows hold what looks like rows", () => {
  it("yields no part of a row as a record, and nearly all rows that are whole, wherever it is damaged", async () => {
    const path = join(await scratchFolder(), "db.json");
    let whole = 0;
    let came = 0;
    const property = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 2 }), async (changes) => {
      const damaged = changes.reduce(changed, nests);
      const { records } = await read(path, Buffer.from(damaged, "latin1"));
      const parts = records.filter((one) => /^\{"id":"nested/.test(one));
      // More bytes that are missing may leave a list of such parts without its opening, or as that of a set.
      if (changes.every(([, length]) => length <= 3)) expect(parts).toEqual([]);
      const untouched = [...nesting, ...keys]
        .map((row) => JSON.stringify(row))
        .filter((row) => damaged.includes(row));
      whole += untouched.length;
      came += untouched.filter((row) => records.includes(row)).length;
    });
    const numRuns = rounds(150, 3_000);
    await fc.assert(property, { seed: 11, numRuns });
    expect(whole).toBeGreaterThan(numRuns * 6);
    // What is missing are rows that became a part of another one which is whole, or whose set lost its name.
    expect(came / whole).toBeGreaterThan(0.95);
  });

  it("means the same in whatever chunks it comes", () => {
    const scan = (bytes: Buffer, cuts: readonly number[]) => {
      const all: string[] = [];
      const tell = (...what: readonly unknown[]) => all.push(what.map(String).join(" "));
      const scanner = new Scanner(
        {
          value: (levels, opens) => disposition("dbcontext", levels, opens),
          taken: (levels, { bytes: row, offset, line }) =>
            tell("row", levels.at(-1)?.index, offset, line, row),
          damaged: (_levels, { kind, offset, line, bytes: lost, rows }) =>
            tell(kind, offset, line, rows, lost),
        },
        null,
        {
          byId: false,
          idUnder: (name) => name,
          isRow: () => false,
          takes: (levels, kind) =>
            disposition("dbcontext", levels, 0x7b) === "take" && (kindAt(levels) ?? kind) === kind,
        },
      );
      let from = 0;
      for (const cut of [...cuts, bytes.length]) {
        scanner.write(Buffer.from(bytes.subarray(from, cut)));
        from = cut;
      }
      scanner.end();
      return all;
    };
    const cuts = fc.array(where, { maxLength: 8 });
    const property = fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), cuts, (changes, parts) => {
      const bytes = Buffer.from(changes.reduce(changed, nests), "latin1");
      const sorted = parts.map((part) => Math.floor((part * bytes.length) / 10_000)).sort((a, b) => a - b);
      const once = scan(bytes, []);
      expect(scan(bytes, sorted)).toEqual(once);
    });
    fc.assert(property, { seed: 12, numRuns: rounds(600) });
  });
});
