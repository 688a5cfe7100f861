import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import type { RunResult } from "../../src/types.js";
import { conversation, records, writeLegacy } from "../support/legacy.js";
import { program, programJson, type Seen, scratchFolder, startProgram } from "../support/program.js";
import { startProxy } from "../support/proxy.js";
import { startRedis, until } from "../support/redis.js";
import { startRestartable } from "../support/restartable.js";

let cwd: string;

beforeEach(async () => {
  cwd = await scratchFolder();
});

/** More records than fit into what is under way at once, so that a run can be met in its middle. */
const many = 16_000;

const files = { [many]: records(many, 3), 4000: records(4_000, 3) };

async function writeMany(count: 4_000 | typeof many = many): Promise<void> {
  await writeLegacy(join(cwd, "db.json"), files[count]);
}

const flagsTo = (port: number) => ["--host", "127.0.0.1", "-p", String(port)];

function resultOf({ stdout }: Seen): RunResult {
  return JSON.parse(stdout) as RunResult;
}

/** A run that must have ended within its own time limit and five seconds. */
async function endsWithin<T>(seconds: number, run: Promise<T>): Promise<T> {
  const started = Date.now();
  const result = await run;
  expect(Date.now() - started).toBeLessThan((seconds + 5) * 1000);
  return result;
}

async function expectAllThere(flags: readonly string[], count = many): Promise<void> {
  const proof = await programJson([...flags, "--verify"], { cwd });
  expect([proof.seen.code, proof.result.counts.conversations.matched]).toEqual([0, count]);
}

describe("Redis goes away and comes back", () => {
  test("killed and started again five times: each record is created once, and all of them are there", async () => {
    await writeMany();
    const redis = await startRestartable({ arguments: ["--appendonly", "yes", "--appendfsync", "always"] });
    const { child, seen } = startProgram([...flagsTo(redis.port), "--json"], { cwd });
    for (let time = 1; time <= 5; time += 1) {
      const client = await redis.client();
      await until(async () => (await client.dbSize()) >= time * 1_500);
      await redis.kill();
      expect(child.exitCode).toBe(null);
      await redis.start();
    }
    const { code, stderr, ...rest } = await seen;
    expect([code, stderr]).toEqual([0, expect.stringContaining("trying again for up to 30 s")]);
    expect(resultOf({ code, stderr, ...rest }).counts.conversations).toMatchObject({
      read: many,
      created: many,
    });
    await expectAllThere(flagsTo(redis.port));
  });

  test("it has lost everything: what was written before is written again, and counts once", async () => {
    await writeMany();
    const redis = await startRestartable();
    const client = await redis.client();
    const { seen } = startProgram([...flagsTo(redis.port), "--json"], { cwd });
    await until(async () => (await client.dbSize()) >= 3_000);
    await redis.kill();
    await redis.start();
    const result = resultOf(await seen);
    expect([result.exitCode, result.counts.conversations]).toEqual([
      0,
      expect.objectContaining({ read: many, created: many, unchanged: 0 }),
    ]);
    expect(result.warnings).toContainEqual({
      code: "redis-restarted",
      message: expect.stringMatching(/[1-9]\d* records that it had lost were written again/),
    });
    await expectAllThere(flagsTo(redis.port));
    // What was written twice is taken back once.
    const undone = await programJson([...flagsTo(redis.port), "--undo", result.journal ?? ""], { cwd });
    expect([undone.seen.code, undone.result.counts.conversations]).toEqual([
      0,
      expect.objectContaining({ read: many, deleted: many }),
    ]);
  });

  test("it has lost everything, and Ctrl-C comes before that is looked at: no word of a second look", async () => {
    await writeMany();
    const redis = await startRestartable();
    const client = await redis.client();
    const { child, seen } = startProgram([...flagsTo(redis.port), "--json"], { cwd });
    let text = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    await until(async () => (await client.dbSize()) >= 1_000);
    await redis.kill();
    await redis.start();
    await until(async () => /is back/.test(text));
    child.kill("SIGINT");
    const result = resultOf(await seen);
    expect([result.exitCode, result.interrupted]).toEqual([130, "SIGINT"]);
    expect(result.warnings).toContainEqual({
      code: "redis-restarted",
      message: expect.stringMatching(/: not all was compared once more/),
    });
  });

  test("a verification does not prove what is no longer there", async () => {
    await writeMany();
    const redis = await startRestartable();
    await program(flagsTo(redis.port), { cwd });
    const proxy = await startProxy(redis.port);
    const { seen } = startProgram([...flagsTo(proxy.port), "--verify", "--json"], { cwd });
    await until(async () => proxy.bytesToServer() > 200_000);
    await redis.kill();
    await redis.start();
    const result = resultOf(await seen);
    expect([result.exitCode, result.counts.conversations]).toEqual([
      2,
      expect.objectContaining({ read: many, missing: many, matched: 0 }),
    ]);
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

  test("what is no Redis protocol, in mid-run, is a lost connection", async () => {
    await writeMany(4_000);
    const redis = await startRedis();
    const proxy = await startProxy(redis.port);
    const run = programJson(flagsTo(proxy.port), { cwd });
    await until(async () => proxy.bytesToServer() > 200_000);
    proxy.garble();
    const { seen, result } = await run;
    expect([seen.code, result.counts.conversations.created]).toEqual([0, 4_000]);
    expect(seen.stderr).toContain("it sent what is not Redis' protocol; trying again");
  });

  test("a replica in the place of a master becomes one again", async () => {
    await writeMany();
    const { port, client } = await startRedis();
    const { child, seen } = startProgram([...flagsTo(port), "--json"], { cwd });
    let text = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    await until(async () => (await client.dbSize()) > 1_000);
    await client.sendCommand(["REPLICAOF", "127.0.0.1", "1"]);
    await until(async () => /trying again/.test(text));
    await client.sendCommand(["REPLICAOF", "NO", "ONE"]);
    expect(resultOf(await seen)).toMatchObject({
      exitCode: 0,
      counts: { conversations: { created: many } },
    });
    await expectAllThere(flagsTo(port));
  });
});

describe("Redis does not come back in time: what was done is told, and a rerun does the rest", () => {
  const patience = ["--retry-for", "1"];

  /** Lets a run begin, does something to Redis in its middle, and gives what it ended with. */
  async function interruptedRun(
    flags: readonly string[],
    begun: () => Promise<boolean>,
    strike: () => unknown,
    limit: number,
  ) {
    const { seen } = startProgram([...flags, "--json"], { cwd });
    await until(begun);
    await strike();
    const ended = await endsWithin(limit, seen);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    return resultOf(ended);
  }

  test("it is gone", async () => {
    await writeMany();
    const redis = await startRestartable({ arguments: ["--appendonly", "yes", "--appendfsync", "always"] });
    const client = await redis.client();
    const begun = async () => (await client.dbSize()) >= 2_000;
    const result = await interruptedRun([...flagsTo(redis.port), ...patience], begun, () => redis.kill(), 1);
    expect(result).toMatchObject({ exitCode: 1, error: { code: "redis-lost" } });
    const { read, created = 0 } = result.counts.conversations;
    expect([created > 0, created]).toEqual([true, read]);
    await redis.start();
    const rerun = await programJson(flagsTo(redis.port), { cwd });
    expect(rerun.seen.code).toBe(0);
    await expectAllThere(flagsTo(redis.port));
  });

  test("it accepts and never answers", async () => {
    await writeMany();
    const redis = await startRestartable();
    const client = await redis.client();
    const begun = async () => (await client.dbSize()) >= 2_000;
    const flags = [...flagsTo(redis.port), ...patience, "--command-timeout", "500"];
    const result = await interruptedRun(flags, begun, () => redis.pause(), 1.5);
    expect(result).toMatchObject({ exitCode: 1, error: { code: "redis-lost" } });
    redis.resume();
    expect((await programJson(flagsTo(redis.port), { cwd })).seen.code).toBe(0);
  });

  test("a dry run and a verification of such a server end, too", async () => {
    await writeMany();
    const redis = await startRestartable();
    await program(flagsTo(redis.port), { cwd });
    for (const mode of ["--dry-run", "--verify"]) {
      const proxy = await startProxy(redis.port);
      const flags = [...flagsTo(proxy.port), mode, ...patience, "--command-timeout", "500"];
      const begun = async () => proxy.bytesToServer() > 200_000;
      const result = await interruptedRun(flags, begun, () => proxy.stall(), 1.5);
      expect([mode, result.exitCode, result.error?.code]).toEqual([mode, 1, "redis-lost"]);
    }
  });

  test("its memory is full: one error, and not one a record", async () => {
    await writeMany();
    const { port, client } = await startRedis();
    const begun = async () => (await client.dbSize()) >= 2_000;
    const strike = () => client.configSet("maxmemory", "1mb");
    const result = await interruptedRun(flagsTo(port), begun, strike, 0);
    expect(result).toMatchObject({
      exitCode: 1,
      error: { code: "redis-out-of-memory" },
      counts: { conversations: { failed: 0 } },
    });
    await client.configSet("maxmemory", "0");
    expect((await programJson(flagsTo(port), { cwd })).seen.code).toBe(0);
    await expectAllThere(flagsTo(port));
  });

  test("it has become a replica for good", async () => {
    await writeMany();
    const { port, client } = await startRedis();
    const begun = async () => (await client.dbSize()) >= 2_000;
    const strike = () => client.sendCommand(["REPLICAOF", "127.0.0.1", "1"]);
    const result = await interruptedRun([...flagsTo(port), ...patience], begun, strike, 1);
    expect(result).toMatchObject({ exitCode: 1, error: { code: "redis-not-master" } });
  });

  test("the user may no longer write", async () => {
    await writeMany();
    const { port, client } = await startRedis({
      arguments: ["--user", "mover", "on", ">made-up", "~*", "+@all"],
    });
    const flags = [...flagsTo(port), "--username", "mover", "-a", "made-up"];
    const begun = async () => (await client.dbSize()) >= 2_000;
    const strike = () => client.sendCommand(["ACL", "SETUSER", "mover", "-set"]);
    const result = await interruptedRun(flags, begun, strike, 0);
    expect(result).toMatchObject({ exitCode: 1, error: { code: "redis-no-permission" } });
    expect(result.error?.message).toContain("'set' command");
  });

  test("Ctrl-C while it is waited for ends the run at once", async () => {
    await writeMany();
    const redis = await startRestartable();
    const client = await redis.client();
    const { child, seen } = startProgram([...flagsTo(redis.port), "--json"], { cwd });
    let text = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    await until(async () => (await client.dbSize()) >= 2_000);
    await redis.kill();
    await until(async () => /trying again/.test(text));
    child.kill("SIGINT");
    const result = resultOf(await endsWithin(0, seen));
    expect(result).toMatchObject({ exitCode: 130, interrupted: "SIGINT", error: null });
  });
});

test("--retry-for 0 takes the first loss for the last", async () => {
  await writeMany(4_000);
  const redis = await startRedis();
  const proxy = await startProxy(redis.port);
  const run = programJson([...flagsTo(proxy.port), "--retry-for", "0"], { cwd });
  await until(async () => proxy.bytesToServer() > 200_000);
  proxy.cut();
  const { seen, result } = await run;
  expect([seen.code, result.error]).toEqual([
    1,
    expect.objectContaining({
      code: "redis-lost",
      message: `Redis at 127.0.0.1:${proxy.port} was lost: the connection was closed`,
    }),
  ]);
});

test("a merged value that Redis lost is told by name, for half of it is in the journal alone", async () => {
  const [first] = [conversation("0", 2)];
  const rest = records(many, 0).conversations.slice(1);
  await writeLegacy(join(cwd, "db.json"), { conversations: [first, ...rest], keys: [] });
  const redis = await startRestartable();
  const client = await redis.client();
  const key = `chatgpt:conversations:${first.id}`;
  await client.set(
    key,
    JSON.stringify({ ...first, messages: [{ id: "m", type: 1, content: "x", date: 1 }] }),
  );
  const { seen } = startProgram([...flagsTo(redis.port), "--on-conflict", "merge", "--json"], { cwd });
  await until(async () => (await client.dbSize()) >= 3_000);
  await redis.kill();
  await redis.start();
  const result = resultOf(await seen);
  expect([result.exitCode, result.counts.conversations]).toEqual([
    3,
    expect.objectContaining({ created: many - 1, updated: 0, failed: 1 }),
  ]);
  expect(result.differences).toContainEqual(
    expect.objectContaining({
      name: first.id,
      difference: "failed",
      reason: expect.stringContaining("merged"),
    }),
  );
});
