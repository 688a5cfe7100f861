import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import process from "node:process";
import { expect, test } from "vitest";
import { records, writeLegacy } from "../support/legacy.js";
import { scratchFolder, startProgram } from "../support/program.js";
import { startRedis, until } from "../support/redis.js";

const bin = resolve("bin/chatgpt-migrate.js");

test("SIGINT lets the batches in flight finish, tells what was done, and exits with 130", async () => {
  const cwd = await scratchFolder();
  const redis = await startRedis();
  await writeLegacy(join(cwd, "db.json"), records(5_000, 0));
  // With writes paused, the run stands still with its window full until we let it go on.
  await redis.client.sendCommand(["CLIENT", "PAUSE", "60000", "WRITE"]);
  const { child, seen } = startProgram(["-p", String(redis.port), "--json"], { cwd });
  await until(async () => /cmd=set/.test(await redis.client.sendCommand<string>(["CLIENT", "LIST"])));
  child.kill("SIGINT");
  await redis.client.sendCommand(["CLIENT", "UNPAUSE"]);
  const { code, stdout } = await seen;
  expect(code).toBe(130);
  const result = JSON.parse(stdout);
  expect(result.interrupted).toBe("SIGINT");
  expect(result.counts.conversations.created).toBe(await redis.client.dbSize());
  expect(result.counts.conversations.created).toBeLessThan(5_000);
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
