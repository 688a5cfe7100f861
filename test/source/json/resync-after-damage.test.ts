import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { scratchFolder } from "../../support/program.js";
import { rounds } from "../../support/rounds.js";
import { byId, keys, layouts, nameOf, read, type talk, talks, writings } from "./damaged-files.js";

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
  "bytes that are missing": (row) => row.slice(0, 40) + row.slice(140),
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

  it.each(cases)("%s, %s: is lost alone, and reported as one row", async (_how, _way, whole) => {
    const path = join(await scratchFolder(), "db.json");
    const cut = whole.replace(/1700000001000\s*\}(?=,)/, (end) => end.slice(0, -1));
    // Also where a brace behind them all makes it JSON again.
    for (const brace of ["", "}"]) {
      const damaged = cut.replace(/\}(?=\s*\}?$)/, `}${brace}`);
      const { records, rejections } = await read(path, Buffer.from(damaged));
      expect(records.map((one) => JSON.parse(one).id)).toEqual(["b", "c", "d", "e"]);
      const [reported] = rejections;
      expect(reported).toMatchObject({ kind: "conversation", place: { index: 0 } });
      expect(reported?.reason).toContain("another record stands within this one");
      expect(reported?.raw).toContain('"a-1"');
      expect(reported?.raw).not.toContain('"b-1"');
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

it("a quote that is missing in a value that is skipped costs no set behind it", async () => {
  const path = join(await scratchFolder(), "db.json");
  const before = { conversations: talks, settings: { colors: { text: "dark" } }, keys };
  const text = JSON.stringify(before).replace('"dark"', '"dark');
  const { records } = await read(path, Buffer.from(text));
  expect(records.map((one) => nameOf(JSON.parse(one))).sort()).toEqual(
    [...talks, ...keys].map(nameOf).sort(),
  );
});

it("comes to an end where a name that looks like the next row's cannot be read", async () => {
  const row = '{"key":"sk-x","queries":1,"balance":2,"tokens":3}';
  const broken = `{"p:keys:a":{"key":"sk-a","queries":1,"balance":2,\0\0t:keys:sk-x":${row},"p:keys:y":${row}}`;
  const { rejections } = await read(join(await scratchFolder(), "db.json"), Buffer.from(broken));
  expect(rejections.map(({ raw }) => raw).join("")).toContain(row);
});
