import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { gunzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { apiKey, conversation, loadLegacy, type Records, records, writeLegacy } from "../support/legacy.js";
import { program, programJson, resultOf, scratchFolder } from "../support/program.js";
import { freePort, type PrivateRedis, redisOfFile } from "../support/redis.js";
import { outcomesCounted, outcomesIn, reportLines } from "../support/report-lines.js";

const redisOf = redisOfFile();
let cwd: string;
let redis: PrivateRedis;
let at: string[];

beforeEach(async () => {
  cwd = await scratchFolder();
  redis = redisOf();
  at = ["-p", String(redis.port)];
});

/** In the order of an export: by the bytes of their ids. */
function sorted({ conversations, keys }: Records): Records {
  const by = (name: string) => (one: object, other: object) =>
    Buffer.compare(Buffer.from(idIn(one, name)), Buffer.from(idIn(other, name)));
  return { conversations: conversations.toSorted(by("id")), keys: keys.toSorted(by("key")) };
}

function idIn(record: object, name: string): string {
  return String((record as Record<string, unknown>)[name]);
}

async function migrateRecords(all: Records): Promise<void> {
  await writeLegacy(join(cwd, "db.json"), all);
  expect((await program([...at, "--no-journal"], { cwd })).code).toBe(0);
}

const some = records(30, 5);
const apiKeySecret = apiKey("0").key;

describe("an export", () => {
  test("is, byte for byte, what the library's own storage writes of the same records, and Redis holds all of it", async () => {
    await migrateRecords(some);
    const seen = await program([...at, "--export", "out.json"], { cwd });
    expect([seen.code, seen.stderr]).toEqual([0, ""]);
    expect(seen.stdout).toMatch(/^All that was found in Redis is in out\.json: 35 records, done in /m);
    expect(seen.stdout).toContain("The file has no expiries");
    expect(seen.stdout).toMatch(/^Next: chatgpt-migrate --verify --port \d+ --concurrency 1 out\.json$/m);
    const exported = join(cwd, "out.json");
    await writeLegacy(join(cwd, "as-the-library.json"), sorted(some));
    expect((await readFile(exported)).equals(await readFile(join(cwd, "as-the-library.json")))).toBe(true);
    expect((await stat(exported)).mode & 0o777).toBe(0o600);
    expect((await program([...at, "--verify", "out.json"], { cwd })).code).toBe(0);
    expect(await readdir(cwd)).toEqual(["as-the-library.json", "db.json", "out.json"]);
  });

  test("opened by the library without Redis, has every conversation and API key, and is saved again as it is", async () => {
    await migrateRecords(some);
    await program([...at, "--export", "out.json"], { cwd });
    const before = await readFile(join(cwd, "out.json"));
    expect(await loadLegacy(join(cwd, "out.json"))).toEqual(sorted(some));
    expect((await readFile(join(cwd, "out.json"))).equals(before)).toBe(true);
  });

  test("is gzip by its name, and the same from run to run", async () => {
    await migrateRecords(some);
    for (const name of ["a.json.gz", "b.json"]) await program([...at, "--export", name], { cwd });
    expect(gunzipSync(await readFile(join(cwd, "a.json.gz")))).toEqual(await readFile(join(cwd, "b.json")));
    expect((await program([...at, "--verify", "a.json.gz"], { cwd })).code).toBe(0);
  });

  test("of an empty Redis is a file without records, and says so", async () => {
    const { seen, result } = await programJson([...at, "--export", "out.json"], { cwd });
    expect([seen.code, result.export, result.counts.keys.read]).toEqual([
      0,
      { path: "out.json", kind: "file" },
      0,
    ]);
    expect(JSON.parse(await readFile(join(cwd, "out.json"), "utf8"))).toEqual({
      keys: { rows: [], name: "keys" },
      conversations: { rows: [], name: "conversations" },
    });
  });

  test.each([
    ["db.json", "db.tmp.json"],
    ["db.json.gz", "db.tmp.json"],
  ])("%s beside %s, which the library would put in its place, says so", async (name, save) => {
    await writeFile(join(cwd, save), "{");
    const { result } = await programJson([...at, "--export", name], { cwd });
    expect([result.exitCode, result.warnings]).toEqual([
      0,
      [{ code: "save-beside", message: expect.stringMatching(/^db\.tmp\.json: lies beside the export/) }],
    ]);
    expect(await readFile(join(cwd, save), "utf8")).toBe("{");
  });

  test("of one kind leaves the other out, and says so", async () => {
    await migrateRecords(some);
    const seen = await program([...at, "--export", "out.json", "--only", "conversations"], { cwd });
    expect(seen.stdout).toContain("API keys were left out (--only conversations)");
    expect(seen.stdout).not.toContain("To go back");
    const { keys, conversations } = JSON.parse(await readFile(join(cwd, "out.json"), "utf8"));
    expect([keys.rows, conversations.rows]).toEqual([[], sorted(some).conversations]);
  });

  test("takes the prefix literally, and other prefixes' keys for no records of its own", async () => {
    const odd = "a[b]*:";
    await writeLegacy(join(cwd, "db.json"), records(3, 1));
    await program([...at, "--key-prefix", odd, "--no-journal"], { cwd });
    await migrateRecords(records(5, 2));
    const { result } = await programJson([...at, "--key-prefix", odd, "--export", "out.json"], { cwd });
    expect([result.counts.conversations.exported, result.counts.keys.exported]).toEqual([3, 1]);
  });
});

describe("what is no record", () => {
  const invalid: readonly (readonly [string, string | Buffer, RegExp])[] = [
    ["conversations:no-json", "nothing of that kind", /not valid JSON/],
    ["conversations:no-utf8", Buffer.from('{"id":"\xff"}', "latin1"), /not UTF-8/],
    ["conversations:list", "[]", /expected object/],
    ["conversations:in-text", JSON.stringify(JSON.stringify(conversation("x"))), /a text that holds JSON/],
    ["conversations:other-kind", JSON.stringify(apiKey("other")), /record of the other kind/],
    ["conversations:without-id", '{"userName":"a","messages":[]}', /id: expected/],
    ["conversations:other", '{"id":"another","userName":"a","messages":[]}', /another id than its Redis key/],
    ["conversations:other-unusual", '{"id":"another","messages":[]}', /another id than its Redis key/],
    ["keys:sk-madeup-0123456789-9876", '{"key":"sk-madeup-other"}', /another id than its Redis key/],
    ["keys:short", '{"key":5}', /key: .*expected string/],
  ];

  test("is told with its reason, kept with its bytes, and left out of the file", async () => {
    await migrateRecords(some);
    for (const [key, value] of invalid) await redis.client.set(`chatgpt:${key}`, value);
    await redis.client.set(Buffer.from("chatgpt:conversations:\xff", "latin1"), "{}");
    await redis.client.rPush("chatgpt:conversations:queue", "a");
    const flags = ["--export", "out.json", "--rejects", "rejects.jsonl", "--report", "r.jsonl"];
    const { seen, result } = await programJson([...at, ...flags], { cwd });
    expect([seen.code, result.error, result.rejects]).toEqual([3, null, "rejects.jsonl"]);
    expect(result.counts).toEqual({
      conversations: { read: 40, invalid: 9, duplicate: 0, exported: 30, wrongType: 1, failed: 0 },
      keys: { read: 7, invalid: 2, duplicate: 0, exported: 5, wrongType: 0, failed: 0 },
    });
    const rejects = (await readFile(join(cwd, "rejects.jsonl"), "utf8")).trimEnd().split("\n");
    const kept = new Map(rejects.map((line) => JSON.parse(line)).map((one) => [one.key ?? "not UTF-8", one]));
    for (const [key, value, reason] of invalid) {
      const { raw, base64 = "", reason: told } = kept.get(`chatgpt:${key}`);
      expect(told).toMatch(reason);
      expect(raw === undefined ? Buffer.from(base64, "base64") : Buffer.from(raw)).toEqual(
        Buffer.from(value),
      );
      expect(result.differences.map((one) => one.reason)).toContain(told);
    }
    expect(kept.get("not UTF-8")).toMatchObject({
      keyBase64: Buffer.from("chatgpt:conversations:\xff", "latin1").toString("base64"),
      raw: "{}",
    });
    const { type, base64 } = kept.get("chatgpt:conversations:queue");
    await redis.client.restore("copy", 0, Buffer.from(base64, "base64"));
    expect([type, await redis.client.lRange("copy", 0, -1)]).toEqual(["list", ["a"]]);
    const lines = await reportLines(join(cwd, "r.jsonl"));
    for (const kind of ["conversation", "key"] as const)
      expect(outcomesIn(lines, kind)).toEqual(
        outcomesCounted(result.counts[kind === "key" ? "keys" : "conversations"]),
      );
    await writeLegacy(join(cwd, "valid.json"), sorted(some));
    expect(await readFile(join(cwd, "out.json"))).toEqual(await readFile(join(cwd, "valid.json")));
  });

  test("names no API key in any output, be it the id of a conversation", async () => {
    await redis.client.set(`chatgpt:keys:${apiKeySecret}`, "no JSON");
    await redis.client.set(`chatgpt:conversations:${apiKeySecret}`, "no JSON");
    const reports = ["md", "html", "xml", "jsonl"].flatMap((ending) => ["--report", `r.${ending}`]);
    const seen = await program([...at, "--export", "out.json", ...reports], { cwd });
    expect([seen.code, seen.stdout]).toEqual([3, expect.stringContaining("conversation sk-…")]);
    const texts = await Promise.all((await readdir(cwd)).map((name) => readFile(join(cwd, name), "utf8")));
    for (const text of [seen.stdout, seen.stderr, ...texts]) expect(text).not.toContain(apiKeySecret);
  });

  test("a number that JavaScript cannot hold is written as the library sees it, with a warning", async () => {
    await redis.client.set(
      "chatgpt:conversations:a",
      '{"id":"a","userName":"b","messages":[],"n":12345678901234567890}',
    );
    const { result, seen } = await programJson([...at, "--export", "out.json"], { cwd });
    expect([seen.code, result.warnings.map(({ code }) => code)]).toEqual([0, ["number-rounded"]]);
    expect(await readFile(join(cwd, "out.json"), "utf8")).toContain('"n": 12345678901234567000');
  });
});

describe("to standard output", () => {
  test("an export is all that goes there; the result goes to stderr, and with -q nowhere", async () => {
    await migrateRecords(some);
    await program([...at, "--export", "out.json"], { cwd });
    const whole = await readFile(join(cwd, "out.json"), "utf8");
    const seen = await program([...at, "--export", "-"], { cwd });
    expect([seen.code, seen.stdout]).toEqual([0, whole]);
    expect(seen.stderr).toMatch(/^All that was found in Redis is in standard output: 35 records/m);
    const quiet = await program([...at, "--export", "-", "-q"], { cwd });
    expect([quiet.stdout, quiet.stderr]).toEqual([whole, ""]);
    const json = await program([...at, "--export", "-", "--json"], { cwd });
    expect(json.stdout).toBe(whole);
    expect(resultOf({ ...json, stdout: json.stderr })).toMatchObject({
      export: { path: "-", kind: "stream" },
      exitCode: 0,
    });
  });

  test("a reader that closes its end is a failure, in one sentence", async () => {
    await migrateRecords(records(400, 5));
    const bin = resolve("bin/chatgpt-migrate.js");
    const child = spawn(process.execPath, [bin, ...at, "--export", "-"], { cwd });
    child.stdout.destroy();
    const err: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    const [code] = await once(child, "close");
    const text = Buffer.concat(err).toString();
    expect([code, text]).toEqual([1, expect.stringContaining("standard output: cannot be written: EPIPE")]);
    expect(text).not.toMatch(/\n\s+at /);
  });
});

describe("refused, before Redis is asked", () => {
  test("is a file that exists, of whatever kind", async () => {
    await writeFile(join(cwd, "out.json"), "mine");
    const { result } = await programJson(["-p", String(await freePort()), "--export", "out.json"], { cwd });
    expect(result).toMatchObject({ exitCode: 1, error: { code: "file-exists" }, export: null });
    expect(await readFile(join(cwd, "out.json"), "utf8")).toBe("mine");
    const folder = await programJson(["-p", String(await freePort()), "--export", "."], { cwd });
    expect(folder.result.error?.code).toBe("file-exists");
  });

  test.each([
    [["db.json"], "--export takes a file to write and no sources"],
    [["--verify"], "--export and --verify exclude each other: choose one"],
    [["--dry-run"], "--dry-run and --export exclude each other: choose one"],
    [["--undo", "j"], "--undo and --export exclude each other: choose one"],
    [["--ttl", "3d"], "--ttl has no effect with --export"],
    [["--rejects", "./out.json"], "--rejects: ./out.json is the file of --export too"],
    [["--export", "./db.tmp.json"], "--export: the library would take ./db.tmp.json for a newer save"],
    [["--export", "db.tmp.json.gz"], "--export: the library would take db.tmp.json.gz for a newer save"],
  ])("are flags that contradict it: %j", async (flags, problem) => {
    const seen = await program([...at, "--export", "out.json", ...flags], { cwd });
    expect([seen.code, seen.stderr]).toEqual([1, expect.stringContaining(problem)]);
  });
});

test("an account that may not SCAN is refused, and no file is left", async () => {
  await redis.client.aclSetUser("reader", ["on", ">made-up", "~*", "+@all", "-scan"]);
  const flags = ["--username", "reader", "--export", "out.json", "--rejects", "r.jsonl"];
  const { result } = await programJson([...at, ...flags], { cwd, env: { REDIS_PASSWORD: "made-up" } });
  expect(result).toMatchObject({ exitCode: 1, error: { code: "redis-unfit" } });
  expect(result.error?.message).toContain("SCAN");
  expect(await readdir(cwd)).toEqual([]);
});
