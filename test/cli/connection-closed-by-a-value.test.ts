import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { startCluster } from "../support/cluster.js";
import { conversation, message, records, writeLegacy } from "../support/legacy.js";
import { programJson, scratchFolder } from "../support/program.js";
import { type PrivateRedis, startRedis, stop, until } from "../support/redis.js";
import { startSentinelGroup } from "../support/sentinel.js";

let cwd: string;
const many = 3_000;
const small = records(many, 5);

/** A conversation of some 3 MB, which no Redis of these tests lets through. */
const huge = {
  ...conversation("huge", 1),
  messages: [{ ...message("huge", 0), content: "made-up words ".repeat(220_000) }],
};
const hugeKey = `chatgpt:conversations:${huge.id}`;
const withHuge = {
  ...small,
  conversations: [...small.conversations.slice(0, 1_000), huge, ...small.conversations.slice(1_000)],
};

beforeEach(async () => {
  cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), withHuge);
});

const flagsTo = ({ port }: Pick<PrivateRedis, "port">) => ["--host", "127.0.0.1", "-p", String(port)];

/** A user who may not ask for limits, and so meets them. */
const blind = ["--user", "blind", "on", ">made-up", "~*", "&*", "+@all", "-config"];
const asBlind = ["--username", "blind", "-a", "made-up"];

const failedInRedis = (reason: string | RegExp) => ({
  kind: "conversation",
  name: huge.id,
  difference: "failed",
  fields: [],
  reason: typeof reason === "string" ? expect.stringContaining(reason) : expect.stringMatching(reason),
});

const failed = (reason: string | RegExp) => ({
  ...failedInRedis(reason),
  place: expect.objectContaining({ source: "db.json" }),
});

const sent = "closes the connection each time this value of 3.1 MB is sent: see client-query-buffer-limit";
const read =
  "closes the connection each time the value of 3.1 MB under its key is read: see client-output-buffer-limit";

test.each([
  ["client-query-buffer-limit", sent],
  // Redis says so before it closes the connection, and at times the connection is gone before that is heard.
  [
    "proto-max-bulk-len",
    /\(3\.1 MB were sent: see proto-max-bulk-len\)|this value of 3\.1 MB is sent: .* proto-max-bulk-len/,
  ],
] as [string, string | RegExp][])(
  "a value beyond %s is named and kept, and the others are migrated, now and on a rerun",
  async (limit, reason) => {
    const redis = await startRedis({ arguments: [`--${limit}`, "1mb", ...blind] });
    // Too short for a record that is sent again and again.
    const flags = [...flagsTo(redis), ...asBlind, "--retry-for", "10"];
    const first = await programJson([...flags, "--rejects", "rejects.jsonl"], { cwd });
    expect([first.seen.code, first.result.error, first.result.differences]).toEqual([
      3,
      null,
      [failed(reason)],
    ]);
    expect(first.result.counts.conversations).toMatchObject({ read: many + 1, created: many, failed: 1 });
    expect(first.result.counts.keys).toMatchObject({ created: 5, failed: 0 });
    expect(await readFile(join(cwd, "rejects.jsonl"), "utf8")).toContain(huge.id);
    expect(await redis.client.dbSize()).toBe(many + 5);
    const second = await programJson(flags, { cwd });
    expect([second.seen.code, second.result.counts.conversations]).toEqual([
      3,
      expect.objectContaining({ unchanged: many, failed: 1 }),
    ]);
  },
);

test("in a cluster, such a value is named, and the others are migrated", async () => {
  const cluster = await startCluster({ arguments: ["--client-query-buffer-limit", "1mb", ...blind] });
  const { seen, result } = await programJson([...flagsTo(cluster.masters[0]), ...asBlind], { cwd });
  expect([seen.code, result.differences]).toEqual([3, [failed(sent)]]);
  expect((await cluster.dump()).size).toBe(many + 5);
});

test("behind Sentinels, such a value is named, and the others are migrated", async () => {
  const group = await startSentinelGroup();
  await group.master.client.configSet("client-query-buffer-limit", "1mb");
  await group.master.client.sendCommand(["ACL", "SETUSER", ...blind.slice(1)]);
  const list = group.sentinels.map((port) => `127.0.0.1:${port}`).join(",");
  const flags = ["-u", `redis://${list}`, "--sentinel", group.name, ...asBlind];
  const { seen, result } = await programJson(flags, { cwd });
  expect([seen.code, result.differences]).toEqual([3, [failed(sent)]]);
  expect((await group.dump()).size).toBe(many + 5);
});

test("where the server is gone for good, no large value that was in flight is blamed", async () => {
  const large = records(200, 0).conversations.map((row) => ({ ...row, userName: "made-up ".repeat(80_000) }));
  await writeLegacy(join(cwd, "db.json"), { conversations: large, keys: [] });
  const redis = await startRedis();
  const run = programJson([...flagsTo(redis), "--retry-for", "1"], { cwd });
  await until(async () => (await redis.client.dbSize()) > 20);
  await stop(redis.process);
  const { seen, result } = await run;
  expect([seen.code, result.error?.code, result.counts.conversations.failed]).toEqual([1, "redis-lost", 0]);
});

test("such a value is named where it would replace another one, and where an undo would restore it", async () => {
  const redis = await startRedis({ arguments: blind });
  const flags = [...flagsTo(redis), ...asBlind];
  await redis.client.set(
    hugeKey,
    JSON.stringify({ ...huge, messages: huge.messages.slice(0, 0), lastActive: 1 }),
  );
  const other = JSON.stringify({ ...small.conversations[0], messages: [message("other", 0)] });
  const otherKey = `chatgpt:conversations:${(small.conversations[0] as { id: string }).id}`;
  await redis.client.set(otherKey, other);
  await redis.client.configSet("client-query-buffer-limit", "1mb");
  const overwrite = await programJson([...flags, "--on-conflict", "overwrite"], { cwd });
  expect([overwrite.seen.code, overwrite.result.counts.conversations]).toEqual([
    3,
    expect.objectContaining({ created: many - 1, updated: 1, failed: 1 }),
  ]);
  await redis.client.configSet("client-query-buffer-limit", "1gb");
  await redis.client.set(hugeKey, JSON.stringify(huge));
  await writeLegacy(join(cwd, "db.json"), {
    keys: [],
    conversations: [{ ...huge, messages: [message("changed", 0)] }],
  });
  const replaced = await programJson([...flags, "--on-conflict", "overwrite"], { cwd });
  expect(replaced.result.counts.conversations).toMatchObject({ updated: 1 });
  await redis.client.configSet("client-query-buffer-limit", "1mb");
  const undone = await programJson([...flags, "--undo", replaced.result.journal ?? ""], { cwd });
  expect([undone.seen.code, undone.result.counts.conversations]).toEqual([
    3,
    expect.objectContaining({ read: 1, failed: 1, restored: 0 }),
  ]);
  expect(undone.result.differences).toEqual([failedInRedis(sent)]);
});

test("a value too large to be read is named by every mode that reads, and the others are compared", async () => {
  const redis = await startRedis();
  await programJson(flagsTo(redis), { cwd });
  await redis.client.configSet("client-output-buffer-limit", "normal 1mb 0 0");
  const counted = {
    "--verify": { matched: many, failed: 1, missing: 0 },
    "--dry-run": { unchanged: many, failed: 1, created: 0 },
    "--no-journal": { unchanged: many, failed: 1, created: 0 },
  };
  for (const [mode, counts] of Object.entries(counted)) {
    const { seen, result } = await programJson([...flagsTo(redis), mode], { cwd });
    expect([mode, seen.code, result.counts.conversations, result.differences]).toEqual([
      mode,
      3,
      expect.objectContaining({ read: many + 1, ...counts }),
      [failed(read)],
    ]);
  }
});
