import { appendFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { identityOf } from "../../src/source/file-identity.js";
import { readRecords } from "../../src/source/read-records.js";
import { openSingleRowReader, type RowValue } from "../../src/source/read-row-again.js";
import type { Entry } from "../../src/types/entry.js";
import type { Layout, Source } from "../../src/types/source-file.js";
import { scratchFolder } from "../support/program.js";

const keyspace = { prefix: "p:", ttl: null };
const rows = [
  '{ "id": "a", "userName": "u", "messages": [] }',
  '{"id":7,"messages":[{"content":"\\u00e9 {[\\""}]}',
  `{"id":"long","userName":"u","messages":[{"type":1,"date":1,"content":"${"é".repeat(300_000)}"}]}`,
  '{"messages":[],"id":"last"}',
];

async function sourceOf(text: string | Buffer, layout: Layout = "array"): Promise<Source> {
  const path = join(await scratchFolder(), "db.json");
  await writeFile(path, text);
  const stats = await stat(path);
  return { path, layout, bytes: stats.size, named: true, identity: identityOf(stats), stdinFile: null };
}

async function entriesOf(source: Source): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const { items } of readRecords(source, keyspace, null))
    entries.push(...items.flatMap((one) => (!("rejection" in one) ? [one] : [])));
  return entries;
}

async function readAllAgain(
  source: Source,
  entries: readonly Pick<Entry, "kind" | "redisKey" | "place">[],
): Promise<RowValue[]> {
  const reader = openSingleRowReader(keyspace);
  const all: RowValue[] = [];
  for (const entry of entries) all.push(await reader.valueAt(source, entry.place.offset, entry));
  await reader.close();
  return all;
}

it.each<[string, string, Layout]>([
  ["an array", `[${rows.join(", ")}]`, "array"],
  ["behind a byte-order mark", `\ufeff[${rows.join(",\n")}]`, "array"],
  ["the library's own layout", `{"conversations": {"rows": [${rows.join(",")}]}}`, "dbcontext"],
  [
    "records by id",
    `{"conversations": {"x y": {"userName": "u", "messages": []}, "b": ${rows[0]}}}`,
    "by-id",
  ],
])("reads each row again as it was read, in any order: %s", async (_, text, layout) => {
  const source = await sourceOf(text, layout);
  const entries = (await entriesOf(source)).reverse();
  expect(entries.length).toBeGreaterThan(1);
  const values = await readAllAgain(source, entries);
  // As texts: a long buffer is compared byte by byte.
  const texts = values.map((one) => ("value" in one ? one.value.toString() : one.reason));
  expect(texts).toEqual(entries.map(({ value }) => value.toString()));
});

it("cannot do so where the text is not the file's bytes", async () => {
  for (const bytes of [gzipSync(`[${rows[0]}]`), Buffer.from(`\ufeff[${rows[0]}]`, "utf16le")]) {
    const source = await sourceOf(bytes);
    const reader = openSingleRowReader(keyspace);
    expect(await reader.canSeek(source)).toBe(false);
    const reasons = await readAllAgain(source, await entriesOf(source));
    expect(reasons).toEqual([{ reason: expect.stringContaining("no plain UTF-8 file") }]);
    await reader.close();
  }
});

it.each<[string, (path: string) => Promise<unknown>]>([
  ["was written to", (path) => appendFile(path, " ")],
  [
    "was replaced",
    async (path) => {
      await writeFile(`${path}.new`, `[${rows.toReversed().join(", ")}]`);
      await rename(`${path}.new`, path);
    },
  ],
  ["is gone", (path) => rm(path)],
])("says so where the file %s meanwhile", async (_, change) => {
  const source = await sourceOf(`[${rows.join(", ")}]`);
  const entries = await entriesOf(source);
  await change(source.path);
  const changed = { reason: "its file has changed, or cannot be read any more" };
  expect(await readAllAgain(source, entries)).toEqual(entries.map(() => changed));
});

it("never takes another row for the one that is meant", async () => {
  const source = await sourceOf(`[${rows.join(", ")}]`);
  const [first, second] = (await entriesOf(source)) as [Entry, Entry];
  const place = { ...first.place, offset: second.place.offset };
  expect(await readAllAgain(source, [{ kind: first.kind, redisKey: first.redisKey, place }])).toEqual([
    { reason: expect.any(String) },
  ]);
});

it("ends where a file is written to between two rows, which might be of two states", async () => {
  const source = await sourceOf(`[${rows.join(", ")}]`);
  const entries = await entriesOf(source);
  const [first, last] = [entries[0] as Entry, entries.at(-1) as Entry];
  const reader = openSingleRowReader(keyspace);
  expect(await reader.valueAt(source, first.place.offset, first)).toEqual({ value: first.value });
  await appendFile(source.path, " ");
  await expect(reader.valueAt(source, last.place.offset, last)).rejects.toMatchObject({
    code: "source-abandoned",
  });
  await reader.close();
});
