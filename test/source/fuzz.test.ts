import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MigrateError } from "../../src/errors.js";
import { run } from "../../src/run.js";
import { findSources } from "../../src/source/find-source-files.js";
import { readRecords } from "../../src/source/read-records.js";
import type { Counts } from "../../src/types/outcome.js";
import type { Layout } from "../../src/types/source-file.js";
import { apiKey, conversation, writeLegacy } from "../support/legacy.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";
import { rounds } from "../support/rounds.js";

/** Where a mutation takes place, in ten thousandths of the text. */
const where = fc.nat({ max: 9999 });
const length = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 3000 }));
const pieces = [
  ...["            {\n", "\n            },\n", "\n        ]", "\n    }", '"rows": [', '    "keys": {\n'],
  ...[...'{}[],:"\\\n x1\0', "\r\n", "é", '"a": ', "<<<<<<< HEAD\n"],
];
const inserted = fc.oneof(
  fc
    .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 4 })
    .map((all) => Buffer.from(all.join(""))),
  fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
);

type Mutation =
  | { readonly what: "cut"; readonly at: number; readonly length: number }
  | { readonly what: "flip"; readonly at: number; readonly bits: readonly number[] }
  | { readonly what: "insert"; readonly at: number; readonly bytes: Buffer }
  | { readonly what: "duplicate"; readonly at: number; readonly length: number; readonly to: number | null };

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ what: fc.constant("cut" as const), at: where, length }),
  fc.record({
    what: fc.constant("flip" as const),
    at: where,
    bits: fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ what: fc.constant("insert" as const), at: where, bytes: inserted }),
  // To anywhere, or right behind itself.
  fc.record({ what: fc.constant("duplicate" as const), at: where, length, to: fc.option(where) }),
);
const mutations = fc.array(mutation, { minLength: 1, maxLength: 3 });

function mutate(text: Buffer, change: Mutation): Buffer {
  const position = (share: number) => Math.floor((share * text.length) / 10_000);
  const at = position(change.at);
  switch (change.what) {
    case "cut":
      return Buffer.concat([text.subarray(0, at), text.subarray(at + change.length)]);
    case "flip": {
      const flipped = Buffer.from(text);
      for (const [index, bits] of change.bits.entries()) {
        if (at + index < text.length) flipped[at + index] = (text[at + index] ?? 0) ^ bits;
      }
      return flipped;
    }
    case "insert":
      return Buffer.concat([text.subarray(0, at), change.bytes, text.subarray(at)]);
    case "duplicate": {
      const copied = text.subarray(at, at + change.length);
      const to = change.to === null ? at + copied.length : position(change.to);
      return Buffer.concat([text.subarray(0, to), copied, text.subarray(to)]);
    }
  }
}

const indent = " ".repeat(12);

/** A row of the undamaged file. */
interface Row {
  readonly redisKey: string;
  readonly value: string;
  /** Its lines, the one before and the one behind, with the line breaks around them, as they stand in the file. */
  readonly lines: Buffer;
  /** The lines that open its set. */
  readonly opening: string;
}

/** A real file, and its rows. */
async function realFile() {
  const path = join(await scratchFolder(), "db.json");
  const conversations = Array.from({ length: 30 }, (_, at) => conversation(String(at), at % 4));
  const keys = Array.from({ length: 5 }, (_, at) => apiKey(String(at)));
  await writeLegacy(path, { conversations, keys });
  const text = await readFile(path);
  const rowOf = (set: "conversations" | "keys", id: string, record: object): Row => {
    const own = Buffer.from(JSON.stringify(record, null, 4).replace(/^/gm, indent));
    const at = text.indexOf(own);
    const start = text.lastIndexOf("\n", at - 2);
    const end = text.indexOf("\n", text.indexOf("\n", at + own.length) + 1);
    return {
      redisKey: `chatgpt:${set}:${id}`,
      value: JSON.stringify(record),
      lines: text.subarray(start, end + 1),
      opening: `    "${set}": {\n        "rows": [\n`,
    };
  };
  const rows = [
    ...keys.map((key) => rowOf("keys", key.key, key)),
    ...conversations.map((one) => rowOf("conversations", one.id, one)),
  ];
  return { path, text, rows };
}

interface Read {
  readonly redisKey: string;
  readonly value: string;
}

/** What the pipeline makes of a file, as far as Redis. */
async function read(path: string) {
  const records: Read[] = [];
  const rejected: Buffer[] = [];
  /** Rows that were skipped, as those of other sets. */
  let skipped = 0;
  let layout: Layout | null = null;
  const { sources } = await findSources([path]).catch((error) => {
    // What holds nothing that looks like ours may be refused as a whole.
    if (error instanceof MigrateError && error.code === "source-unrecognised") return { sources: [] };
    throw error;
  });
  for (const source of sources) {
    layout = source.layout;
    for await (const batch of readRecords(source, { prefix: "chatgpt:", ttl: null }, null)) {
      for (const one of batch.items) {
        if (!("rejection" in one))
          records.push({ redisKey: one.redisKey.reveal(), value: one.value.toString() });
        else rejected.push(one.bytes);
      }
      skipped = [...batch.otherSets.values()].reduce((sum, rows) => sum + rows, 0);
    }
  }
  return { layout, records, rejected, skipped };
}

/** The text as `JSON.stringify` would write it, if it is JSON at all. */
function asJson(bytes: Buffer): string | null {
  try {
    return JSON.stringify(JSON.parse(bytes.toString()));
  } catch {
    return null;
  }
}

describe("a real file in which bytes were cut out, overwritten, inserted or duplicated", () => {
  /**
   * Three kinds of damage leave a text that says something else, so that its rows are not certain:
   * - The name of a set, or of its `rows`, became another name: they are skipped, and counted as those of another set.
   * - Brackets were lost or added so that whole rows are part of one larger row, which is JSON itself.
   * - Fields of a record came to stand on the outermost level: all of the file is one record, and damaged.
   */
  it("yields every row that is whole, as are the lines before and behind it", async () => {
    const { path, text, rows } = await realFile();
    let whole = 0;
    const property = fc.asyncProperty(mutations, async (changes) => {
      const damaged = changes.reduce(mutate, text);
      await writeFile(path, damaged);
      const { layout, records, rejected, skipped } = await read(path);
      const framed = Buffer.from(`\n${damaged.toString("latin1")}\n`, "latin1");
      const untouched = rows.filter(({ lines }) => framed.includes(lines));
      const lost = untouched.filter(
        (row) => !records.some(({ redisKey, value }) => redisKey === row.redisKey && value === row.value),
      );
      const large = [...records.map(({ value }) => value), ...rejected.map(asJson)];
      const swallowed = ({ value }: Row) => large.some((one) => one !== value && one?.includes(value));
      const renamed = ({ opening }: Row) => !damaged.includes(opening) && skipped >= lost.length;
      const unexplained = lost.filter((row) => layout !== "record" && !swallowed(row) && !renamed(row));
      expect(unexplained.map(({ redisKey }) => redisKey)).toEqual([]);
      whole += untouched.length;
    });
    const numRuns = rounds(300, 1200);
    await fc.assert(property, { seed: 9, numRuns });
    // Most rows of most files are.
    expect(whole).toBeGreaterThan(numRuns * rows.length * 0.8);
  });

  it("is migrated: the sums hold, and Redis holds the first row of each id, and nothing else", async () => {
    const { path, text } = await realFile();
    const redis = await startRedis();
    const property = fc.asyncProperty(mutations, async (changes) => {
      await writeFile(path, changes.reduce(mutate, text));
      const { records, rejected } = await read(path);
      await redis.client.flushAll();
      const { counts, error, exitCode } = await run(optionsFor(redis, { sources: [path] }));
      if (error !== null) return expect([error.code, records]).toEqual(["source-unrecognised", []]);
      const first = new Map([...records].reverse().map(({ redisKey, value }) => [redisKey, value]));
      const held = [...(await redis.dump())].map(([key, { value }]) => [key, value] as const);
      expect(new Map(held)).toEqual(first);
      const sum = (name: keyof Counts) => (counts.conversations[name] ?? 0) + (counts.keys[name] ?? 0);
      expect(sum("created")).toBe(first.size);
      expect(sum("duplicate") + sum("conflict")).toBe(records.length - first.size);
      expect(sum("read")).toBe(sum("created") + sum("duplicate") + sum("conflict") + sum("invalid"));
      expect(sum("invalid")).toBeLessThanOrEqual(rejected.length);
      expect(exitCode).toBe(rejected.length + sum("leftOut") + sum("conflict") > 0 ? 3 : 0);
    });
    await fc.assert(property, { seed: 10, numRuns: rounds(50, 150) });
  });
});
