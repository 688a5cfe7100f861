import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { run } from "../../src/run.js";
import type { Progress } from "../../src/types/progress.js";
import { conversation, records } from "../support/legacy.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";

test("progress never goes back, not even where a second line proves a file to be JSON lines", async () => {
  const redis = await startRedis();
  const path = join(await scratchFolder(), "db.jsonl");
  // The first line is longer than a chunk, and the layout is told before its end.
  const first = {
    conversations: [conversation("first"), { ...conversation("long"), note: "x".repeat(3_000_000) }],
  };
  const lines = [first, ...records(3_000, 0).conversations];
  await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const seen: Progress[] = [];
  const hooks = { progress: (one: Progress) => seen.push(one) };
  const { counts } = await run(optionsFor(redis, { sources: [path], strict: true }), { hooks });
  expect(counts.conversations).toMatchObject({ read: 3_002, created: 3_002 });
  const bytes = seen.map((one) => one.bytes);
  expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
  expect(bytes.at(-1)).toBe(seen.at(-1)?.totalBytes);
});

test.each([
  ["no chat stands twice", [1, 2], 2],
  ["a chat that stands twice is compared", [1, 1], 4],
])(
  "with --on-duplicate newest, %s: progress tells how much is read, and ends with its last byte",
  async (_, seeds, passes) => {
    const redis = await startRedis();
    const cwd = await scratchFolder();
    const sources = ["a.json", "b.json"].map((name) => join(cwd, name));
    let size = 0;
    for (const [at, seed] of seeds.entries()) {
      const one = { ...conversation(`chat ${seed}`), userName: `user ${at}` };
      const text = gzipSync(JSON.stringify({ conversations: { rows: [one] } }));
      size += text.length;
      await writeFile(sources[at] as string, text);
    }
    const seen: Progress[] = [];
    const hooks = { progress: (one: Progress) => seen.push(one) };
    await run(optionsFor(redis, { sources, onDuplicate: "newest" }), { hooks });
    // Until it is known which passes are not needed, all are counted.
    expect(seen[0]?.totalBytes).toBe(4 * size);
    expect(seen.at(-1)).toMatchObject({ bytes: passes * size, totalBytes: passes * size });
  },
);
