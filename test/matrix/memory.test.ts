import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../src/run.js";
import { startOneNodeCluster } from "../support/cluster.js";
import { conversation, type Records, records, writeLegacy } from "../support/legacy.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { eventually, type PrivateRedis, startRedis } from "../support/redis.js";

/** By `used_memory`, once hash tables have stopped to grow. */
async function settledMemory({ client }: PrivateRedis): Promise<number> {
  let before = -1;
  return eventually(async () => {
    const now = Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1]);
    const same = now === before;
    before = now;
    return same && now;
  });
}

/** What a dry run says that a migration needs, in shares of what it then takes. */
async function estimatedByGrown(redis: PrivateRedis, held: Records): Promise<number> {
  const folder = await scratchFolder();
  await writeLegacy(join(folder, "db.json"), held);
  const options = { ...optionsFor(redis), sources: [join(folder, "db.json")] };
  // The client's own buffers, and what the server makes once, are there before it is measured.
  await run({ ...options, mode: "dry-run", dryRun: true });
  const before = await settledMemory(redis);
  const { estimatedMemoryBytes } = await run({ ...options, mode: "dry-run", dryRun: true });
  expect((await run(options)).exitCode).toBe(0);
  const grown = (await settledMemory(redis)) - before;
  return (estimatedMemoryBytes ?? 0) / grown;
}

const text = "All work and no play, 漢字 and 😀. ".repeat(600);

/** 10,000 conversations of 1 to 20 kB, evenly, and API keys beside them. */
const large: Records = {
  conversations: Array.from({ length: 10_000 }, (_, at) => ({
    ...conversation(String(at), 1),
    messages: [{ type: 1, content: text.slice(0, 1_000 + Math.floor(at * 1.5)), date: at }],
  })),
  keys: records(0, 50).keys,
};

const tiny = (count: number) => ({
  conversations: Array.from({ length: count }, (_, at) => ({ id: `user-${at}`, userName: "", messages: [] })),
  keys: records(0, 50).keys,
});

const places = [
  ["one server", startRedis],
  ["a cluster", startOneNodeCluster],
] as const;

test.each(places)(
  "on %s, 10,000 conversations of 1 to 20 kB take what a dry run says, to a tenth",
  async (_, start) => {
    const share = await estimatedByGrown(await start(), large);
    expect(share).toBeGreaterThan(0.9);
    expect(share).toBeLessThan(1.1);
  },
);

test.each(places.flatMap(([place, start]) => [3_000, 20_000].map((count) => [count, place, start] as const)))(
  "%d tiny ones, on %s, do so too",
  async (count, _, start) => {
    const share = await estimatedByGrown(await start(), tiny(count));
    expect(share).toBeGreaterThan(0.9);
    expect(share).toBeLessThan(1.1);
  },
);
