import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { JSONParser } from "@streamparser/json";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Scanner } from "../../src/source/json/scanner.js";
import { kindAt } from "../../src/source/kind-and-id-by-path.js";
import { readRecords } from "../../src/source/read-records.js";
import { disposition, isPlainText } from "../../src/source/which-values-are-rows.js";
import { type Kind, setOf } from "../../src/types/kind.js";
import { scratchFolder } from "../support/program.js";
import { rounds } from "../support/rounds.js";

/** The kind of a row, its index in its set, and its value. */
type Row = readonly [Kind, number, unknown];

/** What another parser, that shares nothing with ours, finds where rows stand. */
function oracle(text: Buffer): Row[] {
  const found: Row[] = [];
  const parser = new JSONParser({ paths: ["$.conversations.rows.*", "$.keys.rows.*"], keepStack: false });
  parser.onValue = ({ value, key, stack }) => {
    const kind = stack[1]?.key === "keys" ? "key" : "conversation";
    // The parser still fills what it handed over.
    found.push([kind, Number(key), structuredClone(value)]);
  };
  parser.write(text);
  expect(parser.isEnded).toBe(true);
  return found;
}

function ours(text: Buffer, cuts: readonly number[]): Row[] {
  const found: Row[] = [];
  const scanner = new Scanner({
    value: (path, opens) => disposition("dbcontext", path, opens),
    taken: (path, { bytes }) => {
      if (isPlainText("dbcontext", path, bytes)) return;
      const kind = kindAt(path);
      expect(kind).not.toBeNull();
      if (kind !== null) found.push([kind, path.at(-1)?.index ?? -1, JSON.parse(bytes.toString())]);
    },
    damaged: (_path, { kind }) => expect.unreachable(kind),
  });
  let from = 0;
  for (const cut of [...cuts, text.length]) {
    scanner.write(Buffer.from(text.subarray(from, cut)));
    from = cut;
  }
  scanner.end();
  return found;
}

const awkward = ['"', "\\", "\n", "{", "}", "[", "]", ",", ":", "\0", "é", "😀", "\ud83d", "\u2028"];
const string = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.string({ unit: fc.constantFrom(...awkward), maxLength: 8 }),
);
/** The other parser drops members called `__proto__`; `test/source/json/scanner.test.ts` has them. */
const name = fc.oneof(string, fc.constantFrom("rows", "keys", "conversations", "constructor", "1"));
const scalar = fc.oneof(
  string,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(true, null),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(name, tie("value")), { maxLength: 4 }).map((members) => Object.fromEntries(members)),
  ),
}));

type Member = readonly [string, unknown];

/** An object of some of these members, in any order. */
const members = (...some: readonly fc.Arbitrary<Member>[]) =>
  fc
    .tuple(...some)
    .chain((all) => fc.shuffledSubarray(all))
    .map((all) => Object.fromEntries(all));

const member = (name: string, value: fc.Arbitrary<unknown>) => value.map((value): Member => [name, value]);
/** No text within which there may be a record. */
const plain = scalar.filter((one) => typeof one !== "string" || !/^\s*[{[]/.test(one));

/** In place of a set, or of its rows, anything else is taken, so that it is counted. */
const empty = fc.constantFrom(null, "");

/** Beside its rows, a set of ours holds no objects or arrays: they would be records by id, or rows of another name. */
const set = members(
  member(
    "rows",
    fc.oneof({ weight: 5, arbitrary: fc.array(value, { maxLength: 4 }) }, { weight: 1, arbitrary: empty }),
  ),
  member("name", plain),
  member("old", plain),
);
const document = members(
  member("conversations", fc.oneof({ weight: 5, arbitrary: set }, { weight: 1, arbitrary: empty })),
  member("keys", fc.oneof({ weight: 5, arbitrary: set }, { weight: 1, arbitrary: empty })),
  member("users", set),
  member("rows", value),
  fc.tuple(
    name.map((name) => `x${name}`),
    value,
  ),
);

const layouts: Readonly<Record<string, (value: unknown) => string>> = {
  minified: (value) => JSON.stringify(value, null, 0),
  "indented by 4 spaces": (value) => JSON.stringify(value, null, 4),
  "indented by 2 spaces": (value) => JSON.stringify(value, null, 2),
  "indented by tabs, with CRLF": (value) => JSON.stringify(value, null, "\t").replaceAll("\n", "\r\n"),
  "with white space all around": (value) =>
    `\n ${JSON.stringify(value, null, 1).replaceAll("\n", " \r\n\n\t")} \n`,
};

describe.each(Object.entries(layouts))("any document of sets, %s, in any chunks", (_name, layout) => {
  it("holds the rows that another parser finds, in the same order", () => {
    const parts = fc.array(fc.nat({ max: 9999 }), { maxLength: 20 });
    const property = fc.property(document, parts, (given, where) => {
      const text = Buffer.from(layout(given));
      const cuts = where.map((part) => Math.floor((part * text.length) / 10_000)).sort((a, b) => a - b);
      expect(ours(text, cuts)).toEqual(oracle(text));
    });
    fc.assert(property, { seed: 7, numRuns: rounds(300) });
  });
});

const id = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 });
const records = fc.record({
  conversations: fc.array(
    fc.record({ id, userName: string, messages: fc.array(fc.record({ content: value }), { maxLength: 3 }) }),
  ),
  keys: fc.array(fc.record({ key: id, balance: fc.nat(), note: value })),
});

describe("any file of valid records", () => {
  it("yields the records that another parser finds, in the same order, as JSON.stringify writes them", async () => {
    const path = join(await scratchFolder(), "db.json");
    const source = {
      path,
      bytes: 0,
      named: true,
      identity: null,
      stdinFile: null,
      layout: "dbcontext",
    } as const;
    const property = fc.asyncProperty(
      records,
      fc.constantFrom(0, 2, 4),
      async ({ conversations, keys }, indent) => {
        const sets = {
          keys: { rows: keys, name: "keys" },
          conversations: { rows: conversations, name: "conversations" },
        };
        const text = Buffer.from(JSON.stringify(sets, null, indent));
        await writeFile(path, text);
        const found: (readonly string[])[] = [];
        for await (const batch of readRecords(source, { prefix: "p:", ttl: null }, null)) {
          for (const one of batch.items) {
            if ("rejection" in one) return expect.unreachable(one.rejection.reason);
            found.push([one.redisKey.reveal(), one.value.toString()]);
          }
        }
        const expected = oracle(text).map(([kind, , record]) => {
          const { id, key } = record as { id?: string; key?: string };
          return [`p:${setOf[kind]}:${id ?? key}`, JSON.stringify(record)];
        });
        expect(found).toEqual(expected);
      },
    );
    await fc.assert(property, { seed: 8, numRuns: rounds(200) });
  });
});
