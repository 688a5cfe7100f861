import { execFileSync, spawnSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { gunzipSync } from "node:zlib";
import { beforeEach, expect, test } from "vitest";
import type { RunResult } from "../../src/types/run-result.js";
import { records, writeLegacy } from "../support/legacy.js";
import { program, programJson, resultOf, scratchFolder, startProgram } from "../support/program.js";
import { startProxy } from "../support/proxy.js";
import { startRedis, until } from "../support/redis.js";
import { outcomesIn, reportLines } from "../support/report-lines.js";
import { startRestartable } from "../support/restartable-redis.js";
import { rounds } from "../support/rounds.js";

let cwd: string;

beforeEach(async () => {
  cwd = await scratchFolder();
});

/** More than are in flight at once, so that an export can be met in its middle. */
const many = 4_000;
const legacy = records(many, 3);

/** More bytes than it takes to find the keys, and fewer than to read their values. */
const midway = 400_000;

const flagsTo = (port: number) => ["--host", "127.0.0.1", "-p", String(port)];

async function fill(port: number): Promise<void> {
  await writeLegacy(join(cwd, "db.json"), legacy);
  expect((await program([...flagsTo(port), "--no-journal"], { cwd })).code).toBe(0);
}

async function expectWhole(name: string): Promise<void> {
  const { conversations, keys } = JSON.parse(await readFile(join(cwd, name), "utf8"));
  expect([conversations.rows.length, keys.rows.length]).toEqual([many, 3]);
}

const partial = /^out\.json\.[-\da-f]+\.partial$/;

test("killed at any moment, it leaves no file of its name, and run again it ends as if nothing had been", async () => {
  const { port } = await startRedis();
  await fill(port);
  await program([...flagsTo(port), "--export", "whole.json"], { cwd });
  const whole = await readFile(join(cwd, "whole.json"));
  const kills = rounds(3, 20);
  for (let kill = 1; kill <= kills; kill += 1) {
    const proxy = await startProxy(port);
    const out = `out-${kill}`;
    const { child, seen } = startProgram([...flagsTo(proxy.port), "--export", `${out}.json`], { cwd });
    // A moment is an amount of work done, not of time passed.
    proxy.after(1_000 + Math.floor((kill * 600_000) / kills), () => child.kill("SIGKILL"));
    await seen;
    const left = (await readdir(cwd)).filter((name) => name.startsWith(out));
    if (child.signalCode === "SIGKILL") expect(left.filter((name) => !name.endsWith(".partial"))).toEqual([]);
    const name = child.signalCode === "SIGKILL" ? `${out}.json` : `${out}-again.json`;
    expect((await program([...flagsTo(port), "--export", name], { cwd })).code).toBe(0);
    expect((await readFile(join(cwd, name))).equals(whole)).toBe(true);
  }
});

test("Ctrl-C: nothing is left behind, and the result says that there is no file", async () => {
  const { port, client } = await startRedis();
  await fill(port);
  await client.set("chatgpt:keys:bad", "no JSON");
  const proxy = await startProxy(port);
  const flags = ["--export", "out.json", "--rejects", "rejects.jsonl"];
  const { child, seen } = startProgram([...flagsTo(proxy.port), ...flags], { cwd });
  proxy.after(midway, () => child.kill("SIGINT"));
  const { code, stdout } = await seen;
  expect([code, stdout]).toEqual([
    130,
    expect.stringMatching(/records settled, and no file was made: run it again/),
  ]);
  expect(await readdir(cwd)).toEqual(["db.json"]);
});

test.each([16, 0])("a disk with room for %d KiB: one sentence, and nothing is left behind", async (kib) => {
  const { port } = await startRedis();
  await fill(port);
  const bin = resolve("bin/chatgpt-migrate.js");
  const flags = [...flagsTo(port), "--export", "out.json", "--json"];
  const command = `ulimit -f ${kib} && exec "$@"`;
  const { status, stdout } = spawnSync("bash", ["-c", command, "bash", process.execPath, bin, ...flags], {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env.PATH ?? "" },
  });
  expect([status, JSON.parse(stdout)]).toEqual([
    1,
    expect.objectContaining({ export: null, error: expect.objectContaining({ code: "file-unwritable" }) }),
  ]);
  expect(await readdir(cwd)).toEqual(["db.json"]);
});

test("a connection that is lost again and again only takes longer", async () => {
  const { port } = await startRedis();
  await fill(port);
  const proxy = await startProxy(port);
  const cutAgain = () => {
    proxy.cut();
    proxy.after(150_000, cutAgain);
  };
  proxy.after(50_000, cutAgain);
  const { seen, result } = await programJson([...flagsTo(proxy.port), "--export", "out.json"], { cwd });
  expect([seen.code, result.counts.conversations.exported, proxy.connections() > 4]).toEqual([0, many, true]);
  await expectWhole("out.json");
});

/** What was kept of an export, as the warning names it. */
async function expectKept(result: RunResult): Promise<void> {
  const [file = "", ...others] = (await readdir(cwd)).filter((name) => name.endsWith(".partial"));
  const bytes = await readFile(join(cwd, file));
  const { conversations, keys } = JSON.parse(String(file.includes(".gz") ? gunzipSync(bytes) : bytes));
  const read = conversations.rows.length;
  expect([others, keys.rows.length, read > 0 && read < many]).toEqual([[], 3, true]);
  expect(result.counts.conversations.exported).toBe(read);
  expect(result.warnings).toContainEqual({
    code: "export-unfinished",
    message: expect.stringMatching(`^${file}: holds the ${read + 3} records that .* is no whole export`),
  });
}

test.each(["out.json", "out.json.gz"])(
  "Redis goes away for good: exit code 1, and what was read stays beside %s, for it may be the only copy",
  async (name) => {
    const redis = await startRestartable();
    await fill(redis.port);
    const proxy = await startProxy(redis.port);
    proxy.after(midway, () => redis.kill());
    const flags = [...flagsTo(proxy.port), "--export", name, "--retry-for", "0"];
    const { seen, result } = await programJson(flags, { cwd });
    expect([seen.code, result.error?.code, result.export]).toEqual([1, "redis-lost", null]);
    expect(await readdir(cwd)).not.toContain(name);
    await expectKept(result);
  },
);

test("Redis goes away before any record was read: nothing is left behind", async () => {
  const redis = await startRestartable();
  await fill(redis.port);
  const proxy = await startProxy(redis.port);
  proxy.after(1_000, () => redis.kill());
  const flags = [...flagsTo(proxy.port), "--export", "out.json", "--retry-for", "0"];
  const { seen, result } = await programJson(flags, { cwd });
  expect([seen.code, result.warnings]).toEqual([1, []]);
  expect(await readdir(cwd)).toEqual(["db.json"]);
});

test("Ctrl-C while Redis is away: what was read stays, as where it goes away for good", async () => {
  const redis = await startRestartable();
  await fill(redis.port);
  const proxy = await startProxy(redis.port);
  const { child, seen } = startProgram([...flagsTo(proxy.port), "--export", "out.json", "--json"], { cwd });
  child.stderr?.on("data", (text) => String(text).includes("trying again") && child.kill("SIGINT"));
  proxy.after(midway, () => redis.kill());
  const result = resultOf(await seen);
  expect([result.exitCode, result.export]).toEqual([130, null]);
  await expectKept(result);
});

test("to standard output, Redis goes away for good: what was written is cut off, and so no JSON", async () => {
  const redis = await startRestartable();
  await fill(redis.port);
  const proxy = await startProxy(redis.port);
  proxy.after(midway, () => redis.kill());
  const flags = [...flagsTo(proxy.port), "--export", "-", "--retry-for", "0"];
  const { code, stdout } = await program(flags, { cwd });
  expect(code).toBe(1);
  expect(() => JSON.parse(stdout)).toThrow();
});

test("Redis restarts with its data: all is read once more, and counts once", async () => {
  const redis = await startRestartable({ arguments: ["--appendonly", "yes", "--appendfsync", "always"] });
  await fill(redis.port);
  const client = await redis.client();
  await client.set("chatgpt:keys:bad", "no JSON");
  const proxy = await startProxy(redis.port);
  proxy.after(midway, async () => {
    await redis.kill();
    await redis.start();
  });
  const flags = [
    ...flagsTo(proxy.port),
    "--export",
    "out.json",
    "--report",
    "r.jsonl",
    "--rejects",
    "rejects.jsonl",
  ];
  const { seen, result } = await programJson(flags, { cwd });
  expect([seen.code, result.counts.conversations]).toEqual([
    3,
    expect.objectContaining({ read: many, exported: many, failed: 0 }),
  ]);
  expect(result.warnings.map(({ code }) => code)).toContain("redis-restarted");
  expect(outcomesIn(await reportLines(join(cwd, "r.jsonl")), "conversation")).toEqual([["exported", many]]);
  expect(await readFile(join(cwd, "rejects.jsonl"), "utf8")).toMatch(/^\{.*"no JSON"\}\n$/);
  await expectWhole("out.json");
});

test("Redis restarts without its data: each record that it lost is told, and what was read of them is kept", async () => {
  const redis = await startRestartable();
  await fill(redis.port);
  const proxy = await startProxy(redis.port);
  proxy.after(midway, async () => {
    await redis.kill();
    await redis.start();
  });
  const { seen, result } = await programJson([...flagsTo(proxy.port), "--export", "out.json"], { cwd });
  expect([seen.code, result.counts.conversations, result.counts.keys]).toEqual([
    3,
    expect.objectContaining({ read: many, exported: 0, failed: many }),
    expect.objectContaining({ read: 3, exported: 0, failed: 3 }),
  ]);
  expect(result.differences[0]?.reason).toMatch(/^it is gone since Redis restarted or failed over/);
  const kept = (await readdir(cwd)).filter((name) => partial.test(name));
  const [file = ""] = kept;
  const { conversations, keys } = JSON.parse(await readFile(join(cwd, file), "utf8"));
  const read = conversations.rows.length;
  expect([kept.length, keys.rows.length, read > 0 && read < many]).toEqual([1, 3, true]);
  const told = (code: string) => result.warnings.find((warning) => warning.code === code)?.message;
  expect(told("kept-from-before")).toContain(`${file}: holds the ${read + 3} records that were read`);
  expect(told("gone-since-restart")).toContain(`${many + 3} keys that were there before are gone`);
  expect(told("gone-meanwhile")).toBeUndefined();
});

test("to standard output, a restart of Redis ends it: what was written cannot be taken back", async () => {
  const redis = await startRestartable({ arguments: ["--appendonly", "yes", "--appendfsync", "always"] });
  await fill(redis.port);
  const proxy = await startProxy(redis.port);
  proxy.after(midway, async () => {
    await redis.kill();
    await redis.start();
  });
  const { seen } = startProgram([...flagsTo(proxy.port), "--export", "-", "--json"], { cwd });
  const { code, stdout, stderr } = await seen;
  expect(() => JSON.parse(stdout)).toThrow();
  const json = stderr.slice(stderr.indexOf("{\n"), stderr.lastIndexOf("\n}\n") + 3);
  expect([code, resultOf({ code, stdout: json, stderr }).error?.code]).toEqual([1, "export-unrepeatable"]);
});

test("a second Ctrl-C leaves no more than a partial file", async () => {
  const { port } = await startRedis();
  await fill(port);
  const proxy = await startProxy(port);
  const { child, seen } = startProgram([...flagsTo(proxy.port), "--export", "out.json"], { cwd });
  proxy.after(midway, () => proxy.stall());
  await until(async () => (await readdir(cwd)).some((name) => partial.test(name)));
  await until(async () => {
    child.kill("SIGINT");
    return child.exitCode !== null || child.signalCode !== null;
  });
  expect((await seen).code).toBe(130);
  expect((await readdir(cwd)).filter((name) => name !== "db.json" && !partial.test(name))).toEqual([]);
});

test("a file of its name that somebody makes meanwhile stays as it is", async () => {
  const { port } = await startRedis();
  await fill(port);
  const proxy = await startProxy(port);
  const { seen } = startProgram([...flagsTo(proxy.port), "--export", "out.json", "--json"], { cwd });
  proxy.after(midway, () => writeFile(join(cwd, "out.json"), "mine"));
  const result = resultOf(await seen);
  expect([result.exitCode, result.error?.code, result.export]).toEqual([1, "file-exists", null]);
  expect([await readdir(cwd), await readFile(join(cwd, "out.json"), "utf8")]).toEqual([
    ["db.json", "out.json"],
    "mine",
  ]);
});

test("a named pipe is at its end once the export is, and not before", async () => {
  const { port } = await startRedis();
  await fill(port);
  execFileSync("mkfifo", [join(cwd, "pipe.json")]);
  const [seen, read] = await Promise.all([
    program([...flagsTo(port), "--export", "pipe.json"], { cwd }),
    readFile(join(cwd, "pipe.json"), "utf8"),
  ]);
  expect([seen.code, JSON.parse(read).conversations.rows.length]).toEqual([0, many]);
  // A verification would wait for somebody to write to it.
  expect(seen.stdout).not.toContain("Next:");
});
