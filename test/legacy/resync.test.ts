import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tellLayout } from "../../src/legacy/layout.js";
import { readRecords } from "../../src/legacy/records.js";
import type { Rejection } from "../../src/model.js";
import { scratchFolder } from "../support/program.js";

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
  const candidate = { path, bytes: bytes.length, named: true, identity: null, spool: null };
  const layout = await tellLayout(candidate);
  const records: string[] = [];
  const rejections: (Rejection & { raw: string })[] = [];
  if (layout === null) return { records, rejections };
  for await (const { found } of readRecords({ ...candidate, layout }, { prefix: "", ttl: null }, null)) {
    for (const one of found) {
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

/** Among records by id these leave JSON that means something else: rows that are fields of a row, or sets of their own. */
const anotherMeaning = new Set([
  "a missing closing bracket of its own",
  "an extra closing brace",
  "an extra closing brace at its end",
]);

describe.each(Object.entries(writings))("a file %s, one row of which is damaged", (_writing, write) => {
  it.each(Object.entries(damages))("by %s: all others arrive, and nothing else", async (name, damage) => {
    const path = join(await scratchFolder(), "db.json");
    for (const [layout, value] of Object.entries(layouts)) {
      if (layout === "by-id" && anotherMeaning.has(name)) continue;
      const whole = write(value);
      for (const lost of talks) {
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
