import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { run } from "../../src/run.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";
import { rounds } from "../support/rounds.js";

const row = fc.record(
  {
    id: fc.constantFrom<string | number>("a", "b", "é", 1, "1"),
    messages: fc.array(
      fc.record({ type: fc.constantFrom(1, 2), content: fc.constantFrom("x", "é"), date: fc.nat(2) }),
      { maxLength: 2 },
    ),
    lastActive: fc.nat(2),
  },
  { requiredKeys: ["id", "messages"] },
);
const encodings = {
  plain: (text: string) => Buffer.from(text),
  gzip: (text: string) => gzipSync(text),
  "UTF-16": (text: string) => Buffer.from(`\ufeff${text}`, "utf16le"),
};
const file = fc.record({
  rows: fc.array(row, { maxLength: 4 }),
  encoding: fc.constantFrom(...(Object.keys(encodings) as (keyof typeof encodings)[])),
});

test.each(["first", "newest"] as const)(
  "for any rows in any files: with --on-duplicate %s the same is found, however the files are encoded",
  async (onDuplicate) => {
    const redis = await startRedis();
    const cwd = await scratchFolder();
    const sources = ["a.json", "b.json", "c.json"].map((name) => join(cwd, name));
    const options = optionsFor(redis, { sources, onDuplicate, mode: "dry-run" });
    const found = async (texts: readonly Buffer[]) => {
      for (const [at, text] of texts.entries()) await writeFile(sources[at] as string, text);
      const { counts, differences, exitCode } = await run(options);
      // Where a row stands, in bytes, is another place in UTF-16.
      return { counts, differences: differences.map(({ place: _, ...rest }) => rest), exitCode };
    };
    const property = fc.asyncProperty(fc.tuple(file, file, file), async (files) => {
      const textOf = ({ rows }: (typeof files)[number]) => JSON.stringify({ conversations: { rows } });
      const plain = await found(files.map((one) => encodings.plain(textOf(one))));
      expect(await found(files.map((one) => encodings[one.encoding](textOf(one))))).toEqual(plain);
    });
    await fc.assert(property, { seed: 12, numRuns: rounds(20, 800) });
  },
);
