import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
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

/** A run that must end with its own time limit, not with the 30 s that a run waits unless told; in between is a busy machine. */
async function endsWithin<T>(seconds: number, run: Promise<T>): Promise<T> {
  const started = Date.now();
  const result = await run;
  expect(Date.now() - started).toBeLessThan((seconds + 20) * 1000);
  return result;
}

async function expectAllThere(flags: readonly string[], count = many): Promise<void> {
  const proof = await programJson([...flags, "--verify"], { cwd });
  expect([proof.seen.code, proof.result.counts.conversations.matched]).toEqual([0, count]);
}

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

test("--retry-for 0 ends the run with the first lost connection", async () => {
  await writeMany(4_000);
  const redis = await startRedis();
  const proxy = await startProxy(redis.port);
  proxy.cutAfter(200_000);
  const { seen, result } = await programJson([...flagsTo(proxy.port), "--retry-for", "0"], { cwd });
  expect([seen.code, result.error]).toEqual([
    1,
    expect.objectContaining({
      code: "redis-lost",
      message: `Redis at 127.0.0.1:${proxy.port} was lost: the connection was closed`,
    }),
  ]);
});
