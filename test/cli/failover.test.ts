import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { type Cluster, startCluster } from "../support/cluster.js";
import { records, writeLegacy } from "../support/legacy.js";
import { programJson, resultOf, scratchFolder, startProgram } from "../support/program.js";
import { until } from "../support/redis.js";
import { startSentinelGroup } from "../support/sentinel.js";

let cwd: string;
const many = 40_000;
const legacy = records(many, 30);

beforeEach(async () => {
  cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), legacy);
});

const nodeFlags = (cluster: Cluster, node: number) => [
  "--host",
  "127.0.0.1",
  "-p",
  String(cluster.nodes[node]?.port),
];

/** Starts a migration, and waits until a third of a cluster's node has some of it. */
async function begunRun(cluster: Cluster, flags: readonly string[]) {
  const run = startProgram([...flags, "--json"], { cwd });
  await until(async () => (await cluster.masters[1].client.dbSize()) > 700);
  return { ...run, result: run.seen.then(resultOf) };
}

async function expectProven(flags: readonly string[]): Promise<void> {
  const { seen, result } = await programJson([...flags, "--verify"], { cwd });
  expect([seen.code, result.counts]).toEqual([
    0,
    {
      conversations: expect.objectContaining({ read: many, matched: many, extra: 0 }),
      keys: expect.objectContaining({ read: 30, matched: 30, extra: 0 }),
    },
  ]);
}

test("a master of a cluster is killed, the one that was named: its replica takes over, each record counts once", async () => {
  const cluster = await startCluster({ replicas: 1 });
  const { child, seen, result } = await begunRun(cluster, nodeFlags(cluster, 0));
  await cluster.kill(cluster.masters[0]);
  expect(child.exitCode).toBe(null);
  const { exitCode, counts, warnings } = await result;
  expect((await seen).stderr).toContain("trying again for up to 30 s");
  expect([exitCode, counts.conversations, counts.keys.created]).toEqual([
    0,
    expect.objectContaining({ read: many, created: many, unchanged: 0 }),
    30,
  ]);
  expect(warnings).toContainEqual(expect.objectContaining({ code: "redis-restarted" }));
  await expectProven(nodeFlags(cluster, 1));
});

test("a master without a replica is killed: what was done is told in time", async () => {
  const cluster = await startCluster();
  const { result } = await begunRun(cluster, [...nodeFlags(cluster, 0), "--retry-for", "2"]);
  const killed = Date.now();
  await cluster.kill(cluster.masters[2]);
  const { exitCode, error, counts } = await result;
  expect(Date.now() - killed).toBeLessThan(7_000);
  expect([exitCode, error?.code]).toEqual([1, expect.stringMatching(/^redis-(lost|cluster-down)$/)]);
  expect(counts.conversations.created).toBe(counts.conversations.read);
});

test("slots move from node to node meanwhile: nothing is lost, nothing is counted twice", async () => {
  const cluster = await startCluster();
  const [from, to] = cluster.masters;
  const { child, result } = await begunRun(cluster, nodeFlags(cluster, 2));
  const slots = Array.from({ length: 150 }, (_, at) => at);
  await cluster.moveSlots(from, to, slots.slice(0, 15));
  // Otherwise nothing was put to the test; of the others some may move after its end.
  expect(child.exitCode).toBe(null);
  await cluster.moveSlots(from, to, slots.slice(15));
  expect(await result).toMatchObject({
    exitCode: 0,
    counts: { conversations: { read: many, created: many }, keys: { created: 30 } },
    warnings: [],
  });
  await expectProven(nodeFlags(cluster, 0));
});

test("a master behind Sentinels is killed: the new one gets what the old one had", async () => {
  const group = await startSentinelGroup();
  const list = group.sentinels.map((port) => `127.0.0.1:${port}`).join(",");
  const flags = ["-u", `redis://${list}`, "--sentinel", group.name];
  const { child, seen } = startProgram([...flags, "--json"], { cwd });
  await until(async () => (await group.master.client.dbSize()) > 2_000);
  await group.killMaster();
  expect(child.exitCode).toBe(null);
  expect(JSON.parse((await seen).stdout)).toMatchObject({
    exitCode: 0,
    counts: { conversations: { read: many, created: many, unchanged: 0 } },
  });
  await expectProven(flags);
});
