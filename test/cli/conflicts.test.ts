import { readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { type apiKey, conversation, message, records, writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder, startProgram } from "../support/program.js";
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

const keyOf = (record: object) => `chatgpt:conversations:${(record as { id: string }).id}`;

const journals = async () =>
  (await readdir(cwd)).filter((name) => /^chatgpt-migrate-[\dT-]+\.jsonl$/.test(name));

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
  expect((await program([...at, "--on-conflict", "merge"], { cwd })).code).toBe(0);
  for (const [index, record] of legacy.conversations.entries()) {
    const { messages } = JSON.parse((await redis.client.get(keyOf(record))) ?? "");
    expect([messages.length, new Set(ids(messages))]).toEqual([expected[index]?.size, expected[index]]);
  }
  const { seen, result } = await programJson([...at, "--on-conflict", "merge"], { cwd });
  expect([seen.code, result.counts.conversations.updated, result.journal]).toEqual([0, 0, null]);
  expect((await program([...at, "--on-conflict", "merge", "--verify"], { cwd })).code).toBe(0);
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

test("a journal whose last line was cut off serves; one damaged in its middle is refused", async () => {
  await writeLegacy(join(cwd, "db.json"), records(5, 0));
  await program([...at, "--journal", "j.jsonl"], { cwd });
  const text = await readFile(join(cwd, "j.jsonl"), "utf8");
  await truncate(join(cwd, "j.jsonl"), text.length - 20);
  const { result } = await programJson([...at, "--undo", "j.jsonl"], { cwd });
  expect(result.counts.conversations).toMatchObject({ read: 4, deleted: 4 });
  await writeFile(join(cwd, "bad.jsonl"), text.replace('"op":"create","n":2', '"op":"create","n":'));
  const bad = await program([...at, "--undo", "bad.jsonl"], { cwd });
  expect([bad.code, bad.stderr]).toEqual([1, expect.stringContaining("line 4 is damaged")]);
});

test("no journal is left by a run that changes nothing, by --no-journal, or over an existing file", async () => {
  await writeLegacy(join(cwd, "db.json"), records(2, 1));
  await program([...at, "--no-journal"], { cwd });
  const { result } = await programJson(at, { cwd });
  expect([result.journal, await journals()]).toEqual([null, []]);
  await redis.client.flushAll();
  await writeFile(join(cwd, "mine.jsonl"), "mine");
  const { code, stderr } = await program([...at, "--journal", "mine.jsonl"], { cwd });
  expect([code, stderr]).toEqual([1, expect.stringContaining("mine.jsonl: exists already")]);
  // Nobody knows yet what the file holds.
  expect(stderr).not.toContain("holds neither");
  expect(await readFile(join(cwd, "mine.jsonl"), "utf8")).toBe("mine");
  expect(await redis.client.dbSize()).toBe(0);
});

test("where the journal cannot be written, nothing is", async () => {
  await writeLegacy(join(cwd, "db.json"), records(2_000, 1));
  const { code, stderr } = await program([...at, "--journal", "no/such/folder/j.jsonl"], { cwd });
  expect([code, stderr]).toEqual([1, expect.stringContaining("the journal cannot be written")]);
  expect(await redis.client.dbSize()).toBe(0);
});
