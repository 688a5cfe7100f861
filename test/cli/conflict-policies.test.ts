import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { type apiKey, conversation, message, records, writeLegacy } from "../support/legacy.js";
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

/** What an app that was on Redis for a week has made of ten conversations, each way twice, and of an API key. */
async function useForAWeek(legacy: ReturnType<typeof records>): Promise<void> {
  const used = legacy.conversations.slice(0, 10) as ReturnType<typeof conversation>[];
  const later = { lastActive: Date.now() };
  const added = { ...message("new", 9), date: Date.now() };
  const ways: ((messages: readonly object[]) => object)[] = [
    (messages) => ({ messages: [...messages, added], ...later }),
    // Trimmed at its beginning, and continued.
    (messages) => ({ messages: [...messages.slice(1), added], ...later }),
    // Reset.
    () => ({ messages: [], ...later }),
    // The last answer made anew.
    (messages) => ({ messages: [...messages.slice(0, -1), added], ...later }),
    // Switched early: begun as a stub, and used.
    () => ({ messages: [added], ...later }),
  ];
  for (const [index, record] of used.entries()) {
    const value = { ...record, ...ways[index % ways.length]?.(record.messages) };
    await redis.client.set(keyOf(record), JSON.stringify(value), {
      expiration: { type: "EX", value: 5_000 },
    });
  }
  const key = legacy.keys[0] as ReturnType<typeof apiKey>;
  await redis.client.set(`chatgpt:keys:${key.key}`, JSON.stringify({ ...key, queries: 99 }));
}

test("an app that was on Redis for a week: what goes on from the file is kept, the rest a conflict, nothing is changed", async () => {
  const legacy = records(40, 5);
  await writeLegacy(join(cwd, "db.json"), legacy);
  await program(at, { cwd });
  await useForAWeek(legacy);
  const before = await redis.dump();

  const { seen, result } = await programJson(at, { cwd });

  expect(seen.code).toBe(3);
  expect(result.counts.conversations).toMatchObject({ kept: 4, conflict: 6, unchanged: 30, updated: 0 });
  // Not that all of it is there, and what to do.
  const { stdout } = await program(at, { cwd });
  expect(stdout).toContain(
    "Not all is in Redis: 6 conflicts; 34 were written, or there already; 5 kept in Redis' version, since it goes on from the files', done in",
  );
  expect(stdout).toContain("On conflicts: --on-conflict merge");
  expect(result.counts.keys).toMatchObject({ kept: 1, unchanged: 4 });
  expect(result.differences.slice(2, 5)).toMatchObject([
    {
      difference: "kept",
      fields: [{ field: "messages", redis: 2, file: 2, onlyInRedis: 1, onlyInFile: 1 }, {}],
    },
    {
      difference: "conflict",
      fields: [{ field: "messages", redis: 0, file: 3, onlyInRedis: 0, onlyInFile: 3 }, {}],
    },
    {
      difference: "conflict",
      fields: [{ field: "messages", redis: 4, file: 4, onlyInRedis: 1, onlyInFile: 1 }, {}],
    },
  ]);
  const after = await redis.dump();
  for (const [name, { value }] of before) expect(after.get(name)?.value).toBe(value);
  expect((await program([...at, "--verify"], { cwd })).code).toBe(2);
});

test("the same app, then --on-conflict keep: nothing is changed, exit 0, and a verification agrees", async () => {
  const legacy = records(12, 2);
  await writeLegacy(join(cwd, "db.json"), legacy);
  await program(at, { cwd });
  await useForAWeek(legacy);
  const before = await redis.dump();
  const { seen, result } = await programJson([...at, "--on-conflict", "keep"], { cwd });
  expect([seen.code, result.counts.conversations]).toEqual([
    0,
    expect.objectContaining({ kept: 10, unchanged: 2 }),
  ]);
  const after = await redis.dump();
  for (const [name, { value }] of before) expect(after.get(name)?.value).toBe(value);
  expect((await program([...at, "--on-conflict", "keep", "--verify"], { cwd })).code).toBe(0);
});

test("the same app, then --on-conflict merge: every message of both sides once, and a rerun writes nothing", async () => {
  const legacy = records(12, 2);
  await writeLegacy(join(cwd, "db.json"), legacy);
  await program(at, { cwd });
  await useForAWeek(legacy);
  const ids = (messages: readonly { readonly id: string }[]) => messages.map(({ id }) => id);
  const expected = await Promise.all(
    legacy.conversations.map(async (record) => {
      const held = JSON.parse((await redis.client.get(keyOf(record))) ?? "");
      return new Set([...ids((record as ReturnType<typeof conversation>).messages), ...ids(held.messages)]);
    }),
  );
  // So that there is something to do.
  await redis.client.del(keyOf(legacy.conversations.at(-1) ?? {}));
  const dry = await program([...at, "--dry-run"], { cwd });
  expect(dry.stdout).toMatch(
    /^Next: chatgpt-migrate .*\n {2}\(it leaves out 6 conflicts: decide first, with --on-conflict merge or keep\)$/m,
  );
  const merging = await program([...at, "--on-conflict", "merge"], { cwd });
  expect([merging.code, merging.stdout]).toEqual([
    0,
    expect.stringMatching(
      /^\d+ of 14 records are in Redis as in the files, or merged with them, \d kept in/m,
    ),
  ]);
  for (const [index, record] of legacy.conversations.entries()) {
    const { messages } = JSON.parse((await redis.client.get(keyOf(record))) ?? "");
    expect([messages.length, new Set(ids(messages))]).toEqual([expected[index]?.size, expected[index]]);
  }
  const { seen, result } = await programJson([...at, "--on-conflict", "merge"], { cwd });
  expect([seen.code, result.counts.conversations.updated, result.journal]).toEqual([0, 0, null]);
  const verified = await program([...at, "--on-conflict", "merge", "--verify"], { cwd });
  expect([verified.code, verified.stdout]).toEqual([
    0,
    expect.stringMatching(/\d+ kept in Redis' version, .* \(what was merged counts so too\), checked in/),
  ]);
});

test("an app that was switched first, then --on-conflict merge: every message of both sides once, in order", async () => {
  const id = conversation("0").id;
  const [one, two, three, four] = [1, 2, 3, 4].map((date) => ({ ...message("0", date), date }));
  await writeLegacy(join(cwd, "db.json"), {
    conversations: [{ id, userName: "User", messages: [one, two, three] }],
    keys: [],
  });
  await redis.client.set(
    keyOf({ id }),
    JSON.stringify({ id, userName: "User", messages: [three, four], lastActive: 4 }),
  );
  const { seen, result } = await programJson([...at, "--on-conflict", "merge"], { cwd });
  expect([seen.code, result.counts.conversations.updated]).toEqual([0, 1]);
  const merged = JSON.parse((await redis.client.get(keyOf({ id }))) ?? "");
  expect(merged).toEqual({ id, userName: "User", messages: [one, two, three, four], lastActive: 4 });
  expect(await redis.client.ttl(keyOf({ id }))).toBeGreaterThan(2_591_000);
  expect(
    (await programJson([...at, "--on-conflict", "merge"], { cwd })).result.counts.conversations.kept,
  ).toBe(1);
});
