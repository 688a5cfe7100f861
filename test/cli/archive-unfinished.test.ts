import { spawnSync } from "node:child_process";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { gunzipSync } from "node:zlib";
import { beforeEach, expect, test } from "vitest";
import { records, writeLegacy } from "../support/legacy.js";
import { program, programJson, resultOf, scratchFolder, startProgram } from "../support/program.js";
import { startProxy } from "../support/proxy.js";
import { type PrivateRedis, redisOfFile, until } from "../support/redis.js";
import { startRestartable } from "../support/restartable-redis.js";
import { rounds } from "../support/rounds.js";

const redisOf = redisOfFile();
let cwd: string;
let redis: PrivateRedis;
let at: string[];

const bin = resolve("bin/chatgpt-migrate.js");
const archiving = ["--no-journal", "--ttl-from", "last-active", "--archive", "old.json"];
const many = 2_000;

/** Bytes to the server: about half of what a run sends, and after more batches than are in flight at once. */
const inTheMiddle = 700_000;

/** Every other one is past its time. */
const mixed = {
  conversations: records(2 * many, 0).conversations.map((one, row) =>
    row % 2 === 0 ? one : { ...one, lastActive: Date.now() - row },
  ),
  keys: [],
};

beforeEach(async () => {
  cwd = await scratchFolder();
  redis = redisOf();
  at = ["-p", String(redis.port)];
  await writeLegacy(join(cwd, "db.json"), mixed);
});

const partials = async () => (await readdir(cwd)).filter((name) => name.endsWith(".partial"));

async function rowsIn(name: string): Promise<{ readonly id: string }[]> {
  const bytes = await readFile(join(cwd, name));
  const text = name.includes(".gz") ? gunzipSync(bytes) : bytes;
  return JSON.parse(text.toString()).conversations.rows;
}

/** The same command completes: each conversation is in Redis or in the archive, and a verification says so. */
async function expectCompleted(flags: readonly string[]): Promise<void> {
  const { seen, result } = await programJson(flags, { cwd });
  expect([seen.code, result.error]).toEqual([0, null]);
  expect(await redis.client.dbSize()).toBe(many);
  expect(await rowsIn("old.json")).toEqual(mixed.conversations.filter((_, row) => row % 2 === 0));
  expect((await program([...flags, "--verify"], { cwd })).code).toBe(0);
}

test.each(["old.json", "old.json.gz"])(
  "Ctrl-C leaves a whole file under another name than %s, and says so; the same command completes",
  async (name) => {
    const proxy = await startProxy(redis.port);
    const flags = ["--host", "127.0.0.1", "-p", String(proxy.port), ...archiving.slice(0, -1), name];
    const { child, seen } = startProgram([...flags, "--json"], { cwd });
    proxy.after(inTheMiddle, () => child.kill("SIGINT"));
    const result = resultOf(await seen);
    const { created, archived } = result.counts.conversations;
    expect([result.exitCode, result.archive, created]).toEqual([130, null, await redis.client.dbSize()]);
    const [partial = ""] = await partials();
    expect([await readdir(cwd), await rowsIn(partial)]).toEqual([
      expect.not.arrayContaining([name]),
      expect.objectContaining({ length: archived }),
    ]);
    expect(result.warnings).toContainEqual({
      code: "archive-unfinished",
      message: expect.stringContaining(`${partial}: holds the first ${archived} conversations`),
    });
    if (name === "old.json") await expectCompleted(flags);
  },
);

test("killed at any moment: no part bears the archive's name, what was left is read as a damaged source, and the same command completes", async () => {
  const kills = rounds(2, 20);
  for (let kill = 1; kill <= kills; kill += 1) {
    await redis.client.flushAll();
    const { child, seen } = startProgram([...at, ...archiving], { cwd });
    // A moment is an amount of work done, not of time passed.
    await until(
      async () => child.exitCode !== null || (await redis.client.dbSize()) >= (kill * many) / (kills + 1),
    );
    child.kill("SIGKILL");
    await seen;
    const names = await readdir(cwd);
    if (names.includes("old.json")) expect(await rowsIn("old.json")).toHaveLength(many);
    else {
      const [partial = ""] = await partials();
      const { size } = await stat(join(cwd, partial));
      const { seen: left, result } = await programJson([...at, "--dry-run", partial], { cwd });
      // What was written before the kill, if anything was, is read.
      expect([left.code, result.counts.conversations.read > 0]).toEqual(
        size === 0 ? [1, false] : [expect.toSatisfy((code) => code === 0 || code === 3), true],
      );
    }
    await expectCompleted([...at, ...archiving]);
    for (const name of await readdir(cwd)) if (name !== "db.json") await rm(join(cwd, name));
  }
}, 600_000);

test("a full disk under the archive: what counts in Redis is there, the archive is not, and the same command completes", async () => {
  const { status, stdout } = spawnSync(
    "bash",
    ["-c", 'ulimit -f 512 && exec "$@"', "bash", process.execPath, bin, ...at, ...archiving, "--json"],
    { cwd, encoding: "utf8", env: { PATH: process.env.PATH ?? "" } },
  );
  const result = resultOf({ stdout, stderr: "", code: status });
  expect([status, result.error?.code, result.archive]).toEqual([1, "file-unwritable", null]);
  expect(result.counts.conversations.created).toBe(await redis.client.dbSize());
  expect(result.warnings).toContainEqual({
    code: "archive-unfinished",
    message: expect.stringMatching(/^old\.json: .* is in the sources alone, and counts as failed$/),
  });
  expect(result.counts.conversations.archived).toBe(0);
  expect(result.counts.conversations.failed).toBeGreaterThan(0);
  expect(await readdir(cwd)).toEqual(["db.json"]);
  await expectCompleted([...at, ...archiving]);
});

test("what somebody puts in the archive's place meanwhile stays, and the archive keeps its other name", async () => {
  const proxy = await startProxy(redis.port);
  proxy.after(inTheMiddle, () => writeFile(join(cwd, "old.json"), "mine"));
  const flags = ["--host", "127.0.0.1", "-p", String(proxy.port), ...archiving];
  const { result } = await programJson(flags, { cwd });
  expect([result.exitCode, result.error?.code]).toEqual([1, "file-exists"]);
  const [partial = ""] = await partials();
  expect([await rowsIn(partial), await readFile(join(cwd, "old.json"), "utf8")]).toEqual([
    expect.objectContaining({ length: many }),
    "mine",
  ]);
});

test("Redis restarts without its data: what it lost is written again, and nothing is archived twice", async () => {
  const forgetful = await startRestartable();
  const proxy = await startProxy(forgetful.port);
  proxy.after(inTheMiddle, async () => {
    await forgetful.kill();
    await forgetful.start();
  });
  const flags = ["--host", "127.0.0.1", "-p", String(proxy.port), ...archiving];
  const { result } = await programJson(flags, { cwd });
  expect([result.exitCode, result.counts.conversations]).toEqual([
    0,
    expect.objectContaining({ created: many, archived: many }),
  ]);
  expect(result.warnings.map(({ code }) => code)).toContain("redis-restarted");
  expect(await rowsIn("old.json")).toHaveLength(many);
  expect((await program([...flags, "--verify"], { cwd })).code).toBe(0);
});

test("Redis is lost for good: the archive's part is a whole file, and the same command completes", async () => {
  const proxy = await startProxy(redis.port);
  const flags = ["--host", "127.0.0.1", "-p", String(proxy.port), "--retry-for", "0", ...archiving];
  proxy.after(inTheMiddle, () => {
    proxy.refuse();
    proxy.cut();
  });
  const { result } = await programJson(flags, { cwd });
  expect([result.exitCode, result.error?.code]).toEqual([1, expect.stringMatching(/^redis-/)]);
  const [partial = ""] = await partials();
  expect(await rowsIn(partial)).toHaveLength(result.counts.conversations.archived ?? 0);
  await expectCompleted([...at, ...archiving]);
});
