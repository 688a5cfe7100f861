import { readdir, stat, writeFile } from "node:fs/promises";
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

const journals = async () =>
  (await readdir(cwd)).filter((name) => /^chatgpt-migrate-[\dT-]+\.jsonl$/.test(name));

test("an undo goes by Redis' clock: a key whose time has not run out there is not deleted", async () => {
  const [record = {}] = records(1, 0).conversations;
  await writeLegacy(join(cwd, "db.json"), { conversations: [record], keys: [] });
  const before = JSON.stringify({ ...record, messages: [] });
  await redis.client.set(keyOf(record), before, { expiration: { type: "EX", value: 3_600 } });
  const { result } = await programJson([...at, "--on-conflict", "overwrite"], { cwd });
  expect(result.counts.conversations.updated).toBe(1);
  // Two hours ahead, by a module that is loaded before the program.
  const clock = join(cwd, "clock.mjs");
  await writeFile(clock, "const now = Date.now; Date.now = () => now() + 7_200_000;");
  const env = { NODE_OPTIONS: `--import ${clock}` };
  const undone = await programJson([...at, "--undo", result.journal ?? ""], { cwd, env });
  expect([undone.seen.code, undone.result.counts.conversations.restored]).toEqual([0, 1]);
  expect(await redis.client.get(keyOf(record))).toBe(before);
  expect(await redis.client.ttl(keyOf(record))).toBeGreaterThan(3_500);
});

test("overwrite, then undo: all keys, values and expiries are as before", async () => {
  const legacy = records(30, 5);
  await writeLegacy(join(cwd, "db.json"), legacy);
  const [a, b, c, d] = legacy.conversations.map(keyOf) as [string, string, string, string];
  await redis.client.set(a, '{"id":"other"}', { expiration: { type: "EX", value: 900 } });
  await redis.client.set(b, Buffer.from([0xff, 0x00, 0xfe]));
  await redis.client.hSet(c, { field: "value" });
  await redis.client.expire(c, 800);
  await redis.client.set(
    d,
    JSON.stringify({ ...legacy.conversations[3], userName: "newer", lastActive: Date.now() }),
  );
  await redis.client.set("unrelated", "1");
  const values = async () => {
    const keys = (await redis.client.keys("*")).sort();
    // DUMP tells values of any type to the byte; their digests keep a failure readable.
    const dump = (key: string) =>
      redis.client.eval("return redis.sha1hex(redis.call('DUMP', KEYS[1]))", { keys: [key] });
    return Promise.all(keys.map(async (key) => [key, await dump(key)]));
  };
  const lives = async () =>
    Promise.all((await redis.client.keys("*")).sort().map((key) => redis.client.expireTime(key)));
  const [valuesBefore, livesBefore] = [await values(), await lives()];

  expect((await program([...at, "--on-conflict", "overwrite"], { cwd })).code).toBe(0);
  const [journal = ""] = await journals();
  expect((await stat(join(cwd, journal))).mode & 0o777).toBe(0o600);
  expect(await redis.client.dbSize()).toBe(36);
  const plan = await program([...at, "--undo", journal, "--dry-run"], { cwd });
  expect(plan.stdout).toContain(
    "Nothing stands in the way: 31 would be deleted, 4 would be restored, checked in",
  );
  expect(await redis.client.dbSize()).toBe(36);
  const { seen, result } = await programJson([...at, "--undo", journal], { cwd });

  expect(seen.code).toBe(0);
  expect(result.counts.conversations).toEqual({
    read: 30,
    invalid: 0,
    duplicate: 0,
    deleted: 26,
    restored: 4,
    unchanged: 0,
    changed: 0,
    failed: 0,
  });
  expect(await values()).toEqual(valuesBefore);
  for (const [index, life] of (await lives()).entries()) {
    expect(Math.abs((livesBefore[index] ?? 0) - life)).toBeLessThanOrEqual(3);
  }
});

test("an undo leaves alone what the app has written since, and says so", async () => {
  const legacy = records(3, 1);
  await writeLegacy(join(cwd, "db.json"), legacy);
  await program(at, { cwd });
  const [key = ""] = legacy.conversations.map(keyOf);
  await redis.client.set(key, '{"id":"used"}');
  const [journal = ""] = await journals();
  const { seen, result } = await programJson([...at, "--undo", journal], { cwd });
  expect([seen.code, result.counts.conversations]).toEqual([
    3,
    expect.objectContaining({ deleted: 2, changed: 1 }),
  ]);
  expect(await redis.client.keys("*")).toEqual([key]);
});

test("an undo refuses another prefix, and what is no journal", async () => {
  await writeLegacy(join(cwd, "db.json"), records(1, 1));
  await program(at, { cwd });
  const [journal = ""] = await journals();
  const elsewhere = await program([...at, "--key-prefix", "x:", "--undo", journal], { cwd });
  expect([elsewhere.code, elsewhere.stderr]).toEqual([
    1,
    expect.stringContaining('is the journal of a run against the prefix "chatgpt:", not the prefix "x:"'),
  ]);
  expect((await program([...at, "--undo", "db.json"], { cwd })).stderr).toContain(
    "cannot be read as a journal",
  );
  expect((await program([...at, "--undo", journal, "db.json"], { cwd })).stderr).toContain(
    "--undo takes a journal and no sources",
  );
  expect(await redis.client.dbSize()).toBe(2);
});
