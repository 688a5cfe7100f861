import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { expect, test } from "vitest";
import { records, writeLegacy } from "../support/legacy.js";
import { programJson, resultOf, type Seen, scratchFolder, startProgram } from "../support/program.js";
import { silentMidway } from "../support/proxy.js";
import { type PrivateRedis, startRedis, until } from "../support/redis.js";

const bin = resolve("bin/chatgpt-migrate.js");

test("SIGINT lets the batches in flight finish, tells what was done, and exits with 130", async () => {
  const cwd = await scratchFolder();
  const redis = await startRedis();
  await writeLegacy(join(cwd, "db.json"), records(5_000, 0));
  const { proxy, isSilent } = await silentMidway(redis);
  const { child, seen } = startProgram(["-p", String(proxy.port), "--json", "--report", "r.md"], { cwd });
  await isSilent;
  child.kill("SIGINT");
  proxy.unstall();
  const { code, stdout } = await seen;
  expect(code).toBe(130);
  const result = JSON.parse(stdout);
  expect(result.interrupted).toBe("SIGINT");
  expect(result.counts.conversations.created).toBe(await redis.client.dbSize());
  expect(result.counts.conversations.created).toBeGreaterThan(0);
  expect(result.counts.conversations.created).toBeLessThan(5_000);
  const [source] = result.sources;
  const counted = source?.conversations.toLocaleString("en");
  expect(await readFile(join(cwd, "r.md"), "utf8")).toContain(
    `: so far ${counted} conversations, 0 API keys)`,
  );
});

test("a second SIGINT ends the program at once, and not with 0", async () => {
  const cwd = await scratchFolder();
  const redis = await startRedis();
  await writeLegacy(join(cwd, "db.json"), records(3_000, 0));
  await redis.client.sendCommand(["CLIENT", "PAUSE", "60000", "WRITE"]);
  const { child, seen } = startProgram(["-p", String(redis.port), "-v"], { cwd });
  await until(async () => /cmd=set/.test(await redis.client.sendCommand<string>(["CLIENT", "LIST"])));
  child.kill("SIGINT");
  await until(async () => {
    child.kill("SIGINT");
    return child.exitCode !== null || child.signalCode !== null;
  });
  expect((await seen).code).toBe(130);
});

/** Sends two signals, the second once the first was answered, while Redis is silent in the middle of the work. */
async function interruptTwice(cwd: string, redis: PrivateRedis, flags: readonly string[]): Promise<Seen> {
  const { proxy, isSilent } = await silentMidway(redis);
  const { child, seen } = startProgram(["-p", String(proxy.port), ...flags], { cwd });
  const answered = new Promise<void>((resolve) => {
    let text = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("once more ends it at once")) resolve();
    });
  });
  await isSilent;
  child.kill("SIGINT");
  await answered;
  child.kill("SIGTERM");
  return seen;
}

test("a second signal tells what was done, and how that is taken back, without waiting for Redis", async () => {
  const cwd = await scratchFolder();
  const redis = await startRedis();
  await writeLegacy(join(cwd, "db.json"), records(6_000, 0));
  const flags = ["--journal", "j.jsonl", "-q", "--rejects", "rejects.jsonl"];
  const { code, stdout, stderr } = await interruptTwice(cwd, redis, flags);
  expect([code, stdout]).toEqual([143, ""]);
  expect(stderr).toMatch(/^Interrupted by SIGTERM after .*: run it again to do the rest\.$/m);
  expect(stderr).toMatch(/^What was under way may be done in Redis too, and is not counted\.$/m);
  expect(stderr).toMatch(/^To take this back: chatgpt-migrate --undo j\.jsonl$/m);
  expect(await redis.client.dbSize()).toBeGreaterThan(0);
  // An empty one would be refused as an earlier run's, when the rest is done.
  expect(await readdir(cwd)).toEqual(["db.json", "j.jsonl"]);
  const undone = await programJson(["-p", String(redis.port), "--undo", "j.jsonl"], { cwd });
  expect([undone.seen.code, await redis.client.dbSize()]).toEqual([0, 0]);
});

test("a second signal gives the JSON result as it stands", async () => {
  const cwd = await scratchFolder();
  const redis = await startRedis();
  const mixed = [{ id: "bad", messages: 1 }, ...records(6_000, 0).conversations];
  await writeLegacy(join(cwd, "db.json"), { conversations: mixed, keys: [] });
  const seen = await interruptTwice(cwd, redis, ["--journal", "j.jsonl", "--json"]);
  const result = resultOf(seen);
  expect(result).toMatchObject({ interrupted: "SIGTERM", exitCode: 143, journal: "j.jsonl", error: null });
  const { read, invalid, created = 0 } = result.counts.conversations;
  // What is in flight is counted nowhere, so that the sums hold.
  expect([seen.code, read]).toEqual([143, created + invalid]);
  expect(created).toBeLessThanOrEqual(await redis.client.dbSize());
});

test("a second signal names the file that an export leaves under its temporary name", async () => {
  const cwd = await scratchFolder();
  const redis = await startRedis();
  await writeLegacy(join(cwd, "db.json"), records(6_000, 0));
  await programJson(["-p", String(redis.port), "--no-journal"], { cwd });
  const { code, stderr } = await interruptTwice(cwd, redis, ["--export", "out.json"]);
  const [, left = ""] = /^Left unfinished: (.*)$/m.exec(stderr) ?? [];
  expect([code, left]).toEqual([143, expect.stringMatching(/^out\.json\..*\.partial$/)]);
  expect(existsSync(join(cwd, left))).toBe(true);
});

test("a second signal before the first write says that Redis holds nothing", async () => {
  const cwd = await scratchFolder();
  const redis = await startRedis();
  await writeLegacy(join(cwd, "db.json"), records(30, 0));
  // The preflight check tries each command, and waits.
  await redis.client.sendCommand(["CLIENT", "PAUSE", "60000", "WRITE"]);
  const { child, seen } = startProgram(["-p", String(redis.port)], { cwd });
  await until(async () => /cmd=set/.test(await redis.client.sendCommand<string>(["CLIENT", "LIST"])));
  child.stderr?.once("data", () => child.kill("SIGINT"));
  child.kill("SIGINT");
  const { code, stderr } = await seen;
  expect([code, stderr]).toEqual([130, expect.stringContaining("Redis holds nothing of this run yet.\n")]);
  expect(stderr).not.toContain("--undo");
  await redis.client.sendCommand(["CLIENT", "UNPAUSE"]);
  expect(await redis.client.dbSize()).toBe(0);
});

test("Ctrl-C ends the wait for standard input", async () => {
  const cwd = await scratchFolder();
  const { port } = await startRedis();
  const child = spawn(process.execPath, [bin, "-p", String(port), "-", "--json"], { cwd });
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
