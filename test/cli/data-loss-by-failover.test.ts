import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { records, writeLegacy } from "../support/legacy.js";
import { programJson, resultOf, scratchFolder, startProgram } from "../support/program.js";
import { type Client, eventually, startRedis, stop, until } from "../support/redis.js";
import { isLinkUp, startReplica } from "../support/replica.js";
import { startSentinelGroup } from "../support/sentinel.js";

let cwd: string;
const many = 12_000;
const legacy = records(many, 30);
const all = many + 30;

beforeEach(async () => {
  cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), legacy);
});

const flagsTo = (port: number) => ["--host", "127.0.0.1", "-p", String(port)];

function begin(flags: readonly string[]) {
  const { child, seen } = startProgram([...flags, "--json"], { cwd });
  return { child, result: seen.then(resultOf) };
}

/** Compares with the file, by none of the program's own code. */
async function expectAllIn(client: Client): Promise<void> {
  const rows = [
    ...legacy.conversations.map(
      (row) => [`chatgpt:conversations:${(row as { id: string }).id}`, row] as const,
    ),
    ...legacy.keys.map((row) => [`chatgpt:keys:${(row as { key: string }).key}`, row] as const),
  ];
  const values = await client.mGet(rows.map(([key]) => key));
  const wrong = rows.filter(([, row], at) => values[at] !== JSON.stringify(row));
  expect(wrong.length).toBe(0);
}

const holds = (client: Client, count: number) => until(async () => (await client.dbSize()) >= count);

/** Makes a server a replica of another one, until it holds what that one holds, and then a master again. */
async function demoteAndPromote(client: Client, to: number): Promise<void> {
  await client.sendCommand(["REPLICAOF", "127.0.0.1", String(to)]);
  await eventually(() => isLinkUp(client));
  await client.sendCommand(["REPLICAOF", "NO", "ONE"]);
}

const restarted = (message: RegExp) => ({
  code: "redis-restarted",
  message: expect.stringMatching(message),
});

const history = /^Redis began a new replication history .*: all was compared once more, and /;

test.each([0.1, 0.5])(
  "a master that becomes a replica of an empty server, and a master again, after %d of the run: what it lost is written again",
  async (part) => {
    const [{ port, client }, empty] = await Promise.all([startRedis(), startRedis()]);
    await empty.client.configSet("repl-diskless-sync-delay", "0");
    const { child, result } = begin(flagsTo(port));
    await holds(client, part * all);
    expect(child.exitCode).toBe(null);
    await demoteAndPromote(client, empty.port);
    const { exitCode, counts, warnings } = await result;
    expect([exitCode, counts.conversations]).toEqual([
      0,
      expect.objectContaining({ read: many, created: many, unchanged: 0 }),
    ]);
    expect(warnings).toContainEqual(restarted(/\d+ records that it had lost were written again/));
    await expectAllIn(client);
  },
);

test.each([
  ["newer", "conflict", 3],
  ["keep", "kept", 0],
] as const)(
  "a record that was written, and in whose place Redis came back with another: under %s it is a %s, and kept by --rejects where it must be",
  async (policy, outcome, code) => {
    const [{ port, client }, other] = await Promise.all([startRedis(), startRedis()]);
    await other.client.configSet("repl-diskless-sync-delay", "0");
    const [first] = legacy.conversations as [{ id: string }];
    const messages = [{ id: "of another", type: 1, content: "x", date: 1 }];
    await other.client.set(`chatgpt:conversations:${first.id}`, JSON.stringify({ ...first, messages }));
    const rejects = join(cwd, "rejects.jsonl");
    const { child, result } = begin([...flagsTo(port), "--on-conflict", policy, "--rejects", rejects]);
    await holds(client, 500);
    expect(child.exitCode).toBe(null);
    await demoteAndPromote(client, other.port);
    const { exitCode, counts } = await result;
    expect([exitCode, counts.conversations]).toEqual([
      code,
      expect.objectContaining({ read: many, created: many - 1, [outcome]: 1 }),
    ]);
    const kept = await readFile(rejects, "utf8").catch(() => "");
    expect(
      kept
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(JSON.parse(line).raw)),
    ).toEqual(outcome === "conflict" ? [first] : []);
  },
);

test("a file that changed once all of it was read cannot be compared again: the run fails, and says why", async () => {
  const [master, empty] = await Promise.all([startRedis(), startRedis()]);
  await empty.client.configSet("repl-diskless-sync-delay", "0");
  const replica = await startReplica(master);
  const { result } = begin(flagsTo(master.port));
  await holds(master.client, 500);
  replica.process.kill("SIGSTOP");
  await holds(master.client, all);
  await appendFile(join(cwd, "db.json"), " ");
  await demoteAndPromote(master.client, empty.port);
  const { exitCode, error } = await result;
  expect([exitCode, error]).toMatchObject([
    1,
    {
      code: "recheck-impossible",
      message: expect.stringMatching(/^Redis began a new replication history .*db\.json changed meanwhile/),
    },
  ]);
});

test("a master that does so when all is written, while the run waits for a replica: all is written again", async () => {
  const [master, empty] = await Promise.all([startRedis(), startRedis()]);
  await empty.client.configSet("repl-diskless-sync-delay", "0");
  const replica = await startReplica(master);
  const { child, result } = begin(flagsTo(master.port));
  await holds(master.client, 500);
  replica.process.kill("SIGSTOP");
  await holds(master.client, all);
  expect(child.exitCode).toBe(null);
  await demoteAndPromote(master.client, empty.port);
  const { exitCode, counts, warnings } = await result;
  expect([exitCode, counts.conversations.created]).toEqual([0, many]);
  expect(warnings).toContainEqual(
    restarted(new RegExp(`${all} records that it had lost were written again`)),
  );
  await expectAllIn(master.client);
});

test("a verification proves nothing of a master that was demoted and promoted meanwhile", async () => {
  const [{ port, client }, empty] = await Promise.all([startRedis(), startRedis()]);
  await empty.client.configSet("repl-diskless-sync-delay", "0");
  await programJson(flagsTo(port), { cwd });
  const before = Number((await client.info("stats")).match(/keyspace_hits:(\d+)/)?.[1]);
  const { child, result } = begin([...flagsTo(port), "--verify"]);
  await until(
    async () => Number((await client.info("stats")).match(/keyspace_hits:(\d+)/)?.[1]) > before + 1_000,
  );
  expect(child.exitCode).toBe(null);
  await demoteAndPromote(client, empty.port);
  const { exitCode, counts } = await result;
  expect([exitCode, counts.conversations]).toEqual([
    2,
    expect.objectContaining({ read: many, missing: many, matched: 0, extra: 0 }),
  ]);
});

test("a first replica makes a new replication history: all is looked at, and nothing was lost", async () => {
  const master = await startRedis();
  const { child, result } = begin(flagsTo(master.port));
  await holds(master.client, 500);
  await startReplica(master);
  expect(child.exitCode).toBe(null);
  const { exitCode, counts, warnings } = await result;
  expect([exitCode, counts.conversations.created]).toEqual([0, many]);
  expect(warnings).toContainEqual(restarted(history));
  expect(warnings).toContainEqual(restarted(/it had lost nothing$/));
});

test("a failover when all is written, to a replica that lags behind: what it lacks is written again", async () => {
  const master = await startRedis();
  const replica = await startReplica(master);
  const { child, result } = begin(["-u", `redis://127.0.0.1:${master.port},127.0.0.1:${replica.port}`]);
  await holds(master.client, 500);
  replica.process.kill("SIGSTOP");
  await holds(master.client, all);
  // It waits for the replica.
  expect(child.exitCode).toBe(null);
  await stop(master.process);
  replica.process.kill("SIGCONT");
  await replica.client.sendCommand(["REPLICAOF", "NO", "ONE"]);
  const { exitCode, counts, warnings } = await result;
  expect([exitCode, counts.conversations.created]).toEqual([0, many]);
  expect(warnings).toContainEqual(restarted(/[1-9]\d* records that it had lost were written again/));
  await expectAllIn(replica.client);
});

test("an undo, too, takes back what a replica that lags behind brings back", async () => {
  const master = await startRedis();
  const replica = await startReplica(master);
  const flags = ["-u", `redis://127.0.0.1:${master.port},127.0.0.1:${replica.port}`];
  const { journal } = await begin(flags).result;
  await until(async () => (await replica.client.dbSize()) === all);
  replica.process.kill("SIGSTOP");
  const { child, result } = begin([...flags, "--undo", journal ?? ""]);
  await until(async () => (await master.client.dbSize()) === 0);
  expect(child.exitCode).toBe(null);
  await stop(master.process);
  replica.process.kill("SIGCONT");
  await replica.client.sendCommand(["REPLICAOF", "NO", "ONE"]);
  expect(await result).toMatchObject({
    exitCode: 0,
    counts: { conversations: { read: many, deleted: many }, keys: { deleted: 30 } },
  });
  expect(await replica.client.dbSize()).toBe(0);
});

test("a failover behind Sentinels when all is written, to a replica that lags behind: what it lacks is written again", async () => {
  const group = await startSentinelGroup();
  const list = group.sentinels.map((port) => `127.0.0.1:${port}`).join(",");
  const { child, result } = begin(["-u", `redis://${list}`, "--sentinel", group.name]);
  await holds(group.master.client, 500);
  group.replica.process.kill("SIGSTOP");
  await holds(group.master.client, all);
  expect(child.exitCode).toBe(null);
  await group.killMaster();
  group.replica.process.kill("SIGCONT");
  const { exitCode, counts } = await result;
  expect([exitCode, counts.conversations.created]).toEqual([0, many]);
  await expectAllIn(await group.client());
});
