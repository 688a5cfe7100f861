import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { apiKey, conversation, records, writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";

const flagsTo = (port: number) => ["--host", "127.0.0.1", "-p", String(port)];

const total = ({ counts }: Awaited<ReturnType<typeof programJson>>["result"], name: string) =>
  [counts.conversations, counts.keys].reduce(
    (sum, one) => sum + (Object.entries(one).find(([word]) => word === name)?.[1] ?? 0),
    0,
  );

test("a migration, its rerun, its verification and its undo", async () => {
  const cwd = await scratchFolder();
  const { port, client, dump } = await startRedis();
  await writeLegacy(join(cwd, "db.json"), records(300, 20));
  const seen = async (...flags: string[]) => {
    const { seen, result } = await programJson([...flagsTo(port), ...flags], { cwd });
    return { code: seen.code, result };
  };
  const rehearsed = await seen("--dry-run");
  expect([rehearsed.code, total(rehearsed.result, "created"), await client.dbSize()]).toEqual([0, 320, 0]);
  const migrated = await seen("--journal", "journal.jsonl");
  expect([migrated.code, total(migrated.result, "created"), await client.dbSize()]).toEqual([0, 320, 320]);
  const { id } = conversation("7");
  const ttl = await client.ttl(`chatgpt:conversations:${id}`);
  expect(ttl).toBeGreaterThan(30 * 24 * 60 * 60 - 600);
  expect(await client.ttl(`chatgpt:keys:${apiKey("3").key}`)).toBe(-1);
  const verified = await seen("--verify");
  expect([verified.code, total(verified.result, "matched")]).toEqual([0, 320]);
  const again = await seen();
  expect([again.code, total(again.result, "unchanged")]).toEqual([0, 320]);
  await client.del(`chatgpt:conversations:${id}`);
  expect((await seen("--verify")).code).toBe(2);
  const undone = await seen("--undo", "journal.jsonl");
  expect([undone.code, (await dump()).size]).toEqual([0, 0]);
});

test("what an update replaced comes back by its journal, line and paragraph separators in it", async () => {
  const cwd = await scratchFolder();
  const { port, client } = await startRedis();
  const texts = [
    "\u2028",
    "\u2029",
    "before\u2028between\u2029behind",
    "\u0085 \u000b \u000c",
    "\ud800 alone",
  ];
  const file = texts.map((text, at) => ({ ...conversation(`${at}`), userName: `file ${text}` }));
  await writeLegacy(join(cwd, "db.json"), { conversations: file, keys: [] });
  // Some of another type, which are restored from their DUMP.
  await client.rPush("chatgpt:conversations:list", ["\u2028", "b"]);
  const before = new Map<string, string>();
  for (const one of file) {
    const key = `chatgpt:conversations:${one.id}`;
    before.set(key, JSON.stringify({ ...one, userName: `Redis ${one.userName}` }));
    await client.set(key, before.get(key) ?? "", { EX: 5_000 });
  }
  const overwrite = ["--on-conflict", "overwrite", "--journal", "journal.jsonl"];
  expect((await program([...flagsTo(port), ...overwrite], { cwd })).code).toBe(0);
  expect(await readFile(join(cwd, "journal.jsonl"), "utf8")).toContain("\u2028");
  for (const key of before.keys()) expect(await client.get(key)).not.toBe(before.get(key));
  const { seen, result } = await programJson([...flagsTo(port), "--undo", "journal.jsonl"], { cwd });
  expect([seen.code, total(result, "restored")]).toEqual([0, texts.length]);
  for (const [key, value] of before) {
    expect(await client.get(key)).toBe(value);
    expect(await client.ttl(key)).toBeGreaterThan(4_000);
  }
});

test("a value of another type is replaced when told so, and restored", async () => {
  const cwd = await scratchFolder();
  const { port, client } = await startRedis();
  const one = conversation("1");
  const key = `chatgpt:conversations:${one.id}`;
  await writeLegacy(join(cwd, "db.json"), { conversations: [one], keys: [] });
  await client.rPush(key, ["a", "b"]);
  const overwrite = ["--on-conflict", "overwrite", "--journal", "journal.jsonl"];
  expect((await program([...flagsTo(port), ...overwrite], { cwd })).code).toBe(0);
  expect(await client.get(key)).toBe(JSON.stringify(one));
  expect((await program([...flagsTo(port), "--undo", "journal.jsonl"], { cwd })).code).toBe(0);
  expect(await client.lRange(key, 0, -1)).toEqual(["a", "b"]);
});
