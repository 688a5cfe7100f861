import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, expect, test } from "vitest";
import { conversation, records, writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder, startProgram } from "../support/program.js";
import { startProxy } from "../support/proxy.js";
import { type PrivateRedis, redisOfFile, until } from "../support/redis.js";

const redisOf = redisOfFile();
let cwd: string;
let redis: PrivateRedis;
let at: string[];

beforeEach(async () => {
  cwd = await scratchFolder();
  redis = redisOf();
  at = ["-p", String(redis.port), "--no-journal"];
});

test("standard input is read as -, plain or gzipped, and leaves nothing on disk", async () => {
  await writeLegacy(join(cwd, "x.json"), records(3, 1));
  const text = await readFile(join(cwd, "x.json"));
  const env = { TMPDIR: cwd };
  const plain = await programJson([...at, "-", "--strict"], { cwd, env, stdin: text });
  expect([plain.seen.code, plain.result.counts.conversations.created]).toEqual([0, 3]);
  expect(plain.result.sources[0]).toMatchObject({ path: "-", bytes: text.length, layout: "dbcontext" });
  const zipped = await programJson([...at, "--verify", "-"], { cwd, env, stdin: gzipSync(text) });
  expect([zipped.seen.code, zipped.result.counts.conversations.matched]).toEqual([0, 3]);
  expect(await readdir(cwd)).toEqual(["x.json"]);
});

test("a cut db.json beside a whole db.tmp.json: all of the latter's records, with a warning", async () => {
  await writeLegacy(join(cwd, "db.json"), records(9, 1));
  const old = await readFile(join(cwd, "db.json"));
  await writeFile(join(cwd, "db.json"), old.subarray(0, old.length / 2));
  await writeLegacy(join(cwd, "x.json"), records(12, 2));
  await rename(join(cwd, "x.json"), join(cwd, "db.tmp.json"));
  for (const source of [[], ["db.json"], ["."], ["*.json"]]) {
    await redis.client.flushAll();
    const { seen, result } = await programJson([...at, ...source], { cwd });
    expect([source, seen.code, result.counts.conversations.created]).toEqual([source, 0, 12]);
    expect(result.warnings.map(({ code }) => code)).toEqual(["recovered"]);
  }
  expect((await readdir(cwd)).sort()).toEqual(["db.json", "db.tmp.json"]);
});

test("a cut db.tmp.json is ignored with a warning, unless it is named, or all there is", async () => {
  await writeLegacy(join(cwd, "db.json"), records(5, 1));
  const whole = await readFile(join(cwd, "db.json"));
  await writeFile(join(cwd, "db.tmp.json"), whole.subarray(0, whole.length - 300));
  const ignored = await programJson([...at, "."], { cwd });
  expect([ignored.seen.code, ignored.result.counts.conversations.read]).toEqual([0, 5]);
  expect(ignored.result.warnings.map(({ code }) => code)).toEqual(["unfinished-save"]);
  const named = await programJson([...at, "db.tmp.json", "--dry-run"], { cwd });
  expect([named.seen.code, named.result.counts.conversations.invalid]).toEqual([3, 1]);
  await rename(join(cwd, "db.json"), join(cwd, "elsewhere"));
  const alone = await programJson([...at, "--dry-run"], { cwd });
  expect([alone.seen.code, alone.result.sources[0]?.path]).toEqual([3, "db.tmp.json"]);
});

test("what is not ours is skipped when found, and an error when named", async () => {
  await mkdir(join(cwd, "node_modules/x"), { recursive: true });
  await mkdir(join(cwd, "archives"));
  await writeLegacy(join(cwd, "db.json"), records(1, 1));
  await writeLegacy(join(cwd, "node_modules/x/db.json"), records(9, 9));
  await writeFile(join(cwd, "archives/a.jsonl"), '{"messages":[{"role":"user","content":"x"}]}\n');
  await writeFile(join(cwd, "blacklisted_keys.json"), '{"blacklisted": ["sk-madeup-blacklisted-key"]}');
  await writeFile(join(cwd, "package.json"), '{"name": "app", "dependencies": {}}');
  const { seen, result } = await programJson([...at, "."], { cwd });
  expect([seen.code, result.counts.conversations.read]).toEqual([0, 1]);
  expect(result.warnings.map(({ code }) => code)).toEqual(["unrecognised", "unrecognised"]);
  const named = await program([...at, "package.json"], { cwd });
  expect([named.code, named.stderr]).toEqual([1, expect.stringContaining("package.json: holds neither")]);
});

test("of a thousand sets of another program twenty are named, and the others told as a sum", async () => {
  const sets = Array.from({ length: 1_000 }, (_, at) => [`set ${at}`, { rows: [{ a: 1 }, { a: 2 }] }]);
  const text = JSON.stringify({ ...Object.fromEntries(sets), conversations: { rows: [conversation("1")] } });
  await writeFile(join(cwd, "db.json"), text);
  const { result } = await programJson(at, { cwd });
  const told = result.warnings.filter(({ code }) => code === "other-set").map(({ message }) => message);
  expect(told.slice(0, -1)).toEqual(
    sets.slice(0, 20).map(([name]) => expect.stringContaining(`the set "${name}" (2 rows) is none`)),
  );
  expect(told.at(-1)).toContain("every other set, 980 in all (1960 rows), is none");
});

test("JSON lines are read where they are named, from a file or standard input, and not searched for", async () => {
  const { conversations, keys } = records(3, 1);
  const text = [...conversations, ...keys].map((one) => `${JSON.stringify(one)}\n`).join("");
  await writeFile(join(cwd, "chats.jsonl"), text);
  const named = await programJson([...at, "chats.jsonl"], { cwd });
  expect([named.seen.code, named.result.sources[0]?.layout]).toEqual([0, "lines"]);
  expect([named.result.counts.conversations.created, named.result.counts.keys.created]).toEqual([3, 1]);
  const piped = await programJson([...at, "-", "--verify"], { cwd, stdin: text });
  expect([piped.seen.code, piped.result.counts.conversations.matched]).toEqual([0, 3]);
  const searched = await program([...at, "."], { cwd });
  expect([searched.code, searched.stderr]).toEqual([1, expect.stringContaining(".: is a folder")]);
});

test("a folder with all that lies beside a db.json: that is migrated, and nothing else", async () => {
  await mkdir(join(cwd, "archives"));
  await writeLegacy(join(cwd, "db.json"), records(2, 1));
  // What our own runs leave: a journal, a report, rejects.
  await writeFile(join(cwd, "broken.json"), '{"conversations": [{"id": "x", "userName": "u"}]}');
  const own = ["-p", String(redis.port), "--json", "broken.json", "db.json", "--rejects", "rejects.json"];
  const report = await program(own, { cwd });
  expect(report.code).toBe(3);
  await rm(join(cwd, "broken.json"));
  await writeFile(join(cwd, "report.json"), report.stdout);
  await writeFile(join(cwd, "archives/a.jsonl"), '{"messages":[{"role":"user","content":"x"}]}\n');
  await writeFile(join(cwd, "tsconfig.json"), '{\n  // a comment\n  "compilerOptions": {}\n}\n');
  await writeFile(join(cwd, "de.json"), '{"keys": {"yes": {"de": "Ja"}}}');
  await redis.client.flushAll();
  const { seen, result } = await programJson([...at, "."], { cwd });
  expect([seen.code, result.sources.map(({ path }) => path)]).toEqual([0, ["db.json"]]);
  expect(result.warnings.filter(({ code }) => code === "unrecognised")).toHaveLength(4);
  expect((await redis.dump()).size).toBe(3);
});

test.each<[string, string, string | Buffer]>([
  ["an archive", "a zip archive", "PK\x03\x04\x14\0"],
  ["an encoding", "UTF-16 text", Buffer.from('{"conversations": {"rows": []}}', "utf16le")],
  ["a page", "an HTML page", "<!DOCTYPE html><html>"],
])("%s under the name of a db.json is named, and nothing is said of the app", async (_name, format, text) => {
  await writeFile(join(cwd, "db.json"), text);
  const { code, stdout, stderr } = await program(at, { cwd });
  expect([code, stderr]).toEqual([1, expect.stringContaining(`db.json: is ${format}`)]);
  expect(stdout + stderr).not.toContain("ChatGPT(");
});

test("other programs' files are an error where they are named, and nothing is written", async () => {
  await writeFile(join(cwd, "chat.json"), '[{"id":"a","messages":[{"role":"user","content":"hi"}]}]');
  await writeFile(join(cwd, "de.json"), '{"keys":{"yes":{"de":"Ja"},"no":"Nein"}}');
  for (const name of ["chat.json", "de.json"]) {
    const { code, stderr } = await program([...at, name], { cwd });
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${name}: holds neither`)]);
  }
  expect((await redis.dump()).size).toBe(0);
});

test("a file that changes while it is read is told, with what to do", async () => {
  await writeLegacy(join(cwd, "db.json"), records(5_000, 0));
  await writeLegacy(join(cwd, "new.json"), records(10, 0));
  const proxy = await startProxy(redis.port);
  const { seen } = startProgram(["--host", "127.0.0.1", "-p", String(proxy.port), "--json"], { cwd });
  await until(async () => proxy.bytesToServer() > 20_000);
  proxy.stall();
  await rename(join(cwd, "new.json"), join(cwd, "db.json"));
  proxy.unstall();
  const { code, stdout } = await seen;
  const { warnings, counts } = JSON.parse(stdout);
  // What was opened stays readable to its end, but what replaced it was not looked at.
  expect([code, counts.conversations.created]).toEqual([3, 5_000]);
  expect(warnings).toEqual([
    { code: "source-changed", message: expect.stringContaining("stop it and run this again") },
  ]);
});

test("a disk too full for standard input is told, and nothing is lost", () => {
  const { status, stderr } = spawnSync("node", ["bin/chatgpt-migrate.js", ...at, "-"], {
    input: "{}",
    encoding: "utf8",
    env: { PATH: process.env.PATH ?? "", TMPDIR: "/no/such/folder" },
  });
  expect([status, stderr]).toEqual([1, expect.stringContaining("could not be kept in /no/such/folder")]);
});

test("a pipe is no file, and is told so instead of waited for", async () => {
  spawnSync("mkfifo", [join(cwd, "pipe")]);
  const { code, stderr } = await program([...at, "pipe"], { cwd });
  expect([code, stderr]).toEqual([1, expect.stringContaining("feed it to standard input, as -")]);
});
