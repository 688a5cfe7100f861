import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { records, writeLegacy } from "../support/legacy.js";
import { program, scratchFolder, startProgram } from "../support/program.js";
import { type PrivateRedis, redisOfFile, until } from "../support/redis.js";
import { rounds } from "../support/rounds.js";

const redisOf = redisOfFile();
let cwd: string;
let redis: PrivateRedis;
let at: string[];

beforeEach(async () => {
  cwd = await scratchFolder();
  redis = redisOf();
  at = ["-p", String(redis.port)];
});

test("killed at any moment and run again, it ends as one whole run", async () => {
  const legacy = records(2_000, 20);
  await writeLegacy(join(cwd, "db.json"), legacy);
  await program([...at, "--no-journal"], { cwd });
  const whole = await redis.dump();
  const kills = rounds(3, 20);
  for (let kill = 1; kill <= kills; kill += 1) {
    await redis.client.flushAll();
    const { child, seen } = startProgram(at, { cwd });
    // A moment is an amount of work done, not of time passed.
    await until(
      async () => child.exitCode !== null || (await redis.client.dbSize()) >= (kill * 2_000) / (kills + 1),
    );
    child.kill("SIGKILL");
    await seen;
    expect((await program([...at, "--no-journal"], { cwd })).code).toBe(0);
    expect((await program([...at, "--verify"], { cwd })).code).toBe(0);
    const state = await redis.dump();
    expect([...state].map(([key, { value }]) => [key, value])).toEqual(
      [...whole].map(([key, { value }]) => [key, value]),
    );
  }
}, 300_000);
