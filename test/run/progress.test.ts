import { writeFile } from "node:fs/promises";
import { join } from "node:path";
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
