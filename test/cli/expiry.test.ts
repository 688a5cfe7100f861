import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { records, writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder } from "../support/program.js";
import { type PrivateRedis, redisOfFile } from "../support/redis.js";

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

test("a wrong expiry is set right by itself, and undone to the second", async () => {
  const legacy = records(4, 1);
  await writeLegacy(join(cwd, "db.json"), legacy);
  await program([...at, "--no-journal"], { cwd });
  const [forEver = "", tooLong = "", runDown = ""] = legacy.conversations.map(keyOf);
  const mortal = `chatgpt:keys:${(legacy.keys[0] as { key: string }).key}`;
  await redis.client.persist(forEver);
  await redis.client.expire(tooLong, 9_000_000);
  await redis.client.expire(runDown, 50_000);
  await redis.client.expire(mortal, 600);
  const keys = [forEver, tooLong, runDown, mortal];
  const expiries = () => Promise.all(keys.map((key) => redis.client.expireTime(key)));
  const before = await expiries();

  const kept = await programJson([...at, "--on-conflict", "keep"], { cwd });
  expect([kept.seen.code, kept.result.counts.conversations.kept, kept.result.journal]).toEqual([0, 2, null]);
  expect((await program([...at, "--verify"], { cwd })).code).toBe(2);
  const { seen, result } = await programJson(at, { cwd });

  expect(seen.code).toBe(0);
  expect(result.counts.conversations).toMatchObject({ updated: 2, unchanged: 2 });
  expect(result.counts.keys).toMatchObject({ updated: 1, unchanged: 0 });
  expect(result.differences.map(({ difference, fields }) => [difference, ...fields])).toEqual([
    ["updated", { field: "expiry", redis: expect.stringMatching(/^(10m|5\d\ds)$/), file: "none" }],
    ["updated", { field: "expiry", redis: "none", file: "30d" }],
    ["updated", { field: "expiry", redis: expect.stringMatching(/^\d+s$|^\d+[dhm]$/), file: "30d" }],
  ]);
  const set = await redis.dump();
  const [first, second, third, last] = keys.map((key) => set.get(key)?.ttl);
  expect([first, second].every((ttl = 0) => ttl > 2_591_000 && ttl <= 2_592_000)).toBe(true);
  expect(third).toBeLessThanOrEqual(50_000);
  expect(last).toBe(-1);
  expect((await program([...at, "--verify"], { cwd })).code).toBe(0);

  const undo = [...at, "--undo", result.journal ?? ""];
  const undone = await programJson(undo, { cwd });
  expect([undone.seen.code, undone.result.counts.conversations.restored]).toEqual([0, 2]);
  for (const [index, expires] of (await expiries()).entries())
    expect(Math.abs(expires - (before[index] ?? 0))).toBeLessThanOrEqual(5);
  expect((await programJson(undo, { cwd })).result.counts.conversations).toMatchObject({
    restored: 0,
    unchanged: 2,
  });
});

test("another --ttl than last time is set by running again, in either direction that it can be told", async () => {
  await writeLegacy(join(cwd, "db.json"), records(3, 1));
  const lives = async () =>
    [...(await redis.dump()).values()].map(({ ttl }) => ttl).filter((ttl) => ttl !== -1);
  await program(at, { cwd });
  expect((await programJson([...at, "--ttl", "7d"], { cwd })).result.counts.conversations.updated).toBe(3);
  expect((await lives()).every((ttl) => ttl > 604_700 && ttl <= 604_800)).toBe(true);
  expect((await programJson([...at, "--ttl", "none"], { cwd })).result.counts.conversations.updated).toBe(3);
  expect(await lives()).toEqual([]);
  expect((await program([...at, "--ttl", "none", "--verify"], { cwd })).code).toBe(0);
  expect((await programJson(at, { cwd })).result.counts.conversations.updated).toBe(3);
  expect(await lives()).toHaveLength(3);
});
