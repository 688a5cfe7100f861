import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { records, writeLegacy } from "../support/legacy.js";
import { scratchFolder, startProgram } from "../support/program.js";
import { startProxy } from "../support/proxy.js";
import { startRedis, until } from "../support/redis.js";

test("an exception that nobody expected ends with the counts so far, and without a text of it", async () => {
  const cwd = await scratchFolder();
  const redis = await startRedis();
  await writeLegacy(join(cwd, "db.json"), records(1_500, 0));
  await writeFile(
    join(cwd, "boom.mjs"),
    'process.on("made-up", () => { throw new TypeError("made-up words"); }); process.on("SIGUSR2", () => process.emit("made-up"));',
  );
  const proxy = await startProxy(redis.port);
  const reported = ["--no-journal", "--json", "--report", "r.md"];
  const elsewhere = ["--host", "127.0.0.1", "-p", String(proxy.port), ...reported];
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
  const report = await readFile(join(cwd, "r.md"), "utf8");
  expect(report).toMatch(/^# .*\n\n❌ \*\*Stopped by an error/);
  expect(report).toContain("TypeError");
  expect(report).not.toContain("made-up words");
});
