import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { records, writeLegacy } from "../support/legacy.js";
import { program, programJson, resultOf, scratchFolder, startProgram } from "../support/program.js";
import { startProxy } from "../support/proxy.js";
import { startRedis, until } from "../support/redis.js";
import { startRestartable } from "../support/restartable-redis.js";

let cwd: string;

beforeEach(async () => {
  cwd = await scratchFolder();
});

/** More records than are in flight at once, so that a run can be met in its middle. */
const many = 16_000;

const files = { [many]: records(many, 3), 4000: records(4_000, 3) };

async function writeMany(count: 4_000 | typeof many = many): Promise<void> {
  await writeLegacy(join(cwd, "db.json"), files[count]);
}

const flagsTo = (port: number) => ["--host", "127.0.0.1", "-p", String(port)];

async function expectAllThere(flags: readonly string[], count = many): Promise<void> {
  const proof = await programJson([...flags, "--verify"], { cwd });
  expect([proof.seen.code, proof.result.counts.conversations.matched]).toEqual([0, count]);
}

test("Redis is killed and started again five times: each record is created once, and all of them are there", async () => {
  await writeMany();
  const redis = await startRestartable({ arguments: ["--appendonly", "yes", "--appendfsync", "always"] });
  const proxy = await startProxy(redis.port);
  let kills = 0;
  const killSoon = () =>
    proxy.after(1_000_000, async () => {
      await redis.kill();
      await redis.start();
      kills += 1;
      if (kills < 5) killSoon();
    });
  killSoon();
  const { code, stderr, ...rest } = await startProgram([...flagsTo(proxy.port), "--json"], { cwd }).seen;
  expect(kills).toBe(5);
  expect([code, stderr]).toEqual([0, expect.stringContaining("trying again for up to 30 s")]);
  expect(resultOf({ code, stderr, ...rest }).counts.conversations).toMatchObject({
    read: many,
    created: many,
  });
  await expectAllThere(flagsTo(redis.port));
});

test("a connection that is cut again and again costs nothing and counts nothing twice", async () => {
  await writeMany(4_000);
  const redis = await startRedis();
  const proxy = await startProxy(redis.port);
  const { child, seen } = startProgram([...flagsTo(proxy.port), "--json"], { cwd });
  for (let time = 1; time <= 6; time += 1) {
    const before = proxy.connections();
    await until(async () => proxy.bytesToServer() > time * 150_000);
    proxy.cutAfter(20_000 + time);
    await until(async () => proxy.connections() > before || child.exitCode !== null);
  }
  const result = resultOf(await seen);
  expect([result.exitCode, result.counts.conversations]).toEqual([
    0,
    expect.objectContaining({ read: 4_000, created: 4_000, unchanged: 0 }),
  ]);
  // The same process answered all the time, so there was nothing to look for.
  expect(result.warnings).toEqual([]);
  await expectAllThere(flagsTo(redis.port), 4_000);
});

test("replacing, too, is done once where its answer was lost", async () => {
  await writeMany(4_000);
  const redis = await startRedis();
  await program([...flagsTo(redis.port), "--no-journal"], { cwd });
  const used = records(4_000, 0).conversations.map((record) => ({ ...record, lastActive: Date.now() }));
  await writeLegacy(join(cwd, "db.json"), { conversations: used, keys: [] });
  const proxy = await startProxy(redis.port);
  const run = programJson(flagsTo(proxy.port), { cwd });
  for (let time = 1; time <= 4; time += 1) {
    await until(async () => proxy.bytesToServer() > time * 300_000);
    proxy.cutAfter(10_000 + time);
  }
  const { seen, result } = await run;
  expect([seen.code, result.counts.conversations]).toEqual([
    0,
    expect.objectContaining({ read: 4_000, updated: 4_000, unchanged: 0, conflict: 0 }),
  ]);
  const undo = ["--undo", result.journal ?? ""];
  const undone = await programJson([...flagsTo(proxy.port), ...undo], { cwd });
  expect([undone.seen.code, undone.result.counts.conversations.restored]).toEqual([0, 4_000]);
});

test("a reply that is not Redis' protocol, in mid-run, is a lost connection", async () => {
  await writeMany(4_000);
  const redis = await startRedis();
  const proxy = await startProxy(redis.port);
  proxy.after(200_000, () => proxy.garble());
  const { seen, result } = await programJson(flagsTo(proxy.port), { cwd });
  expect([seen.code, result.counts.conversations.created]).toEqual([0, 4_000]);
  expect(seen.stderr).toContain("it sent what is not Redis' protocol; trying again");
});

test("a master that is made a replica, and a master again, is waited for", async () => {
  await writeMany();
  const { port, client } = await startRedis();
  const proxy = await startProxy(port);
  proxy.after(1_000_000, () => client.sendCommand(["REPLICAOF", "127.0.0.1", "1"]));
  const { child, seen } = startProgram([...flagsTo(proxy.port), "--json"], { cwd });
  let text = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  await until(async () => /trying again/.test(text));
  await client.sendCommand(["REPLICAOF", "NO", "ONE"]);
  expect(resultOf(await seen)).toMatchObject({
    exitCode: 0,
    counts: { conversations: { created: many } },
  });
  await expectAllThere(flagsTo(port));
});
