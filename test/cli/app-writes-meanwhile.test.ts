import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { records, writeLegacy } from "../support/legacy.js";
import { scratchFolder, startProgram } from "../support/program.js";
import { type PrivateRedis, redisOfFile, until } from "../support/redis.js";

const redisOf = redisOfFile();
let cwd: string;
let redis: PrivateRedis;
let at: string[];

beforeEach(async () => {
  cwd = await scratchFolder();
  redis = redisOf();
  at = ["-p", String(redis.port)];
});

const keyOf = (record: object) => `chatgpt:conversations:${(record as { id: string }).id}`;

test("a writer that goes through the same keys while the migration runs loses none of its writes", async () => {
  const legacy = records(5_000, 0);
  await writeLegacy(join(cwd, "db.json"), legacy);
  const keys = legacy.conversations.map(keyOf);
  const olderOf = (record: object) => JSON.stringify({ ...record, lastActive: 1 });
  await redis.client.mSet(
    legacy.conversations.map((record): [string, string] => [keyOf(record), olderOf(record)]),
  );
  const first = olderOf(legacy.conversations[0] ?? {});
  const { child, seen } = startProgram(at, { cwd });
  await until(async () => child.exitCode !== null || (await redis.client.get(keys[0] ?? "")) !== first);
  // Each key is written once, and newer than the file: many of them just between being compared and replaced.
  const newer = legacy.conversations.map((record): [string, string] => [
    keyOf(record),
    JSON.stringify({ ...record, lastActive: Date.now() }),
  ]);
  for (let index = 0; index < newer.length; index += 10)
    await redis.client.mSet(newer.slice(index, index + 10));
  expect((await seen).code).toBe(0);
  expect(await redis.client.mGet(keys)).toEqual(newer.map(([, value]) => value));
});

test("a writer that hammers a hundred keys while the migration runs has the last word", async () => {
  const legacy = records(100, 0);
  await writeLegacy(join(cwd, "db.json"), legacy);
  const { child, seen } = startProgram(at, { cwd });
  let last: [string, string][] = [];
  for (let turn = 1; child.exitCode === null; turn += 1) {
    last = legacy.conversations.map((record) => [
      keyOf(record),
      JSON.stringify({ ...record, turn, lastActive: Date.now() }),
    ]);
    await redis.client.mSet(last);
  }
  expect((await seen).code).toBe(0);
  for (const [key, value] of last) expect(await redis.client.get(key)).toBe(value);
});
