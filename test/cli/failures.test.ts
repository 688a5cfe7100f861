import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { beforeEach, describe, expect, test } from "vitest";
import type { RunResult } from "../../src/types.js";
import { conversation, records, writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder, startProgram } from "../support/program.js";
import { startProxy } from "../support/proxy.js";
import { type PrivateRedis, startRedis, until } from "../support/redis.js";

let cwd: string;
let redis: PrivateRedis;
let at: string[];

beforeEach(async () => {
  cwd = await scratchFolder();
  redis = await startRedis();
  at = ["--host", "127.0.0.1", "-p", String(redis.port)];
});

const bin = resolve("bin/chatgpt-migrate.js");

/** More than are under way at once, so that what happens once some of them arrived finds others on their way. */
const many = 1_500;

/** Runs the program, and lets something happen once so many bytes went to Redis. */
async function meanwhile(
  parameters: readonly string[],
  happens: () => Promise<void>,
  bytes = 20_000,
): Promise<{ code: number | null; stderr: string; result: RunResult }> {
  const proxy = await startProxy(redis.port);
  const elsewhere = ["--host", "127.0.0.1", "-p", String(proxy.port)];
  const { seen } = startProgram([...elsewhere, ...parameters, "--json"], { cwd });
  await until(async () => proxy.bytesToServer() > bytes);
  proxy.stall();
  await happens();
  proxy.unstall();
  const { code, stdout, stderr } = await seen;
  return { code, stderr, result: JSON.parse(stdout) };
}

const remove = (name: string) => rm(join(cwd, name));

/** A folder of this name opens like a file, and reading from it is an error of the system. */
async function makeUnreadable(name: string): Promise<void> {
  await remove(name);
  await mkdir(join(cwd, name));
}

describe.each([
  ["vanishes", remove],
  ["cannot be read", makeUnreadable],
])("a file of several that %s in mid-run ends it with what was done until then", (_how, happens) => {
  beforeEach(async () => {
    await writeLegacy(join(cwd, "a.json"), records(many, 0));
    await writeLegacy(join(cwd, "b.json"), { conversations: [conversation("of b")], keys: [] });
  });

  test("migrating", async () => {
    const { code, result } = await meanwhile(["a.json", "b.json"], () => happens("b.json"));
    expect([code, result.error?.code]).toEqual([1, "source-unreadable"]);
    expect(result.counts.conversations.created).toBe(await redis.client.dbSize());
    expect(await redis.client.dbSize()).toBe(many);
  });

  test.each(["dry-run", "verify"])("--%s", async (mode) => {
    const { code, result } = await meanwhile([`--${mode}`, "a.json", "b.json"], () => happens("b.json"));
    expect([code, result.error?.code]).toEqual([1, "source-unreadable"]);
    expect(result.counts.conversations.read).toBe(many);
    expect(await redis.client.dbSize()).toBe(0);
  });
});

/** Runs the program where no file may grow beyond some KiB: a disk as good as full. */
function onFullDisk(kib: number, parameters: readonly string[]): { code: number | null; result: RunResult } {
  const { status, stdout } = spawnSync(
    "bash",
    ["-c", `ulimit -f ${kib} && exec "$@"`, "bash", process.execPath, bin, ...at, ...parameters, "--json"],
    { cwd, encoding: "utf8", env: { PATH: process.env.PATH ?? "" } },
  );
  return { code: status, result: JSON.parse(stdout) };
}

test.each([
  ["--concurrency", "1"],
  ["--concurrency", "2", "--threads-from", "0"],
])(
  "a full disk under --rejects: what is told is what is in Redis, and each line is whole (%s %s)",
  async (...threads) => {
    const valid = records(many, 0).conversations;
    const mixed = valid.flatMap((one, row) =>
      row % 5 === 0 ? [one, { id: `bad ${row}`, messages: row }] : [one],
    );
    await writeLegacy(join(cwd, "db.json"), { conversations: mixed, keys: [] });
    const { code, result } = onFullDisk(16, ["--no-journal", "--rejects", "rejects.jsonl", ...threads]);
    expect([code, result.error?.code]).toEqual([1, "rejects-unwritable"]);
    expect(result.counts.conversations.created).toBe(await redis.client.dbSize());
    const lines = (await readFile(join(cwd, "rejects.jsonl"), "utf8")).trimEnd().split("\n");
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty("raw");
  },
);

test("where Redis is silent too, a failed run does not wait for it", async () => {
  const valid = records(1_000, 0).conversations;
  const bad = { id: "bad", x: "x".repeat(9_000) };
  await writeLegacy(join(cwd, "db.json"), { conversations: [...valid, bad], keys: [] });
  const proxy = await startProxy(redis.port);
  const patient = ["--command-timeout", "600000", "--retry-for", "600s", "--no-journal"];
  const flags = [
    "--host",
    "127.0.0.1",
    "-p",
    String(proxy.port),
    ...patient,
    "--rejects",
    "r.jsonl",
    "--json",
  ];
  const child = spawn("bash", ["-c", 'ulimit -f 4 && exec "$@"', "bash", process.execPath, bin, ...flags], {
    cwd,
  });
  const out: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  const ended = once(child, "close");
  // Its first questions about records, before anything is written.
  await until(async () => proxy.bytesToServer() > 15_000);
  proxy.stall();
  const [code] = await ended;
  expect([code, JSON.parse(Buffer.concat(out).toString()).error.code]).toEqual([1, "rejects-unwritable"]);
});

test("nor is any record uncounted that came with one whose reject could not be written", async () => {
  const { conversations } = records(100, 0);
  for (const { id } of conversations.slice(10, 30) as { id: string }[]) {
    await redis.client.set(
      `chatgpt:conversations:${id}`,
      JSON.stringify({ id, userName: "x".repeat(2_000) }),
    );
  }
  await writeLegacy(join(cwd, "db.json"), { conversations, keys: [] });
  const policy = ["--on-conflict", "keep"];
  const { counts } = onFullDisk(1, ["--no-journal", "--rejects", "rejects.jsonl", ...policy]).result;
  expect((counts.conversations.created ?? 0) + 20).toBe(await redis.client.dbSize());
});

test("a full disk under the journal: what is told is what is in Redis, and the journal takes it back", async () => {
  await writeLegacy(join(cwd, "db.json"), records(3 * many, 0));
  const { code, result } = onFullDisk(512, ["--journal", "journal.jsonl"]);
  expect([code, result.error?.code]).toEqual([1, "journal-unwritable"]);
  expect(result.counts.conversations.created).toBe(await redis.client.dbSize());
  expect(result.counts.conversations.created).toBeGreaterThan(0);
  const undone = await programJson([...at, "--undo", "journal.jsonl"], { cwd });
  expect([undone.seen.code, await redis.client.dbSize()]).toEqual([0, 0]);
});

test.each([0, 1])(
  "a journal that not even its first step fits into, of %d KiB, is neither offered nor left behind",
  async (kib) => {
    await writeLegacy(join(cwd, "db.json"), records(many, 0));
    const { code, result } = onFullDisk(kib, ["--journal", "journal.jsonl"]);
    expect([code, result.error?.code, result.journal]).toEqual([1, "journal-unwritable", null]);
    expect([await redis.client.dbSize(), await readdir(cwd)]).toEqual([0, ["db.json"]]);
  },
);

test.each([
  ["replaced", "migrate", async (path: string) => rename(join(cwd, "new.json"), path)],
  ["appended to", "migrate", async (path: string) => appendFile(path, " ")],
  ["written to in place", "migrate", async (path: string) => utimes(path, new Date(), new Date())],
  ["truncated", "migrate", async (path: string) => truncate(path, 0)],
  ["appended to", "dry-run", async (path: string) => appendFile(path, " ")],
  ["appended to", "verify", async (path: string) => appendFile(path, " ")],
])("a file that is %s in mid-run leaves no exit 0: %s", async (_how, mode, happens) => {
  await writeLegacy(join(cwd, "db.json"), records(many, 0));
  await writeLegacy(join(cwd, "new.json"), records(10, 0));
  if (mode !== "migrate") await program([...at, "--no-journal", "db.json"], { cwd });
  const flag = mode === "migrate" ? [] : [`--${mode}`];
  const { code, result } = await meanwhile([...flag, "db.json"], () => happens(join(cwd, "db.json")));
  expect([code, result.error]).toEqual([3, null]);
  expect(result.warnings).toContainEqual({
    code: "source-changed",
    message: expect.stringContaining("what is new in it was left out"),
  });
});

test.each([
  ["deleted", async (path: string) => rm(path)],
  [
    "replaced",
    async (path: string) => {
      await writeFile(`${path}.new`, "");
      await rename(`${path}.new`, path);
    },
  ],
])("a journal that is %s in mid-run is not offered for an undo", async (_how, happens) => {
  await writeLegacy(join(cwd, "db.json"), records(many, 0));
  const path = join(cwd, "journal.jsonl");
  const gone = async () => {
    await until(async () => (await stat(path).catch(() => null)) !== null);
    await happens(path);
  };
  const { code, result } = await meanwhile(["--journal", "journal.jsonl"], gone, 50_000);
  expect([code, result.journal, result.counts.conversations.created]).toEqual([0, null, many]);
  expect(result.warnings).toContainEqual({
    code: "journal-gone",
    message: expect.stringContaining("cannot be undone"),
  });
});

test("an exception that nobody expected ends with the counts so far, and without a text of it", async () => {
  await writeLegacy(join(cwd, "db.json"), records(many, 0));
  await writeFile(
    join(cwd, "boom.mjs"),
    'process.on("made-up", () => { throw new TypeError("made-up words"); }); process.on("SIGUSR2", () => process.emit("made-up"));',
  );
  const proxy = await startProxy(redis.port);
  const elsewhere = ["--host", "127.0.0.1", "-p", String(proxy.port), "--no-journal", "--json"];
  const env = { NODE_OPTIONS: `--import ${join(cwd, "boom.mjs")}` };
  const { child, seen } = startProgram(elsewhere, { cwd, env });
  await until(async () => proxy.bytesToServer() > 20_000);
  child.kill("SIGUSR2");
  const { code, stdout, stderr } = await seen;
  const { error, counts } = JSON.parse(stdout);
  expect([code, error.code]).toEqual([1, "internal"]);
  expect(counts.conversations.created).toBe(await redis.client.dbSize());
  expect(stdout + stderr).not.toContain("made-up words");
  expect(stderr).not.toMatch(/^\s+at /m);
});

test("a row that needs more memory than Node has is rejected, and the others arrive", async () => {
  const { conversations } = records(3, 0);
  const huge = { ...conversation("huge"), note: "made-up ".repeat(5 * 1024 * 1024) };
  await writeLegacy(join(cwd, "db.json"), { conversations: [...conversations, huge], keys: [] });
  const env = { NODE_OPTIONS: "--max-old-space-size=100" };
  const rejects = ["--no-journal", "--rejects", "rejects.jsonl"];
  const { seen, result } = await programJson([...at, ...rejects], { cwd, env });
  expect([seen.code, result.error, await redis.client.dbSize()]).toEqual([3, null, 3]);
  expect(result.counts.conversations).toMatchObject({ read: 4, created: 3, invalid: 1 });
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

test("Ctrl-C ends the wait for standard input", async () => {
  const child = spawn(process.execPath, [bin, ...at, "-", "--json"], { cwd });
  const out: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  const ended = once(child, "close");
  // More than the system holds for it: once all is handed over, the program is there, and reads.
  const text = `{"conversations": [${" ".repeat(1_000_000)}`;
  await new Promise((resolve) => child.stdin.write(text, resolve));
  child.kill("SIGINT");
  const [code] = await ended;
  expect([code, JSON.parse(Buffer.concat(out).toString()).interrupted]).toEqual([130, "SIGINT"]);
});
