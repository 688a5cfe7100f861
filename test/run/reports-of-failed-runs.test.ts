import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import type { Options } from "../../src/options.js";
import { run } from "../../src/run.js";
import { records } from "../support/legacy.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { startProxy } from "../support/proxy.js";
import { type PrivateRedis, redisOfFile } from "../support/redis.js";
import { outcomesCounted, outcomesIn, reportLines } from "../support/report-lines.js";

const redisOf = redisOfFile();
let redis: PrivateRedis;
let folder: string;
let options: Options;

/** Among them rows that are none, and duplicates, which nobody needs Redis for. */
const rows = records(3_000, 0).conversations.flatMap((one, at) =>
  at % 5 === 0 ? [{ id: `bad ${at}`, messages: at }, one, one] : [one],
);

beforeEach(async () => {
  redis = redisOf();
  folder = await scratchFolder();
  const path = join(folder, "db.json");
  await writeFile(path, JSON.stringify({ conversations: rows, keys: [] }));
  const reports = (["jsonl", "md"] as const).map((format) => ({ format, path: join(folder, `r.${format}`) }));
  options = optionsFor(redis, { sources: [path], reports, rejects: join(folder, "rejects.jsonl") });
});

test.each([
  ["the program itself fails while it reads", "internal"],
  ["Redis is lost for good", "redis-lost"],
])("%s: what was read before is counted, and reported in order", async (_what, code) => {
  const proxy = await startProxy(redis.port);
  proxy.after(100_000, () => {
    proxy.refuse();
    proxy.cut();
  });
  const address = { ...options.address, port: proxy.port, retryForMs: 0 };
  const lost = code === "redis-lost";
  const progress = ({ bytes }: { bytes: number }) => {
    if (bytes > 0 && !lost) throw new Error("made up");
  };
  const { counts, error, rejections } = await run(lost ? { ...options, address } : options, {
    hooks: { progress },
  });
  expect(error?.code).toBe(code);
  const lines = await reportLines(join(folder, "r.jsonl"));
  expect(outcomesIn(lines, "conversation")).toEqual(outcomesCounted(counts.conversations));
  // Where Redis is lost, so are its last answers.
  expect(counts.conversations.created).toBeLessThanOrEqual(await redis.client.dbSize());
  expect(counts.conversations.invalid).toBeGreaterThan(0);
  expect(rejections.length).toBe(counts.conversations.invalid);
  // They are kept when they are read, and counted when all before them are settled.
  const kept = (await readFile(join(folder, "rejects.jsonl"), "utf8")).trimEnd().split("\n");
  expect(kept.length).toBe(counts.conversations.invalid);
  const offsets = lines.map(({ offset = 0 }) => offset);
  expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
  expect(await readFile(join(folder, "r.md"), "utf8")).toContain("**Stopped by an error");
});
