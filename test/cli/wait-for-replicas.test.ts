import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import type { RunResult } from "../../src/types/run-result.js";
import { records, writeLegacy } from "../support/legacy.js";
import { resultOf, scratchFolder, startProgram } from "../support/program.js";
import { startRedis, until } from "../support/redis.js";
import { startReplica } from "../support/replica.js";

let cwd: string;
const many = 12_000;
const legacy = records(many, 30);

beforeEach(async () => {
  cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), legacy);
});

const flagsTo = (port: number) => ["--host", "127.0.0.1", "-p", String(port)];

function begin(flags: readonly string[]) {
  const { child, seen } = startProgram([...flags, "--json"], { cwd });
  return { child, result: seen.then(resultOf) };
}

test("a replica that has not acknowledged the last write in time is told, and one that has is not", async () => {
  const master = await startRedis();
  const replica = await startReplica(master);
  const flags = [...flagsTo(master.port), "--command-timeout", "1000"];
  const behind = (warnings: RunResult["warnings"]) =>
    warnings.filter(({ code }) => code === "replicas-behind").map(({ message }) => message);
  const first = await begin(flags).result;
  expect([first.exitCode, behind(first.warnings)]).toEqual([0, []]);
  await master.client.flushAll();
  replica.process.kill("SIGSTOP");
  const { exitCode, warnings } = await begin(flags).result;
  expect([exitCode, behind(warnings)]).toEqual([
    0,
    [
      `Redis at 127.0.0.1:${master.port}: its replica has not acknowledged the last write within 0.5 s: a failover now could lose what this run wrote`,
    ],
  ]);
});

test("a user who may not WAIT learns from INFO what replicas have", async () => {
  const master = await startRedis({
    arguments: ["--user", "mover", "on", ">made-up", "~*", "+@all", "-wait"],
  });
  const replica = await startReplica(master);
  const login = ["--username", "mover", "-a", "made-up", "--command-timeout", "6000"];
  const flags = [...flagsTo(master.port), ...login];
  const codes = ({ warnings }: RunResult) => warnings.map(({ code }) => code);
  const first = await begin(flags).result;
  expect([first.exitCode, codes(first)]).toEqual([0, ["without", "password-shown"]]);
  expect(first.warnings[0]?.message).toContain("WAIT: what its replicas have is asked of INFO alone");
  await master.client.flushAll();
  replica.process.kill("SIGSTOP");
  expect(codes(await begin(flags).result)).toContain("replicas-behind");
});

test("a user who may not call INFO is told beforehand what is not checked at the end", async () => {
  const master = await startRedis({
    arguments: ["--user", "mover", "on", ">made-up", "~*", "+@all", "-info"],
  });
  const flags = [...flagsTo(master.port), "--username", "mover", "-a", "made-up"];
  for (const [mode, evictions, told] of [
    [
      "--no-journal",
      null,
      "whether it evicted keys, is still the same master and its replicas have all that was written (INFO)",
    ],
    ["--verify", 0, "whether it is still the same master (INFO)"],
  ] as const) {
    const { exitCode, evicted, warnings } = await begin([...flags, mode]).result;
    // A 0 would say that a migration knows of none.
    expect([exitCode, evicted, warnings[0]?.code, warnings.length]).toEqual([0, evictions, "unchecked", 2]);
    expect(warnings[0]?.message).toContain(told);
  }
});

test("Ctrl-C while it waits for replicas ends the run at once", async () => {
  const master = await startRedis();
  const replica = await startReplica(master);
  replica.process.kill("SIGSTOP");
  const { child, result } = begin([...flagsTo(master.port), "--command-timeout", "120000"]);
  await until(async () => /blocked_clients:1\r/.test(await master.client.info("clients")));
  child.kill("SIGINT");
  expect(await result).toMatchObject({
    exitCode: 130,
    error: null,
    counts: { conversations: { created: many } },
  });
});
