import { join } from "node:path";
import { expect, test } from "vitest";
import { type Records, records, writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";

const thirtyDays = 30 * 24 * 60 * 60;

function keyed({ conversations, keys }: Records): [string, string][] {
  const pairs = [
    ...conversations.map(
      (record) => [`chatgpt:conversations:${(record as { id: string }).id}`, record] as const,
    ),
    ...keys.map((record) => [`chatgpt:keys:${(record as { key: string }).key}`, record] as const),
  ];
  return pairs.map(([key, record]) => [key, JSON.stringify(record)]);
}

test("a thousand conversations: dry-run, migrate, verify, migrate again", async () => {
  const cwd = await scratchFolder();
  const redis = await startRedis();
  const legacy = records(1_000, 20);
  await writeLegacy(join(cwd, "db.json"), legacy);
  const at = ["-p", String(redis.port)];

  const dry = await programJson([...at, "--dry-run"], { cwd });
  expect(dry.seen.code).toBe(0);
  expect(dry.result.counts.conversations).toMatchObject({ read: 1_000, created: 1_000, unchanged: 0 });
  expect(dry.result.counts.keys).toMatchObject({ read: 20, created: 20, unchanged: 0 });
  expect(await redis.client.dbSize()).toBe(0);

  const live = await programJson(at, { cwd });
  expect(live.seen.code).toBe(0);
  expect(live.result.counts).toEqual(dry.result.counts);
  const state = await redis.dump();
  expect(new Map([...state].map(([key, { value }]) => [key, value]))).toEqual(new Map(keyed(legacy)));
  for (const [key, { ttl }] of state) {
    if (key.startsWith("chatgpt:keys:")) expect(ttl).toBe(-1);
    else expect(ttl).toSatisfy((seconds) => seconds > thirtyDays - 10 && seconds <= thirtyDays);
  }

  const verified = await programJson([...at, "--verify"], { cwd });
  expect(verified.seen.code).toBe(0);
  expect(verified.result.counts.conversations).toMatchObject({ read: 1_000, matched: 1_000, extra: 0 });
  expect(verified.result.counts.keys).toMatchObject({ read: 20, matched: 20, extra: 0 });

  const aged = legacy.conversations[0] as { id: string };
  await redis.client.expire(`chatgpt:conversations:${aged.id}`, 1_000);
  const again = await programJson(at, { cwd });
  expect(again.seen.code).toBe(0);
  expect(again.result.counts.conversations).toMatchObject({ read: 1_000, unchanged: 1_000, created: 0 });
  expect(again.result.counts.keys).toMatchObject({ read: 20, unchanged: 20, created: 0 });
  expect(await redis.client.ttl(`chatgpt:conversations:${aged.id}`)).toBeLessThanOrEqual(1_000);
});

test("what Redis holds already, and differs, is left alone and told", async () => {
  const cwd = await scratchFolder();
  const redis = await startRedis();
  const legacy = records(3, 1);
  await writeLegacy(join(cwd, "db.json"), legacy);
  const [other, hash] = keyed(legacy) as [[string, string], [string, string]];
  const theirs = '{"id":"other","messages":[{"id":"m","content":"theirs"}]}';
  await redis.client.set(other[0], theirs);
  await redis.client.hSet(hash[0], "field", "value");

  const { seen, result } = await programJson(["-p", String(redis.port)], { cwd });

  expect(seen.code).toBe(3);
  expect(result.counts.conversations).toMatchObject({ read: 3, created: 1, conflict: 2 });
  expect(result.differences.map(({ difference }) => difference)).toEqual(["conflict", "conflict"]);
  const state = await redis.dump();
  expect(state.get(other[0])).toEqual({ value: theirs, ttl: -1 });
  expect(state.get(hash[0])?.value).toBe("hash");
});

test("the same JSON value in another order and spacing is unchanged", async () => {
  const cwd = await scratchFolder();
  const redis = await startRedis();
  await writeLegacy(join(cwd, "db.json"), {
    conversations: [{ id: "a", userName: "User", messages: [] }],
    keys: [],
  });
  await redis.client.set("chatgpt:conversations:a", '{ "messages": [], "userName": "User", "id": "a" }', {
    expiration: { type: "EX", value: 100 },
  });
  const { seen, result } = await programJson(["-p", String(redis.port)], { cwd });
  expect(seen.code).toBe(0);
  expect(result.counts.conversations.unchanged).toBe(1);
});

test("--ttl, --key-prefix and --database are heeded, glob characters and all", async () => {
  const cwd = await scratchFolder();
  const redis = await startRedis();
  await writeLegacy(join(cwd, "db.json"), records(1, 1));
  const flags = ["-p", String(redis.port), "--key-prefix", "my*[app]?\\:", "-n", "3"];
  expect((await program([...flags, "--ttl", "12h"], { cwd })).code).toBe(0);
  await redis.client.select(3);
  const state = await redis.dump();
  expect([...state.keys()].every((key) => key.startsWith("my*[app]?\\:"))).toBe(true);
  expect([...state.values()].map(({ ttl }) => ttl).sort((a, b) => a - b)).toEqual([
    -1,
    expect.closeTo(43_200, -1),
  ]);

  await redis.client.set("myXa?\\:conversations:not-ours", "1");
  await redis.client.set("my*[app]?\\:conversations:ours", "1");
  const verified = await programJson([...flags, "--ttl", "12h", "--verify"], { cwd });
  expect(verified.seen.code).toBe(0);
  expect(verified.result.differences.map(({ name }) => name)).toEqual(["ours"]);
});

test("--ttl none leaves conversations without expiry", async () => {
  const cwd = await scratchFolder();
  const redis = await startRedis();
  await writeLegacy(join(cwd, "db.json"), records(1, 0));
  const flags = ["-p", String(redis.port), "--ttl", "none"];
  expect((await program(flags, { cwd })).code).toBe(0);
  expect([...(await redis.dump()).values()].map(({ ttl }) => ttl)).toEqual([-1]);
  expect((await program([...flags, "--verify"], { cwd })).code).toBe(0);
});

test("the first of several rows with one id counts, and the others are told", async () => {
  const cwd = await scratchFolder();
  const redis = await startRedis();
  const twice = [
    { id: "a", userName: "first", messages: [] },
    { id: "a", userName: "second", messages: [] },
  ];
  await writeLegacy(join(cwd, "db.json"), { conversations: twice, keys: [] });
  const { seen, result } = await programJson(["-p", String(redis.port)], { cwd });
  expect(seen.code).toBe(0);
  expect(result.counts.conversations).toMatchObject({ read: 2, created: 1, duplicate: 1 });
  expect(result.warnings).toEqual([
    {
      code: "duplicate",
      message: expect.stringContaining(
        "db.json, conversations row 1, and db.json, conversations row 0 counts",
      ),
    },
  ]);
  expect(await redis.client.get("chatgpt:conversations:a")).toContain("first");
});
