import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import type { Options } from "../../src/options.js";
import { run } from "../../src/run.js";
import { Secret } from "../../src/secret.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { startProxy } from "../support/proxy.js";
import { type PrivateRedis, startRedis, until } from "../support/redis.js";

const ids = ["a", "b", "c", "d"];
const conversations = ids.map((id) => ({
  id,
  messages: [
    { id: "1", date: 1 },
    { id: "2", date: 2 },
  ],
}));
const keyOf = (id: string) => `chatgpt:conversations:${id}`;
/** What the file's versions of `c` and `d` go on from. */
const before = (id: string) => JSON.stringify({ id, messages: [{ id: "1", date: 1 }] });

let redis: PrivateRedis;
let options: Options;
let first: string;

beforeEach(async () => {
  redis = await startRedis();
  const cwd = await scratchFolder();
  first = join(cwd, "first.jsonl");
  await writeFile(join(cwd, "db.json"), JSON.stringify({ conversations: { rows: conversations } }));
  options = optionsFor(redis, { sources: [join(cwd, "db.json")], ttl: null, force: true, journal: first });
  for (const id of ["c", "d"]) await redis.client.set(keyOf(id), before(id));
});

const values = () => redis.client.mGet(ids.map(keyOf));
const fileValues = conversations.map((one) => JSON.stringify(one));

/** Undoes the first run, once another one has written all. */
async function undoFirst(address = options.address) {
  const second = await run({ ...options, journal: null });
  expect([second.exitCode, await values()]).toEqual([0, fileValues]);
  return run({ ...options, address, mode: "undo", undo: first, journal: null });
}

test("what Redis refused to a run, and a later one wrote, is no undo's of the first to take back", async () => {
  const may = [keyOf("a"), keyOf("c")].map((key) => `~${key}`);
  await redis.client.sendCommand(["ACL", "SETUSER", "mover", "on", ">made-up", ...may, "%R~*", "+@all"]);
  const address = { ...options.address, username: "mover", password: new Secret("made-up") };
  const refused = await run({ ...options, address });
  expect([refused.exitCode, refused.counts.conversations]).toMatchObject([
    3,
    { created: 1, updated: 1, failed: 2 },
  ]);
  const undone = await undoFirst();
  expect([undone.exitCode, undone.counts.conversations]).toMatchObject([
    0,
    { read: 2, deleted: 1, restored: 1 },
  ]);
  expect(await values()).toEqual([null, fileValues[1], before("c"), fileValues[3]]);
});

test("nor is it where Redis refuses all that follows", async () => {
  await redis.client.configSet("maxmemory", "1");
  const refused = await run(options);
  expect(refused.error?.code).toBe("redis-out-of-memory");
  expect(await readFile(first, "utf8")).toContain(keyOf("a"));
  await redis.client.configSet("maxmemory", "0");
  const undone = await undoFirst();
  expect([undone.exitCode, undone.counts.conversations.read, await values()]).toEqual([0, 0, fileValues]);
});

test("nor is it where Redis would take it later, and the time to wait is over before", async () => {
  await redis.client.configSet("min-replicas-to-write", "1");
  const refused = await run({ ...options, address: { ...options.address, retryForMs: 100 } });
  expect(refused.error?.code).toBe("redis-no-replicas");
  expect(await readFile(first, "utf8")).toContain(keyOf("a"));
  await redis.client.configSet("min-replicas-to-write", "0");
  const undone = await undoFirst();
  expect([undone.exitCode, undone.counts.conversations.read, await values()]).toEqual([0, 0, fileValues]);
});

test("what was written, and refused when it was sent once more for want of an answer, is taken back", async () => {
  const proxy = await startProxy(redis.port);
  const address = { ...options.address, port: proxy.port };
  // Told after all that is checked first, and long before the first write.
  const note = (text: string) => {
    if (text.startsWith("reading ")) void redis.client.sendCommand(["CLIENT", "PAUSE", "1000000", "WRITE"]);
  };
  const refused = run({ ...options, address }, { hooks: { note } });
  // Redis has the commands, and their answers come no further than the proxy.
  await until(async () => /flags=\S*b/.test(await redis.client.sendCommand<string>(["CLIENT", "LIST"])));
  proxy.stall();
  await redis.client.sendCommand(["CLIENT", "UNPAUSE"]);
  await until(async () => (await redis.client.exists([keyOf("a"), keyOf("b")])) === 2);
  await redis.client.configSet("maxmemory", "1");
  proxy.cut();
  proxy.unstall();
  expect((await refused).error?.code).toBe("redis-out-of-memory");
  await redis.client.configSet("maxmemory", "0");
  const undone = await undoFirst(address);
  expect([undone.exitCode, undone.counts.conversations.deleted]).toEqual([0, 2]);
  expect((await values()).slice(0, 2)).toEqual([null, null]);
});
