import { existsSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeEach, describe, expect, test } from "vitest";
import type { RunResult as Published } from "../../dist/types/run-result.js";
import { type RunResult, runResult } from "../../src/types/run-result.js";
import { apiKey, conversation, records, writeLegacy } from "../support/legacy.js";
import { programJson, resultOf, type Seen, scratchFolder, startProgram } from "../support/program.js";
import { freePort, type PrivateRedis, startRedis, until } from "../support/redis.js";

const isPublishedShape = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync("dist/result.schema.json", "utf8")),
);

let cwd: string;
let redis: PrivateRedis;

beforeEach(async () => {
  cwd = await scratchFolder();
  redis = await startRedis();
});

/** What a run with these flags says, which is of the shape that zod checks and of the one that is published. */
async function runJson(...flags: string[]): Promise<{ readonly seen: Seen; readonly result: RunResult }> {
  const run = await programJson(["-p", String(redis.port), ...flags], { cwd });
  expectPublishedShape(run.result);
  return run;
}

function expectPublishedShape(result: RunResult): void {
  isPublishedShape(result);
  expect(isPublishedShape.errors).toBeNull();
}

/** Something of all that a result can list: new, other, duplicate and invalid records, and a damaged end. */
async function writeMixed(): Promise<void> {
  const twice = conversation("twice");
  const conversations = [
    conversation("new"),
    conversation("other"),
    twice,
    { ...twice, userName: "b" },
    { id: "c" },
  ];
  await writeLegacy(join(cwd, "db.json"), { conversations, keys: [apiKey("a")] });
  const text = await readFile(join(cwd, "db.json"), "utf8");
  await writeFile(join(cwd, "db.json"), text.slice(0, -3));
  const { id } = conversation("other") as { id: string };
  await redis.client.set(`chatgpt:conversations:${id}`, JSON.stringify({ ...conversation("x"), id }));
}

describe("the JSON result is of the published shape", () => {
  test("in every mode", async () => {
    await writeMixed();
    const dry = await runJson("--dry-run", "--verbose");
    expect(dry.result.estimatedMemoryBytes).toBeGreaterThan(0);
    const { result } = await runJson("--rejects", "rejects.txt", "--details", "1");
    expect(result).toMatchObject({ exitCode: 3, truncated: true, differences: [{}], rejections: [{}] });
    expect((await runJson("--verify")).result).toMatchObject({ mode: "verify", exitCode: 2 });
    const undo = (...more: string[]) => runJson("--undo", result.journal ?? "", ...more);
    expect((await undo("--dry-run")).result).toMatchObject({ mode: "undo", dryRun: true });
    expect((await undo()).result).toMatchObject({ mode: "undo", dryRun: false, exitCode: 0 });
  });

  test("with --strict, where that keeps everything from being written", async () => {
    await writeMixed();
    const { result } = await runJson("--strict");
    expect(result.warnings.map(({ code }) => code)).toContain("strict");
  });

  test("where the command line is wrong", async () => {
    const { result } = await runJson("--ttl", "soon");
    expect(result).toMatchObject({ exitCode: 1, target: null, error: { code: "usage" } });
  });

  test("where there is no file", async () => {
    expect((await runJson()).result.error?.code).toBe("source-missing");
  });

  test("where nothing listens", async () => {
    await writeMixed();
    const { result } = await programJson(["-p", String(await freePort())], { cwd });
    expectPublishedShape(result);
    expect(result).toMatchObject({ error: { code: "redis-refused" }, target: { server: null } });
  });

  test("where the preflight check refuses", async () => {
    await writeMixed();
    await redis.client.sendCommand(["ACL", "SETUSER", "default", "-set"]);
    const { result } = await runJson();
    expect(result).toMatchObject({ error: { code: "redis-unfit" }, exitCode: 1 });
    expect(result.preflight.map(({ code }) => code)).toContain("permission");
  });

  test("where it is interrupted", async () => {
    await writeLegacy(join(cwd, "db.json"), records(2_000, 0));
    await redis.client.sendCommand(["CLIENT", "PAUSE", "60000", "WRITE"]);
    const { child, seen } = startProgram(["-p", String(redis.port), "--json"], { cwd });
    await until(async () => /cmd=set/.test(await redis.client.sendCommand<string>(["CLIENT", "LIST"])));
    child.kill("SIGTERM");
    await redis.client.sendCommand(["CLIENT", "UNPAUSE"]);
    const result = resultOf(await seen);
    expectPublishedShape(result);
    expect(result).toMatchObject({ interrupted: "SIGTERM", exitCode: 143 });
  });
});

test("neither shape takes a member that it does not know, or a code", async () => {
  await writeLegacy(join(cwd, "db.json"), records(1, 0));
  const { result } = await runJson();
  for (const wrong of [
    { ...result, more: 1 },
    { ...result, reading: { ...result.reading, more: 1 } },
    { ...result, warnings: [{ code: "made-up", message: "x" }] },
    { ...result, error: { code: "made-up", message: "x", hint: "x" } },
  ]) {
    expect([isPublishedShape(wrong), runResult.safeParse(wrong).success]).toEqual([false, false]);
  }
});

test("the published types are those that the program uses", () => {
  const there = (result: RunResult): Published => result;
  const back = (result: Published): RunResult => result;
  expect([there, back]).toHaveLength(2);
  expect(existsSync("dist/types/run-result.d.ts")).toBe(true);
});
