import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { conversation, records, writeLegacy } from "../support/legacy.js";
import { programJson, scratchFolder } from "../support/program.js";
import { type PrivateRedis, startRedis } from "../support/redis.js";

let cwd: string;
let redis: PrivateRedis;
let at: string[];

beforeEach(async () => {
  cwd = await scratchFolder();
  redis = await startRedis();
  at = ["--host", "127.0.0.1", "-p", String(redis.port)];
});

test("a row that needs more memory than Node has to parse it is rejected, and the others arrive", async () => {
  const { conversations } = records(3, 0);
  const long = { ...conversation("long"), note: "made-up ".repeat(5 * 1024 * 1024) };
  // A number with an exponent: such a row must be parsed, most others need not.
  const huge = { ...long, id: "huge", number: 1e21 };
  await writeLegacy(join(cwd, "db.json"), { conversations: [...conversations, long, huge], keys: [] });
  const env = { NODE_OPTIONS: "--max-old-space-size=100" };
  const rejects = ["--no-journal", "--rejects", "rejects.jsonl"];
  const { seen, result } = await programJson([...at, ...rejects], { cwd, env });
  expect([seen.code, result.error, await redis.client.dbSize()]).toEqual([3, null, 4]);
  expect(result.counts.conversations).toMatchObject({ read: 5, created: 4, invalid: 1 });
  expect(result.rejections[0]?.reason).toMatch(/NODE_OPTIONS=--max-old-space-size=\d+$/);
  const kept = JSON.parse(await readFile(join(cwd, "rejects.jsonl"), "utf8"));
  expect(JSON.parse(kept.raw)).toEqual(huge);
});

test("a value that Node has not the memory to keep in the journal is left alone, and a dry run says so", async () => {
  const one = conversation("one");
  await writeLegacy(join(cwd, "db.json"), { conversations: [one, conversation("other")], keys: [] });
  const held = "x".repeat(40 * 1024 * 1024);
  const key = `chatgpt:conversations:${one.id}`;
  await redis.client.set(key, held);
  const env = { NODE_OPTIONS: "--max-old-space-size=100" };
  const overwriting = [...at, "--on-conflict", "overwrite"];
  const planned = await programJson([...overwriting, "--dry-run"], { cwd, env });
  const { seen, result } = await programJson(overwriting, { cwd, env });
  expect([planned.seen.code, seen.code]).toEqual([3, 3]);
  expect(result.counts.conversations).toMatchObject({ read: 2, created: 1, failed: 1 });
  expect(planned.result.counts).toEqual(result.counts);
  expect(planned.result.differences).toEqual(result.differences);
  expect(await redis.client.strLen(key)).toBe(held.length);
  const unkept = await programJson([...overwriting, "--no-journal", "--dry-run"], { cwd, env });
  expect(unkept.result.counts.conversations).toMatchObject({ updated: 1, failed: 0 });
});

test("two rows with one id that Node has not the memory to compare are told so", async () => {
  const note = "made-up ".repeat(2 * 1024 * 1024);
  const twice = [1, 2].map((count) => ({ ...conversation("twice", count), note }));
  await writeLegacy(join(cwd, "db.json"), { conversations: [...twice, conversation("other")], keys: [] });
  const env = { NODE_OPTIONS: "--max-old-space-size=200" };
  const { seen, result } = await programJson([...at, "--no-journal"], { cwd, env });
  expect([seen.code, result.error]).toEqual([3, null]);
  expect(result.counts.conversations).toMatchObject({ read: 3, created: 2, duplicate: 1, leftOut: 1 });
  expect(result.differences[0]?.reason).toMatch(/could not be compared: .*--max-old-space-size=\d+$/);
});
