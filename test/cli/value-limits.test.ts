import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { startCluster } from "../support/cluster.js";
import { conversation, records, writeLegacy } from "../support/legacy.js";
import { programJson, scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";

const limit = 1024 * 1024;

/** A conversation whose value has so many bytes. */
function ofSize(seed: string, bytes: number) {
  const row = { ...conversation(seed, 1), userName: "" };
  return { ...row, userName: "x".repeat(bytes - Buffer.byteLength(JSON.stringify(row))) };
}

type Row = ReturnType<typeof ofSize>;

const keyOf = ({ id }: Row) => `chatgpt:conversations:${id}`;

/** What a dry run, and the run after it, are to say alike. */
function mirrored({ seen, result }: Awaited<ReturnType<typeof programJson>>) {
  const { counts, differences, error } = result;
  return { code: seen.code, counts, differences, error };
}

let cwd: string;

beforeEach(async () => {
  cwd = await scratchFolder();
});

const flagsTo = ({ port }: { readonly port: number }) => ["--host", "127.0.0.1", "-p", String(port)];

async function dryAndLive(flags: readonly string[]) {
  const dry = mirrored(await programJson([...flags, "--dry-run"], { cwd }));
  const live = await programJson(flags, { cwd });
  expect(dry).toEqual(mirrored(live));
  return live;
}

const failed = ({ id }: Row, reason: string) => ({
  kind: "conversation",
  name: id,
  difference: "failed",
  place: expect.objectContaining({ source: "db.json" }),
  fields: [],
  reason,
});

test.each([
  ["client-query-buffer-limit", limit - 2],
  ["proto-max-bulk-len", limit],
])(
  "with %s, the largest value that Redis takes goes in; one byte more fails, and is no connection's end",
  async (setting, largest) => {
    const few = records(60, 3);
    const fits = ofSize("fits", largest);
    const exceeds = ofSize("exceeds", largest + 1);
    await writeLegacy(join(cwd, "db.json"), {
      ...few,
      conversations: [...few.conversations, fits, exceeds],
    });
    const redis = await startRedis({ arguments: [`--${setting}`, "1mb"] });
    const { seen, result } = await dryAndLive([...flagsTo(redis), "--retry-for", "0"]);
    const reason = `this value has ${largest + 1} bytes, and Redis takes no more than ${largest} (${setting})`;
    expect([seen.code, result.differences]).toEqual([3, [failed(exceeds, reason)]]);
    expect(await redis.client.dbSize()).toBe(64);
    expect(await redis.client.strLen(keyOf(fits))).toBe(largest);
    const verified = await programJson([...flagsTo(redis), "--verify"], { cwd });
    expect(verified.result.counts.conversations).toMatchObject({ matched: 61, missing: 1 });
  },
);

test("many small records, more of them in flight than one command may be long, all go in", async () => {
  await writeLegacy(join(cwd, "db.json"), records(20_000, 0));
  const redis = await startRedis({ arguments: ["--client-query-buffer-limit", "1mb"] });
  const before = (await redis.client.info("stats")).match(/total_connections_received:(\d+)/)?.[1];
  const { seen } = await programJson([...flagsTo(redis), "--retry-for", "0"], { cwd });
  expect([seen.code, await redis.client.dbSize()]).toEqual([0, 20_000]);
  const after = (await redis.client.info("stats")).match(/total_connections_received:(\d+)/)?.[1];
  // One to work with, one for batches, and one to ask at the end who is there.
  expect(Number(after) - Number(before)).toBe(3);
});

test("a dry run mirrors what would replace, be merged or only expire, and what an undo would put back", async () => {
  const redis = await startRedis();
  const large = ofSize("large", limit + 1);
  const expires = ofSize("expires", limit + 100);
  const flags = [...flagsTo(redis), "--on-conflict", "overwrite"];
  await redis.client.set(keyOf(large), JSON.stringify({ ...large, userName: "before" }));
  await redis.client.set(keyOf(expires), JSON.stringify(expires));
  await writeLegacy(join(cwd, "db.json"), { conversations: [large, expires], keys: [] });
  await redis.client.configSet("proto-max-bulk-len", "1mb");
  const first = await dryAndLive(flags);
  expect(first.result.counts.conversations).toMatchObject({ updated: 1, failed: 1 });

  await redis.client.configSet("proto-max-bulk-len", "512mb");
  await redis.client.set(keyOf(large), JSON.stringify(large));
  await writeLegacy(join(cwd, "db.json"), { conversations: [{ ...large, userName: "after" }], keys: [] });
  const replaced = await dryAndLive([...flags, "--journal", "journal.jsonl"]);
  expect(replaced.result.counts.conversations).toMatchObject({ updated: 1 });
  await redis.client.configSet("proto-max-bulk-len", "1mb");
  const undone = await dryAndLive([...flagsTo(redis), "--undo", "journal.jsonl"]);
  expect([undone.seen.code, undone.result.counts.conversations]).toEqual([
    3,
    expect.objectContaining({ read: 1, failed: 1, restored: 0 }),
  ]);
});

test("what Redis does not hand out of another type fails in the dry run, too", async () => {
  const redis = await startRedis();
  const row = ofSize("list", 1_000);
  await writeLegacy(join(cwd, "db.json"), { conversations: [row], keys: [] });
  await redis.client.rPush(keyOf(row), ["x".repeat(1_500_000), "y".repeat(1_500_000)]);
  await redis.client.configSet("rdbcompression", "no");
  await redis.client.configSet("client-output-buffer-limit", "normal 1mb 0 0");
  const { seen, result } = await dryAndLive([...flagsTo(redis), "--on-conflict", "overwrite"]);
  expect([seen.code, result.counts.conversations.failed]).toEqual([3, 1]);
});

test("in a cluster, each master's own limit counts", async () => {
  const cluster = await startCluster();
  await cluster.masters[0].client.configSet("proto-max-bulk-len", "1mb");
  const rows = Array.from({ length: 12 }, (_, at) => ofSize(`of ${at}`, limit + 1));
  await writeLegacy(join(cwd, "db.json"), { conversations: rows, keys: [] });
  const { seen, result } = await dryAndLive([...flagsTo(cluster.masters[1]), "--rejects", "rejects.jsonl"]);
  const { created = 0, failed: refused = 0 } = result.counts.conversations;
  expect([seen.code, created + refused]).toEqual([3, 12]);
  expect([created > 0, refused > 0]).toEqual([true, true]);
  expect((await cluster.dump()).size).toBe(created);
  expect((await readFile(join(cwd, "rejects.jsonl"), "utf8")).trim().split("\n")).toHaveLength(refused);
});

test("who may not ask for the limits is told that they were not checked", async () => {
  const redis = await startRedis({
    arguments: ["--appendonly", "yes", "--user", "blind", "on", ">made-up", "~*", "+@all", "-config"],
  });
  await writeLegacy(join(cwd, "db.json"), records(1, 0));
  const flags = [...flagsTo(redis), "--username", "blind", "-a", "made-up", "--dry-run"];
  const { seen, result } = await programJson(flags, { cwd });
  expect([seen.code, result.preflight.map(({ message }) => message)]).toEqual([
    0,
    [expect.stringContaining("did not let this user check how large a value it takes (CONFIG GET)")],
  ]);
});
