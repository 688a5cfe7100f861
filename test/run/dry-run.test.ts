import { access } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../src/run.js";
import { records, writeLegacy } from "../support/legacy.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";

test.each([
  { mode: "migrate", dryRun: true },
  { mode: "dry-run", dryRun: false },
] as const)("a run with %j writes nothing, and says that it was a dry run", async (how) => {
  const redis = await startRedis();
  const folder = await scratchFolder();
  const source = join(folder, "db.json");
  const journal = join(folder, "j.jsonl");
  await writeLegacy(source, records(2, 1));
  const result = await run(optionsFor(redis, { sources: [source], journal, ...how }));
  expect(result).toMatchObject({ mode: "dry-run", dryRun: true, exitCode: 0, journal: null });
  expect([result.counts.conversations.created, await redis.client.dbSize()]).toEqual([2, 0]);
  await expect(access(journal)).rejects.toThrow("ENOENT");
});
