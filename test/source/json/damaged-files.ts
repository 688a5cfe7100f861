import { writeFile } from "node:fs/promises";
import { detectLayout } from "../../../src/source/detect-layout.js";
import { readRecords } from "../../../src/source/read-records.js";
import type { Rejection } from "../../../src/types/row.js";

const text = 'he said: [1] {x} }] "\\" ok, see "{"id":"z","messages":[]}"';
export const talk = (id: string) => ({
  id,
  userName: "Ann",
  messages: [
    { id: `${id}-1`, type: 1, content: text, date: 1_700_000_000_000 },
    { id: `${id}-2`, type: 2, content: [{ type: "text", text: "é 漢 😀" }], date: 1_700_000_001_000 },
  ],
  lastActive: 1_700_000_001_000,
});
const key = (id: string) => ({ key: `sk-madeup-${id}-0000`, queries: 1, tokens: 10, balance: 0.5 });
export const talks = ["a", "b", "c", "d", "e"].map(talk);
export const keys = ["k", "l", "m"].map(key);
export const byId = (rows: readonly object[], field: string) =>
  Object.fromEntries(rows.map((row) => [String((row as Record<string, unknown>)[field]), row]));

/** The same records in all layouts, each on one line. */
export const layouts: Readonly<Record<string, object>> = {
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
export const writings: Readonly<Record<string, (value: unknown) => string>> = {
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

export async function read(path: string, bytes: Buffer): Promise<Came> {
  await writeFile(path, bytes);
  const candidate = { path, bytes: bytes.length, named: true, identity: null, stdinFile: null };
  const layout = await detectLayout(candidate);
  const records: string[] = [];
  const rejections: (Rejection & { raw: string })[] = [];
  if (layout === null) return { records, rejections };
  for await (const { items } of readRecords({ ...candidate, layout }, { prefix: "", ttl: null }, null)) {
    for (const one of items) {
      if (!("rejection" in one)) records.push(one.value.toString());
      else if (!one.continued) rejections.push({ ...one.rejection, raw: one.bytes.toString() });
    }
  }
  return { records, rejections };
}

/** A record as it stands in a file, if it is a whole one of those above. */
export function nameOf(record: object): string {
  const text = JSON.stringify(record);
  const one = [...talks, ...keys].find((one) => JSON.stringify(one) === text);
  return one === undefined ? text : "id" in one ? one.id : one.key;
}
