import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { apiKey, conversation, records, writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder } from "../support/program.js";
import { type PrivateRedis, startRedis } from "../support/redis.js";

let cwd: string;
let redis: PrivateRedis;
let at: string[];

beforeEach(async () => {
  cwd = await scratchFolder();
  redis = await startRedis();
  at = ["-p", String(redis.port)];
});

test("--only migrates, counts and verifies one kind alone", async () => {
  await writeLegacy(join(cwd, "db.json"), records(4, 3));
  const { result } = await programJson([...at, "--only", "keys"], { cwd });
  expect([result.counts.conversations.read, result.counts.keys.created]).toEqual([0, 3]);
  await redis.client.set("chatgpt:conversations:extra", "{}");
  const verified = await programJson([...at, "--only", "keys", "--verify"], { cwd });
  expect([verified.seen.code, verified.result.differences]).toEqual([0, []]);
  await program([...at, "--only", "conversations"], { cwd });
  expect(await redis.client.dbSize()).toBe(3 + 4 + 1);
});

test("--strict lists all that is wrong, and writes nothing", async () => {
  const wrong = Array.from({ length: 30 }, (_, at) => ({ id: `wrong ${at}` }));
  await writeLegacy(join(cwd, "a.json"), records(5, 1));
  await writeLegacy(join(cwd, "b.json"), { conversations: [conversation("b"), ...wrong], keys: [] });
  const { seen, result } = await programJson([...at, "--strict", "a.json", "b.json"], { cwd });
  expect(seen.code).toBe(3);
  expect(await redis.client.dbSize()).toBe(0);
  expect(result.counts.conversations).toMatchObject({ read: 30, invalid: 30, created: 0 });
  expect([result.rejections.length, result.truncated]).toEqual([30, false]);
  expect(result.warnings.map(({ code }) => code)).toContain("strict");
  const { stdout, stderr } = await program([...at, "--strict", "a.json", "b.json"], { cwd });
  const read =
    "Nothing was written: --strict, and not all records are valid: 30 invalid records among 37 records in";
  expect(stdout).toContain(read);
  const twice = await program([...at, "--strict", "--on-duplicate", "newest", "a.json", "b.json"], { cwd });
  const amount = (text: string) => text.slice(text.indexOf(read)).split(", ")[1];
  expect(amount(twice.stdout)).toBe(amount(stdout));
  expect(stdout).not.toContain("In the app");
  expect(stderr).not.toContain("holds neither");
  expect((await program([...at, "--strict", "a.json"], { cwd })).code).toBe(0);
  expect(await redis.client.dbSize()).toBe(6);
});

test.each([
  ["first", "early", 2],
  ["newest", "late", 2],
])(
  "--on-duplicate %s, within a file and across files, names both places",
  async (which, wanted, duplicates) => {
    const same = (userName: string, lastActive: number) => ({
      id: "same",
      userName,
      messages: [],
      lastActive,
    });
    await writeLegacy(join(cwd, "a.json"), {
      conversations: [same("early", 1), same("middle", 2)],
      keys: [],
    });
    await writeLegacy(join(cwd, "b.json"), { conversations: [same("late", 3)], keys: [apiKey("b")] });
    const { result } = await programJson([...at, "--on-duplicate", which, "a.json", "b.json"], { cwd });
    expect(result.counts.conversations).toMatchObject({ read: 3, created: 1, duplicate: duplicates });
    expect(JSON.parse((await redis.client.get("chatgpt:conversations:same")) ?? "").userName).toBe(wanted);
    const places =
      which === "first"
        ? ["a.json, conversations row 1", "a.json, conversations row 0"]
        : ["a.json, conversations row 0", "b.json, conversations row 0"];
    const { message } = result.warnings.find(({ code }) => code === "duplicate") ?? { message: "" };
    for (const place of places) expect(message).toContain(place);
  },
);

test("--rejects keeps the raw bytes of whatever could not be migrated, for its owner alone", async () => {
  await writeLegacy(join(cwd, "db.json"), records(3, 1));
  const text = (await readFile(join(cwd, "db.json"), "latin1")).replace('"messages"', '"massages"');
  const broken = text.replace("User", "\xff\xfe").replace(/\}\s*\],\s*"name": "conversations"[\s\S]*$/, "");
  await writeFile(join(cwd, "db.json"), broken, "latin1");
  const held = records(3, 1).conversations[1] as { id: string };
  await redis.client.set(`chatgpt:conversations:${held.id}`, '{"other":1}');
  const { seen, result } = await programJson([...at, "--rejects", "rejects.jsonl"], { cwd });
  expect([seen.code, result.rejects]).toEqual([3, "rejects.jsonl"]);
  expect((await stat(join(cwd, "rejects.jsonl"))).mode & 0o777).toBe(0o600);
  const lines = (await readFile(join(cwd, "rejects.jsonl"), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ kind, index }) => [kind, index]).sort()).toEqual([
    ["conversation", 0],
    ["conversation", 1],
    ["conversation", 2],
  ]);
  for (const line of lines) {
    const raw = line.base64 === undefined ? Buffer.from(line.raw) : Buffer.from(line.base64, "base64");
    if (line.index === 1) expect(JSON.parse(raw.toString())).toEqual(held);
    else expect(broken.slice(line.offset, line.offset + raw.length)).toBe(raw.toString("latin1"));
  }
  expect(lines.find(({ index }) => index === 0).base64).toBeDefined();
});

test("--rejects never writes to a file that exists, and leaves none where nothing was rejected", async () => {
  await writeLegacy(join(cwd, "db.json"), records(1, 1));
  await writeFile(join(cwd, "old.jsonl"), "the last copy");
  const { code, stderr } = await program([...at, "--rejects", "old.jsonl"], { cwd });
  expect([code, stderr]).toEqual([1, expect.stringContaining("old.jsonl: exists already")]);
  expect(await readFile(join(cwd, "old.jsonl"), "utf8")).toBe("the last copy");
  expect(await redis.client.dbSize()).toBe(0);
  const { seen, result } = await programJson([...at, "--rejects", "none.jsonl"], { cwd });
  expect([seen.code, result.rejects]).toEqual([0, null]);
  await expect(stat(join(cwd, "none.jsonl"))).rejects.toThrow();
});

test("the file of --rejects is named at the end of a run, and of one that was stopped", async () => {
  const kept = "What was rejected is kept in r.jsonl, with its messages and API keys.";
  const { conversations } = records(200, 0);
  await writeLegacy(join(cwd, "db.json"), { conversations: [{ id: "a" }, ...conversations], keys: [] });
  const flags = [...at, "--rejects", "r.jsonl"];
  const strict = await program([...flags, "--strict"], { cwd });
  expect([strict.code, strict.stdout]).toEqual([3, expect.stringContaining(kept)]);
  await rm(join(cwd, "r.jsonl"));
  const stopped = await program([...flags, "--journal", "no/such/folder/j"], { cwd });
  expect([stopped.code, stopped.stdout]).toEqual([1, expect.stringContaining(kept)]);
  await rm(join(cwd, "r.jsonl"));
  const planned = await program([...flags, "--dry-run"], { cwd });
  expect([planned.code, planned.stdout]).toEqual([3, expect.not.stringContaining("r.jsonl, with")]);
});

test("what lies at the limits is migrated or rejected, and never crashes", async () => {
  const deep = `{"id":"deep","messages":[{"content":${"[".repeat(100_000)}${"]".repeat(100_000)}}]}`;
  const long = "x".repeat(100_000);
  const rows = [
    deep,
    JSON.stringify({ id: long, userName: "long id", messages: [] }),
    '{"id":"__proto__","userName":"u","messages":[],"__proto__":{"a":1}}',
    '{"id":"half \\ud83d","userName":"u","messages":[]}',
    '{"id":"text","userName":"u","messages":[{"type":1,"date":1,"content":"half \\ud83d"}]}',
    '{"id":12345678901234567890,"userName":"u","messages":[]}',
  ];
  await writeFile(join(cwd, "db.json"), `{"conversations":{"rows":[${rows.join(",\n")}]}}`);
  const { seen, result } = await programJson(at, { cwd });
  expect(seen.code).toBe(3);
  expect(result.rejections.map(({ place, reason }) => [place.index, reason])).toEqual([
    [0, expect.stringContaining("nested too deeply")],
  ]);
  const warned = result.warnings.map(({ code }) => code);
  expect(warned).toEqual(expect.arrayContaining(["number-rounded", "surrogate-in-id"]));
  const get = (id: string) => redis.client.get(`chatgpt:conversations:${id}`);
  expect(await get(long)).toBe(rows[1]);
  expect(await get("__proto__")).toBe(rows[2]);
  expect(await get("half \ufffd")).toBe(rows[3]);
  expect(await get("text")).toBe(rows[4]);
  expect(await get("12345678901234567000")).toBe('{"id":12345678901234567000,"userName":"u","messages":[]}');
  expect((await program([...at, "--verify"], { cwd })).code).toBe(3);
});
