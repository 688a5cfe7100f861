import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { records, writeLegacy } from "../support/legacy.js";
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

const journals = async () =>
  (await readdir(cwd)).filter((name) => /^chatgpt-migrate-[\dT-]+\.jsonl$/.test(name));

test("a journal whose last line was cut off serves; one damaged in its middle is refused", async () => {
  await writeLegacy(join(cwd, "db.json"), records(5, 0));
  await program([...at, "--journal", "j.jsonl"], { cwd });
  const text = await readFile(join(cwd, "j.jsonl"), "utf8");
  await truncate(join(cwd, "j.jsonl"), text.length - 20);
  const { result } = await programJson([...at, "--undo", "j.jsonl"], { cwd });
  expect(result.counts.conversations).toMatchObject({ read: 4, deleted: 4 });
  expect(result.warnings).toContainEqual(expect.objectContaining({ code: "journal-cut-off" }));
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
