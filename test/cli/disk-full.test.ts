import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { beforeEach, expect, test } from "vitest";
import type { RunResult } from "../../src/types/run-result.js";
import { records, writeLegacy } from "../support/legacy.js";
import { programJson, scratchFolder } from "../support/program.js";
import { startProxy } from "../support/proxy.js";
import { type PrivateRedis, startRedis, until } from "../support/redis.js";
import { reportLines } from "../support/report-lines.js";

let cwd: string;
let redis: PrivateRedis;
let at: string[];

beforeEach(async () => {
  cwd = await scratchFolder();
  redis = await startRedis();
  at = ["--host", "127.0.0.1", "-p", String(redis.port)];
});

const bin = resolve("bin/chatgpt-migrate.js");

/** More than are in flight at once, so that what happens once some of them arrived finds others on their way. */
const many = 1_500;

/** Runs the program where no file may grow beyond some KiB: a disk as good as full. */
function onFullDisk(
  kib: number,
  parameters: readonly string[],
): { code: number | null; stderr: string; result: RunResult } {
  const { status, stdout, stderr } = spawnSync(
    "bash",
    ["-c", `ulimit -f ${kib} && exec "$@"`, "bash", process.execPath, bin, ...at, ...parameters, "--json"],
    { cwd, encoding: "utf8", env: { PATH: process.env.PATH ?? "" } },
  );
  return { code: status, stderr, result: JSON.parse(stdout) };
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

test("a full disk under --report: the run goes on, each line is whole, and the exit code is not 0", async () => {
  await writeLegacy(join(cwd, "db.json"), records(many, 0));
  const reports = ["jsonl", "md", "xml"].flatMap((format) => ["--report", `report.${format}`]);
  const { code, stderr, result } = onFullDisk(128, ["--no-journal", "--quiet", ...reports]);
  expect([code, result.error, result.counts.conversations.created]).toEqual([3, null, many]);
  const incomplete = result.warnings.filter(({ code: of }) => of === "report-incomplete");
  expect(incomplete.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^report\.jsonl: the report is incomplete, .*EFBIG/),
  ]);
  const rows = (await reportLines(join(cwd, "report.jsonl"))).map(({ row }) => row);
  expect(rows.length).toBeGreaterThan(100);
  expect(rows).toEqual(rows.map((_, at) => at));
  expect(await readFile(join(cwd, "report.md"), "utf8")).toContain("EFBIG");
  expect(await readFile(join(cwd, "report.xml"), "utf8")).toMatch(
    /name="exit code">\s*<failure message="All of it.*; but not/,
  );
  // Also to who wants no warnings.
  expect(stderr).toMatch(/^warning: report\.jsonl: the report is incomplete, /m);
});

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
