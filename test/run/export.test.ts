import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { expect, test } from "vitest";
import { run } from "../../src/run.js";
import { Secret } from "../../src/secret.js";
import type { Progress } from "../../src/types/progress.js";
import { conversation } from "../support/legacy.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { type PrivateRedis, startRedis } from "../support/redis.js";

async function fill(redis: PrivateRedis, count: number): Promise<string[]> {
  const rows = Array.from({ length: count }, (_, at) => conversation(String(at)));
  await Promise.all(
    rows.map((row) => redis.client.set(`chatgpt:conversations:${row.id}`, JSON.stringify(row))),
  );
  return rows.map(({ id }) => id).sort();
}

/** Deletes a key, and ends once that is done. */
const deletion = `
const [, port, key] = process.argv;
const socket = require("node:net").connect(Number(port), "127.0.0.1");
socket.on("data", () => socket.destroy());
socket.write("DEL " + key + "\\r\\n");`;

test("a key that is gone by the time that it is read counts as nothing, and a warning says how many were", async () => {
  const redis = await startRedis();
  const [first = "", ...rest] = await fill(redis, 50);
  const out = join(await scratchFolder(), "out.json");
  const note = (text: string) => {
    if (!text.endsWith("keys found")) return;
    // Before the export goes on.
    execFileSync(process.execPath, ["-e", deletion, String(redis.port), `chatgpt:conversations:${first}`]);
  };
  const result = await run(optionsFor(redis, { mode: "export", export: out }), { hooks: { note } });
  expect([result.exitCode, result.counts.conversations]).toEqual([
    0,
    expect.objectContaining({ read: 49, exported: 49 }),
  ]);
  expect(result.warnings).toEqual([
    { code: "gone-meanwhile", message: expect.stringMatching(/^1 key was gone before/) },
  ]);
  const { conversations } = JSON.parse(await readFile(out, "utf8"));
  expect(conversations.rows.map(({ id }: { id: string }) => id)).toEqual(rest);
});

test("a file of more bytes than the library can hold in one string is said to be none to go back with", async () => {
  const redis = await startRedis();
  const deep = 1_000;
  // Written over lines, each of these numbers stands behind 4 kB of spaces.
  const numbers = JSON.stringify(Array.from({ length: deep }, () => 1));
  const long = `${"[".repeat(deep)}${numbers}${"]".repeat(deep)}`;
  const fillTo = async (count: number) => {
    for (let id = 0; id < count; id += 1)
      await redis.client.set(
        `chatgpt:conversations:${id}`,
        `{"id":"${id}","userName":"a","messages":[],"long":${long}}`,
      );
  };
  let bytes = 0;
  const exported = async () => {
    bytes = 0;
    const writeOutput = async (some: Uint8Array) => {
      bytes += some.length;
    };
    return run(optionsFor(redis, { mode: "export", export: "-" }), { writeOutput });
  };
  await fillTo(66);
  const { warnings } = await exported();
  expect([bytes < 2 ** 29 - 24, warnings]).toEqual([true, []]);
  await fillTo(68);
  const result = await exported();
  expect([bytes > 2 ** 29 - 24, result.exitCode, result.warnings]).toEqual([
    true,
    0,
    [{ code: "too-long-for-library", message: expect.stringContaining(bytes.toLocaleString("en")) }],
  ]);
});

test("progress knows how many records there are, and ends with all of them", async () => {
  const redis = await startRedis();
  await fill(redis, 300);
  const out = join(await scratchFolder(), "out.json");
  const seen: Progress[] = [];
  const hooks = { progress: (one: Progress) => seen.push(one) };
  await run(optionsFor(redis, { mode: "export", export: out }), { hooks });
  expect(seen.length).toBeGreaterThan(2);
  expect(new Set(seen.map(({ totalRecords }) => totalRecords))).toEqual(new Set([300]));
  expect(seen.at(-1)?.records).toBe(300);
});

test("values of which this user may not ask how long they are, nor for many at once, are read all the same", async () => {
  const redis = await startRedis();
  await fill(redis, 30);
  await redis.client.aclSetUser("default", ["-strlen", "-mget", "-dump", "-info"]);
  await redis.client.rPush("chatgpt:conversations:queue", "a");
  const folder = await scratchFolder();
  const files = { export: join(folder, "out.json"), rejects: join(folder, "rejects.jsonl") };
  const { counts, warnings } = await run(optionsFor(redis, { mode: "export", ...files }));
  expect(counts.conversations).toMatchObject({ exported: 30, wrongType: 1 });
  const kept = JSON.parse(await readFile(files.rejects, "utf8"));
  // An empty text would say that nothing is held.
  expect([kept.type, Object.keys(kept)]).toEqual(["list", ["kind", "key", "type", "reason"]]);
  expect(warnings).toContainEqual({
    code: "rejects-incomplete",
    message: expect.stringMatching(/^1 key is named .* without what is held/),
  });
});

test("a user who may do no more than docs/redis.md says exports all", async () => {
  const row = /^\| `--export` +\| `([A-Z ]+)`/m.exec(await readFile("docs/redis.md", "utf8"))?.[1] ?? "";
  const may = row
    .toLowerCase()
    .split(" ")
    .map((command) => `+${command}`);
  const redis = await startRedis();
  await fill(redis, 30);
  await redis.client.aclSetUser("reader", ["on", ">made-up", "~chatgpt:*", ...may]);
  const { address } = optionsFor(redis);
  const login = { ...address, username: "reader", password: new Secret("made-up") };
  const out = join(await scratchFolder(), "out.json");
  const result = await run(optionsFor(redis, { mode: "export", export: out, address: login }));
  expect([may.length, result.error, result.counts.conversations.exported]).toEqual([3, null, 30]);
});
