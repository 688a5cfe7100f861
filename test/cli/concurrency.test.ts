import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunResult } from "../../src/types/run-result.js";
import { conversation, records, writeLegacy } from "../support/legacy.js";
import { program, scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";

/** What a run and its Redis must have in common with every other run of the same file. */
async function runAt(cwd: string, flags: readonly string[]) {
  const redis = await startRedis();
  const other = JSON.stringify({ ...conversation("5"), messages: [], lastActive: Date.UTC(2040) });
  await redis.client.set(`chatgpt:conversations:${conversation("5").id}`, other);
  const { stdout, stderr, code } = await program(
    ["-p", String(redis.port), "--json", "--details", "0", "--no-journal", "--no-progress", ...flags],
    { cwd, ownThreads: true },
  );
  const { counts, differences, rejections, warnings, sources } = JSON.parse(stdout) as RunResult;
  const values = [...(await redis.dump())].map(([key, { value }]) => [key, value]);
  return { code, stderr, counts, differences, rejections, warnings, sources, values };
}

test("the results, and the order of what is told, are the same at every concurrency", async () => {
  const cwd = await scratchFolder();
  const { conversations, keys } = records(4_000, 40);
  const odd = [
    { id: "no messages" },
    { id: 5, messages: [] },
    { id: "no user", messages: [{ type: 9, date: 1 }] },
    { id: "escape \n", userName: "u", messages: [] },
    conversations[7] as object,
  ];
  const rows = conversations.flatMap((row, at) => (at % 400 === 0 ? [row, ...odd] : [row]));
  await writeLegacy(join(cwd, "db.json"), { conversations: rows, keys: [...keys, { key: "" }] });
  const text = await readFile(join(cwd, "db.json"), "utf8");
  // A lost quote, a lost comma, and text behind the end.
  const damaged = `${text.replace('"userName": "User"', '"userName": "User').replace(/\},\n {12}\{/, "}\n            {")} end`;
  await writeFile(join(cwd, "damaged.json"), damaged);
  const gather = async (...flags: string[]) => runAt(cwd, ["db.json", "damaged.json", ...flags]);

  const one = await gather("--concurrency", "1");
  expect([one.code, one.rejections.length > 20, one.values.length > 4_000]).toEqual([3, true, true]);
  for (const threads of ["2", "4"]) {
    expect(await gather("--concurrency", threads, "--threads-from", "0")).toEqual(one);
  }
  expect(await gather()).toEqual(one);
});

test("standard input, and a file that is gone, are read in a thread as they are without one", async () => {
  const cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), records(50, 5));
  const redis = await startRedis();
  const flags = ["-p", String(redis.port), "--concurrency", "2", "--threads-from", "0"];
  const stdin = await readFile(join(cwd, "db.json"));
  expect((await program([...flags, "-"], { cwd, stdin })).code).toBe(0);
  expect(await redis.client.dbSize()).toBe(55);
  const { code, stderr } = await program([...flags, "gone.json"], { cwd });
  expect([code, stderr]).toEqual([1, expect.stringContaining("gone.json: there is no such file or folder")]);
});
