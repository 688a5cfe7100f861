import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { conversation, records, writeLegacy } from "../support/legacy.js";
import { program, programJson, resultOf, scratchFolder, startProgram } from "../support/program.js";
import { startProxy } from "../support/proxy.js";
import { until } from "../support/redis.js";
import { outcomesCounted, outcomesIn, reportLines } from "../support/report-lines.js";
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

const report = ["--report", "r.jsonl"];

const flagsTo = (port: number) => ["--host", "127.0.0.1", "-p", String(port)];

async function expectAllThere(flags: readonly string[], count = many): Promise<void> {
  const proof = await programJson([...flags, "--verify"], { cwd });
  expect([proof.seen.code, proof.result.counts.conversations.matched]).toEqual([0, count]);
}

test("Redis restarts without its data: what was written before is written again, and counts once", async () => {
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

test("Redis restarts without its data, and Ctrl-C comes before all is compared again: the warning says so", async () => {
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

test("a verification during which Redis restarts without its data finds all missing", async () => {
  await writeMany();
  const redis = await startRestartable();
  await program(flagsTo(redis.port), { cwd });
  const proxy = await startProxy(redis.port);
  const { seen } = startProgram([...flagsTo(proxy.port), "--verify", "--json", ...report], { cwd });
  await until(async () => proxy.bytesToServer() > 200_000);
  await redis.kill();
  await redis.start();
  const result = resultOf(await seen);
  expect([result.exitCode, result.counts.conversations]).toEqual([
    2,
    expect.objectContaining({ read: many, missing: many, matched: 0 }),
  ]);
  expect(outcomesIn(await reportLines(join(cwd, "r.jsonl")), "conversation")).toEqual([["missing", many]]);
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
  const merge = ["--on-conflict", "merge"];
  const { seen } = startProgram([...flagsTo(redis.port), ...merge, "--json", ...report], { cwd });
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
  const lines = await reportLines(join(cwd, "r.jsonl"));
  expect(lines.at(-1)).toMatchObject({ outcome: "failed", before: "updated", name: first.id, row: 0 });
  expect(outcomesIn(lines, "conversation")).toEqual(outcomesCounted(result.counts.conversations));
});
