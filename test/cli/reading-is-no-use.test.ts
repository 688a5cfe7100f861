import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { records, writeLegacy } from "../support/legacy.js";
import { program, scratchFolder } from "../support/program.js";
import { type PrivateRedis, startRedis } from "../support/redis.js";

let cwd: string;
let redis: PrivateRedis;
let key: string;

/** What a key counts that is never read again. */
const unread = 5;

beforeEach(async () => {
  cwd = await scratchFolder();
  // Redis then counts each use of a key, and forgets none.
  const counting = ["--maxmemory-policy", "allkeys-lfu", "--lfu-log-factor", "0", "--lfu-decay-time", "0"];
  redis = await startRedis({ arguments: counting });
  const legacy = records(300, 0);
  await writeLegacy(join(cwd, "db.json"), legacy);
  for (const one of legacy.conversations) {
    key = `chatgpt:conversations:${(one as { id: string }).id}`;
    await redis.client.set(key, JSON.stringify(one), { EX: 30 * 24 * 60 * 60 });
  }
});

const uses = () => redis.client.sendCommand<number>(["OBJECT", "FREQ", key]);

const modes = [["--dry-run"], ["--verify"], ["--export", "out.json"]];

test.each(modes)("what is read counts as used only where Redis knows no other way: %s", async (...mode) => {
  const [, major = 0, minor = 0] =
    /redis_version:(\d+)\.(\d+)/.exec(await redis.client.info("server"))?.map(Number) ?? [];
  const isKnown = major > 7 || (major === 7 && minor >= 2);
  expect(await uses()).toBe(unread);
  expect((await program(["-p", String(redis.port), ...mode], { cwd })).code).toBe(0);
  expect((await uses()) === unread).toBe(isKnown);
});

test.each(modes)("a user who may not ask for that reads all the same: %s", async (...mode) => {
  await redis.client.sendCommand(["ACL", "SETUSER", "reader", "on", ">made-up", "+@all", "-client", "~*"]);
  const flags = ["-p", String(redis.port), "--username", "reader"];
  const { code } = await program([...flags, ...mode], { cwd, env: { REDIS_PASSWORD: "made-up" } });
  expect([code, (await uses()) > unread]).toEqual([0, true]);
});
