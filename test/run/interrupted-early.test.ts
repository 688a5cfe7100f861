import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../src/run.js";
import { records, writeLegacy } from "../support/legacy.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";

test.each([
  ["--strict", { strict: true }],
  ["--on-duplicate newest", { onDuplicate: "newest" }],
  ["--on-duplicate merge", { onDuplicate: "merge" }],
] as const)(
  "interrupted while %s has everything checked first, a run says that it wrote nothing yet",
  async (_flag, options) => {
    const redis = await startRedis();
    const path = join(await scratchFolder(), "db.json");
    await writeLegacy(path, records(20, 0));
    const controller = new AbortController();
    const hooks = { progress: () => controller.abort("SIGINT") };
    const { signal } = controller;
    const result = await run(optionsFor(redis, { sources: [path], ...options }), { hooks, signal });
    expect([result.exitCode, result.interrupted, await redis.client.dbSize()]).toEqual([130, "SIGINT", 0]);
    expect(result.reading).toMatchObject({ checking: true, bytes: expect.any(Number) });
    expect(result.reading.bytes).toBeGreaterThan(0);
  },
);
