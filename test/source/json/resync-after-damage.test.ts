import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectLayout } from "../../../src/source/detect-layout.js";
import { disposition } from "../../../src/source/enter-take-or-skip.js";
import { Scanner } from "../../../src/source/json/scanner.js";
import { kindAt } from "../../../src/source/kind-and-id-by-path.js";
import { readRecords } from "../../../src/source/read-records.js";
import type { Rejection } from "../../../src/types.js";
import { scratchFolder } from "../../support/program.js";
import { rounds } from "../../support/rounds.js";

const text = 'he said: [1] {x} }] "\\" ok, see "{"id":"z","messages":[]}"';
const talk = (id: string) => ({
  id,
  userName: "Ann",
  messages: [
    { id: `${id}-1`, type: 1, content: text, date: 1_700_000_000_000 },
    { id: `${id}-2`, type: 2, content: [{ type: "text", text: "é 漢 😀" }], date: 1_700_000_001_000 },
  ],
  lastActive: 1_700_000_001_000,
});
const key = (id: string) => ({ key: `sk-madeup-${id}-0000`, queries: 1, tokens: 10, balance: 0.5 });
const talks = ["a", "b", "c", "d", "e"].map(talk);
const keys = ["k", "l", "m"].map(key);
const byId = (rows: readonly object[], field: string) =>
  Object.fromEntries(rows.map((row) => [String((row as Record<string, unknown>)[field]), row]));

/** The same records in all layouts, each on one line. */
const layouts: Readonly<Record<string, object>> = {
  dbcontext: {
    conversations: { rows: talks, name: "conversations" },
    keys: { rows: keys, name: "keys" },
  },
  "dbcontext, keys first": {
    keys: { rows: keys, name: "keys" },
    conversations: { rows: talks, name: "conversations" },
  },
  arrays: { conversations: talks, keys },
  "by-id": { conversations: byId(talks, "id"), keys: byId(keys, "key") },
  "by-key": Object.fromEntries([
    ...talks.map((row) => [`chatgpt:conversations:${row.id}`, row]),
    ...keys.map((row) => [`chatgpt:keys:${row.key}`, row]),
  ]),
  array: [...talks, ...keys],
};
const writings: Readonly<Record<string, (value: unknown) => string>> = {
  "without white space": (value) => JSON.stringify(value),
  "with spaces": (value) => JSON.stringify(value, null, 1).replace(/\n */g, " "),
  "with a row a line": (value) =>
    JSON.stringify(value).replace(/,(?="?[^"]*"?:?\{"(id|key)":"[a-z-]+",)/g, ",\n"),
  "in lines without indentation": (value) => JSON.stringify(value, null, 1).replace(/\n +/g, "\n"),
};

interface Came {
  readonly records: readonly string[];
  readonly rejections: readonly (Rejection & { readonly raw: string })[];
}

async function read(path: string, bytes: Buffer): Promise<Came> {
  await writeFile(path, bytes);
  const candidate = { path, bytes: bytes.length, named: true, identity: null, stdinFile: null };
  const layout = await detectLayout(candidate);
  const records: string[] = [];
  const rejections: (Rejection & { raw: string })[] = [];
  if (layout === null) return { records, rejections };
  for await (const { items } of readRecords({ ...candidate, layout }, { prefix: "", ttl: null }, null)) {
    for (const one of items) {
      if ("entry" in one) records.push(one.entry.value.toString());
      else if (!one.continued) rejections.push({ ...one.rejection, raw: one.bytes.toString() });
    }
  }
  return { records, rejections };
}

/** A record as it stands in a file, if it is a whole one of those above. */
function nameOf(record: object): string {
  const text = JSON.stringify(record);
  const one = [...talks, ...keys].find((one) => JSON.stringify(one) === text);
  return one === undefined ? text : "id" in one ? one.id : one.key;
}

/** What may happen to one row's text. */
const damages: Readonly<Record<string, (row: string) => string>> = {
  "a comment before it": (row) => `/* vip */ ${row}`,
  "a comment within it": (row) => row.replace('"messages"', '/* vip */ "messages"'),
  "a raw line break in a text": (row) => row.replace("he said", "he\nsaid"),
  "a missing closing quote": (row) => row.replace('"Ann"', '"Ann'),
  "a missing opening quote": (row) => row.replace('"Ann"', 'Ann"'),
  "a missing quote in a text": (row) => row.replace('}\\""', '}\\"'),
  "a missing closing bracket of its own": (row) => row.slice(0, -1),
  "a missing bracket of its messages": (row) => row.replace(/\](?=[^\]]*$)/, ""),
  "a missing opening bracket": (row) => row.replace(/("messages": ?\n?)\[/, "$1"),
  "a missing opening bracket of its own": (row) => row.slice(1),
  "an extra closing bracket": (row) => row.replace(/\](?=[^\]]*$)/, "]]"),
  "an extra closing brace": (row) => row.replace(/"Ann"/, '"Ann"}'),
  "an extra closing brace at its end": (row) => `${row}}`,
  "an extra opening bracket": (row) => row.replace("[", "[["),
  "an extra opening brace": (row) => row.replace('"messages"', '{"messages"'),
  "a missing comma": (row) => row.replace('"Ann",', '"Ann"'),
  "a missing colon": (row) => row.replace('"messages":', '"messages"'),
  "NUL bytes in place of text": (row) => row.replace('"type"', "\0\0\0\0\0\0"),
  "NUL bytes in place of its end": (row) => `${row.slice(0, -12)}${"\0".repeat(12)}`,
  "NUL bytes in place of all of it": (row) => "\0".repeat(row.length),
  "a stretch that is missing": (row) => row.slice(0, 40) + row.slice(140),
  "garbage in it": (row) => row.replace('"type"', '<<<< HEAD ]}"x'),
  "garbage in place of it": () => 'hello "world" [',
  "no end": (row) => row.slice(0, row.length / 2),
  "an unquoted text": (row) => row.replace('"Ann"', "undefined"),
};

/** The first row, the last, and one between them; in the long run all. */
const damagedRows = talks.filter((_, at) => at % rounds(2, 1) === 0);

/** Among records by id these leave JSON that means something else: rows that are sets of their own. */
const anotherMeaning = new Set(["an extra closing brace", "an extra closing brace at its end"]);

describe.each(Object.entries(writings))("a file %s, one row of which is damaged", (_writing, write) => {
  it.each(Object.entries(damages))("by %s: all others arrive, and nothing else", async (name, damage) => {
    const path = join(await scratchFolder(), "db.json");
    for (const [layout, value] of Object.entries(layouts)) {
      if (layout.startsWith("by-") && anotherMeaning.has(name)) continue;
      const whole = write(value);
      for (const lost of damagedRows) {
        const row = write(lost);
        expect(whole).toContain(row);
        const { records, rejections } = await read(path, Buffer.from(whole.split(row).join(damage(row))));
        const others = [...talks, ...keys].filter((one) => one !== lost).map(nameOf);
        const came = records
          .filter((one) => one !== JSON.stringify(lost))
          .map((one) => nameOf(JSON.parse(one)));
        expect([layout, lost.id, ...came.sort()]).toEqual([layout, lost.id, ...others.sort()]);
        expect(rejections.length).toBeGreaterThan(0);
      }
    }
  });
});

describe("a row by its name that lacks its closing brace, so that it takes the next rows in", () => {
  const withoutId = ({ id: _, ...fields }: ReturnType<typeof talk>) => fields;
  const named = {
    "under its id": { conversations: byId(talks, "id") },
    "under its id alone": {
      conversations: Object.fromEntries(talks.map((one) => [one.id, withoutId(one)])),
    },
    "under its Redis key": Object.fromEntries(talks.map((one) => [`chatgpt:conversations:${one.id}`, one])),
  };
  const ways: Readonly<Record<string, (value: unknown) => string>> = {
    "on one line": writings["without white space"] as (value: unknown) => string,
    indented: (value) => JSON.stringify(value, null, 4),
    "with tabs": (value) => JSON.stringify(value, null, "\t"),
  };
  const cases = Object.entries(named).flatMap(([how, value]) =>
    Object.entries(ways).map(([way, write]) => [how, way, write(value)] as const),
  );

  it.each(cases)("%s, %s: is lost alone, and told as one row", async (_how, _way, whole) => {
    const path = join(await scratchFolder(), "db.json");
    const cut = whole.replace(/1700000001000\s*\}(?=,)/, (end) => end.slice(0, -1));
    // Also where a brace behind them all makes it JSON again.
    for (const brace of ["", "}"]) {
      const damaged = cut.replace(/\}(?=\s*\}?$)/, `}${brace}`);
      const { records, rejections } = await read(path, Buffer.from(damaged));
      expect(records.map((one) => JSON.parse(one).id)).toEqual(["b", "c", "d", "e"]);
      const [told] = rejections;
      expect(told).toMatchObject({ kind: "conversation", place: { index: 0 } });
      expect(told?.reason).toContain("another record stands within this one");
      expect(told?.raw).toContain('"a-1"');
      expect(told?.raw).not.toContain('"b-1"');
    }
  });
});

describe("a bracket around rows that is missing costs none of them", () => {
  const sessions = { rows: [{ id: "s", at: { x: 1 } }], name: "sessions" };
  const values: typeof layouts = {
    ...layouts,
    "dbcontext, another set first": { sessions, ...layouts.dbcontext },
  };
  const ways: typeof writings = {
    ...writings,
    indented: (value) => JSON.stringify(value, null, 4),
    "with tabs": (value) => JSON.stringify(value, null, "\t"),
  };
  const first = (bracket: string) => (text: string) => text.replace(bracket, "");
  const cases: Readonly<Record<string, readonly [string, (text: string) => string]>> = {
    "the first of the file, in the library's own layout": ["dbcontext", first("{")],
    "the first of the file, keys first": ["dbcontext, keys first", first("{")],
    "the first of the file, in plain arrays": ["arrays", first("{")],
    "the first of the file, by id": ["by-id", first("{")],
    "the first of the file, by Redis key": ["by-key", first("{")],
    "that of the first set": ["dbcontext", (text) => text.replace(/("conversations":\s*)\{/, "$1")],
    "that of the second set": [
      "dbcontext, keys first",
      (text) => text.replace(/("conversations":\s*)\{/, "$1"),
    ],
    "that of a set by id": ["by-id", (text) => text.replace(/("keys":\s*)\{/, "$1")],
    "the last of another set": [
      "dbcontext, another set first",
      (text) => text.replace(/("sessions")\s*\}/, "$1"),
    ],
  };
  const all = Object.entries(cases).flatMap(([name, [layout, damage]]) =>
    Object.keys(ways).map((way) => [name, way, layout, damage] as const),
  );

  it.each(all)("%s, %s", async (_name, way, layout, damage) => {
    const whole = ways[way]?.(values[layout]) ?? "";
    const damaged = damage(whole);
    expect(damaged).not.toBe(whole);
    const { records, rejections } = await read(join(await scratchFolder(), "db.json"), Buffer.from(damaged));
    expect(records.map((one) => nameOf(JSON.parse(one))).sort()).toEqual(
      [...talks, ...keys].map(nameOf).sort(),
    );
    expect(rejections.length).toBeGreaterThan(0);
  });
});

describe("a line around rows that is missing", () => {
  const without = (line: RegExp) => (text: string) => text.replace(line, "");
  const cases: Readonly<Record<string, readonly [string, (text: string) => string, readonly object[]]>> = {
    "the first of a set": ["dbcontext", without(/\n\s*"keys": \{(?=\n)/), [...talks, ...keys]],
    "the first of a row, which is the first": [
      "arrays",
      without(/(?<="conversations": \[)\n\s*\{/),
      [...talks.slice(1), ...keys],
    ],
  };
  const all = Object.entries(cases).flatMap(([name, one]) =>
    [2, 4, "\t"].map((indent) => [name, indent, ...one] as const),
  );

  it.each(all)("%s, indented by %j: costs no other row", async (_name, indent, layout, damage, rows) => {
    const whole = JSON.stringify(layouts[layout], null, indent);
    const damaged = damage(whole);
    expect(damaged).not.toBe(whole);
    const { records, rejections } = await read(join(await scratchFolder(), "db.json"), Buffer.from(damaged));
    expect(records.map((one) => nameOf(JSON.parse(one))).sort()).toEqual(rows.map(nameOf).sort());
    expect(rejections.length).toBeGreaterThan(0);
  });
});

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
      // A longer stretch that is missing may leave a list of such parts without its opening, or as that of a set.
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

it("comes to an end where a name that looks like the next row's cannot be read", async () => {
  const row = '{"key":"sk-x","queries":1,"balance":2,"tokens":3}';
  const broken = `{"p:keys:a":{"key":"sk-a","queries":1,"balance":2,\0\0t:keys:sk-x":${row},"p:keys:y":${row}}`;
  const { rejections } = await read(join(await scratchFolder(), "db.json"), Buffer.from(broken));
  expect(rejections.map(({ raw }) => raw).join("")).toContain(row);
});
