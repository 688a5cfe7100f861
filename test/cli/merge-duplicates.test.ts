import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { conversation, message, messageText, writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder } from "../support/program.js";
import { type PrivateRedis, redisOfFile } from "../support/redis.js";

const redisOf = redisOfFile();
let cwd: string;
let redis: PrivateRedis;
let at: string[];

beforeEach(async () => {
  cwd = await scratchFolder();
  redis = redisOf();
  at = ["-p", String(redis.port), "--on-duplicate", "merge"];
});

const fileOf = (conversations: readonly unknown[], keys: readonly unknown[] = []) =>
  JSON.stringify({
    keys: { rows: keys, name: "keys" },
    conversations: { rows: conversations, name: "conversations" },
  });

const write = (name: string, content: string | Buffer) => writeFile(join(cwd, name), content);

const { id } = conversation("same");
const history = (...seeds: readonly number[]) => seeds.map((seed) => message("m", seed));
const version = (messages: readonly object[], rest: object = {}) => ({
  id,
  userName: "u",
  messages,
  ...rest,
});

async function held(name: string = id): Promise<unknown> {
  return JSON.parse((await redis.client.get(`chatgpt:conversations:${name}`)) ?? "null");
}

describe("with --on-duplicate merge", () => {
  test("all rows with one id become one record, and dry run, verification, rerun and undo agree", async () => {
    await write(
      "a.json",
      fileOf([version(history(1, 2, 5), { lastActive: 1_700_000_005_500 }), conversation("other")]),
    );
    await write(
      "b.json",
      fileOf([
        version(history(1, 3)),
        version(history(4, 1), { lastActive: 1_700_000_009_000, userName: "v" }),
      ]),
    );
    const flags = [...at, "--rejects", "rejects.jsonl", "a.json", "b.json"];
    const planned = await programJson(["--dry-run", "--exit-code", ...flags], { cwd });
    const { seen, result } = await programJson(["--journal", "j.jsonl", ...flags], { cwd });
    expect([planned.seen.code, seen.code]).toEqual([2, 0]);
    expect([planned.result.counts, planned.result.differences]).toEqual([result.counts, result.differences]);
    expect(result.counts.conversations).toMatchObject({ read: 4, created: 2, duplicate: 2, leftOut: 0 });
    expect(result.differences.map(({ reason }) => reason)).toEqual([
      "merged into a.json, conversations row 0, which got 1 message of it",
      "merged into a.json, conversations row 0, which got 1 message of it",
    ]);
    expect(result.differences[1]?.fields.map(({ field }) => field)).toEqual([
      "userName",
      "messages",
      "lastActive",
    ]);
    expect(await held()).toEqual(
      version(history(1, 2, 3, 4, 5), { userName: "v", lastActive: 1_700_000_009_000 }),
    );
    // What is in Redis is no reject.
    expect(await readdir(cwd)).not.toContain("rejects.jsonl");
    expect(JSON.stringify(result)).not.toContain(messageText);

    const again = await programJson([...at, "a.json", "b.json"], { cwd });
    expect([again.seen.code, again.result.journal]).toEqual([0, null]);
    expect(again.result.counts.conversations).toMatchObject({ unchanged: 2, duplicate: 2, leftOut: 0 });
    const verified = await programJson(["--verify", ...at, "a.json", "b.json"], { cwd });
    expect(verified.seen.code).toBe(0);
    expect(verified.result.counts.conversations).toMatchObject({ matched: 2, duplicate: 2, extra: 0 });
    expect((await program(["--undo", "j.jsonl"], { cwd })).code).toBe(0);
    expect(await redis.client.dbSize()).toBe(0);
  });

  test("it says so in words, and claims no duplicate in the place of which another counts", async () => {
    const conversations = [version(history(1)), version(history(2)), version(history(1))];
    await writeLegacy(join(cwd, "db.json"), { conversations, keys: [] });
    const { stdout, stderr } = await program(at, { cwd });
    expect(stderr).toContain(
      "2 conversations with an id that another row has; merged with the first (first: db.json, conversations row 1, and db.json, conversations row 0 counts)",
    );
    expect(stdout).toContain(
      "All of it is in Redis, with 2 duplicates merged into the rows that count, done in",
    );
    expect(stdout).toContain(
      "messages: 1 → 1, 1 only in the row that counts, 1 only in the duplicate; merged into",
    );
  });

  test("what Redis holds already is compared with all of them together", async () => {
    const together = JSON.stringify(version(history(1, 2)));
    await redis.client.set(`chatgpt:conversations:${id}`, together, {
      expiration: { type: "EX", value: 999 },
    });
    await write("db.json", fileOf([version(history(1)), version(history(2))]));
    const { seen, result } = await programJson(at, { cwd });
    expect([seen.code, result.counts.conversations.unchanged]).toEqual([0, 1]);
    expect(await redis.client.get(`chatgpt:conversations:${id}`)).toBe(together);
  });

  test("of an API key the largest counters are taken, and no key is shown", async () => {
    const key = (queries: number, tokens: number) => ({
      key: "sk-madeup-0123456789",
      queries,
      tokens,
      balance: null,
    });
    await write("db.json", fileOf([], [key(3, 90), key(4, 20)]));
    const { seen, result } = await programJson(at, { cwd });
    expect([seen.code, result.counts.keys.created, result.counts.keys.duplicate]).toEqual([0, 1, 1]);
    expect(result.differences[0]?.reason).toBe("merged into db.json, keys row 0");
    expect(JSON.parse((await redis.client.get("chatgpt:keys:sk-madeup-0123456789")) ?? "")).toEqual(
      key(4, 90),
    );
    expect(seen.stdout + seen.stderr).not.toContain("madeup");
  });

  test.each([
    ["gzip", (text: string) => gzipSync(text)],
    ["UTF-16", (text: string) => Buffer.from(`\ufeff${text}`, "utf16le")],
  ])("rows in %s are merged too, and standard input's", async (_, encode) => {
    const long = version(history(...Array.from({ length: 300 }, (_, n) => n)));
    await write("a.json", encode(fileOf([version(history(301)), long, version(history(302))])));
    await write("b.json", fileOf([version(history(303)), version(history(302))]));
    const { seen, result } = await programJson([...at, "b.json", "a.json", "-"], {
      cwd,
      stdin: encode(fileOf([version(history(304))])),
    });
    expect(seen.code).toBe(0);
    expect(result.counts.conversations).toMatchObject({ read: 6, created: 1, duplicate: 5, leftOut: 0 });
    const all = Array.from({ length: 305 }, (_, n) => n).filter((n) => n !== 300);
    expect(await held()).toEqual(version(history(...all)));
  });

  test("they live from the last activity of all of them", async () => {
    const now = Date.now();
    const rows = [version(history(1)), version(history(2), { lastActive: now - 60_000 })];
    await write("db.json", fileOf([...rows, { ...conversation("idle"), lastActive: 1_500_000_000_000 }]));
    const flags = ["--ttl", "1h", "--ttl-from", "last-active", "--archive", "old.json", "--no-journal"];
    const { result } = await programJson([...at, ...flags], { cwd });
    expect(result.counts.conversations).toMatchObject({ created: 1, duplicate: 1, archived: 1 });
    const end = await redis.client.sendCommand(["PEXPIRETIME", `chatgpt:conversations:${id}`]);
    expect(end).toBe(now - 60_000 + 3_600_000);
    const { seen } = await programJson(["--verify", ...at, ...flags.slice(0, -1)], { cwd });
    expect(seen.code).toBe(0);
  });

  test("--output writes them as one command", async () => {
    await write("db.json", fileOf([version(history(1)), version(history(2))]));
    const merge = ["--on-duplicate", "merge", "--output"];
    const { result } = await programJson([...merge, "commands.resp"], { cwd });
    expect(result.counts.conversations).toMatchObject({ read: 2, written: 1, duplicate: 1 });
    await programJson([...at, "--no-journal"], { cwd });
    const commands = await readFile(join(cwd, "commands.resp"), "utf8");
    expect(commands).toContain(`\r\n${JSON.stringify(await held())}\r\n`);
  });

  test("two ids that make one key stay two", async () => {
    const named = (one: unknown, ...seeds: readonly number[]) => ({ ...version(history(...seeds)), id: one });
    await write("db.json", fileOf([named(1, 1), named("1", 2), named(1, 3), named("1", 4)]));
    const { seen, result } = await programJson(at, { cwd });
    expect(seen.code).toBe(3);
    expect(result.counts.conversations).toMatchObject({ read: 4, created: 1, conflict: 2, duplicate: 1 });
    expect(await held("1")).toEqual(named(1, 1, 3));
  });

  test("what is odd about a row that went in is told, and a rounded number does not pass for whole", async () => {
    const rounded = JSON.stringify(version(history(2))).replace('"userName":"u"', '"n":9007199254740993');
    await write("db.json", `{"conversations":{"rows":[${JSON.stringify(version(history(1)))},${rounded}]}}`);
    const { result } = await programJson(at, { cwd });
    expect(result.warnings.map(({ code }) => code)).toEqual(["number-rounded", "duplicate"]);
    expect(await held()).toMatchObject({ userName: "u", messages: history(1, 2) });
  });

  test("a row for which there is no memory is left out, kept by --rejects, and told with what helps", async () => {
    const huge = version([{ ...message("m", 2), content: "x".repeat(16 * 1024 * 1024) }]);
    await write("db.json", fileOf([version(history(1)), version(history(3)), huge]));
    const { seen, result } = await programJson([...at, "--rejects", "r.jsonl"], {
      cwd,
      env: { NODE_OPTIONS: "--max-old-space-size=100" },
    });
    expect(seen.code).toBe(3);
    expect(result.counts.conversations).toMatchObject({ read: 3, created: 1, duplicate: 2, leftOut: 1 });
    expect(result.differences[1]?.reason).toMatch(
      /row 2, which could not be merged with it: it needs more memory .*--max-old-space-size=1024$/,
    );
    expect(await held()).toEqual(version(history(1, 3)));
    expect((await stat(join(cwd, "r.jsonl"))).size).toBeGreaterThan(16 * 1024 * 1024);
  });

  test("where the disk does not take what must be kept of a compressed file, nothing is written", async () => {
    await write("a.json", gzipSync(fileOf([version(history(1)), version(history(2))])));
    const { seen, result } = await programJson([...at, "a.json"], {
      cwd,
      env: { TMPDIR: join(cwd, "none") },
    });
    expect([seen.code, result.error?.code]).toEqual([1, "duplicates-not-kept"]);
    expect(await redis.client.dbSize()).toBe(0);
  });
});
