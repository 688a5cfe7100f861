import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { startCluster } from "../support/cluster.js";
import { type apiKey, records, writeLegacy } from "../support/legacy.js";
import { type Invocation, program, programJson, scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";
import { startSentinelGroup } from "../support/sentinel.js";
import { startTlsRedis } from "../support/tls.js";

let cwd: string;
const legacy = records(300, 20);

beforeEach(async () => {
  cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), legacy);
});

/** A deployment: how the program is told of it, by one entry and by another, and what it holds. */
interface Deployment {
  readonly flags: readonly string[];
  readonly otherFlags: readonly string[];
  readonly env?: Invocation["env"];
  readonly dump: () => Promise<Map<string, { value: string; ttl: number }>>;
  readonly topology: string;
}

const deployments: Record<string, () => Promise<Deployment>> = {
  "one server": async () => {
    const { port, dump } = await startRedis();
    const flags = ["-p", String(port)];
    return { flags, otherFlags: flags, dump, topology: "standalone" };
  },
  "a unix socket": async () => {
    const socket = join(cwd, "redis.sock");
    const { dump } = await startRedis({ arguments: ["--unixsocket", socket] });
    const flags = ["-u", `unix:${socket}`];
    return { flags, otherFlags: flags, dump, topology: "standalone" };
  },
  "a server with TLS and a client certificate": async () => {
    const { port, dump, certificates } = await startTlsRedis({ clientAuth: true });
    const { ca, clientCert, clientKey } = certificates;
    const tls = ["--tls-ca", ca, "--tls-cert", clientCert, "--tls-key", clientKey];
    const flags = ["-u", `rediss://localhost:${port}`, ...tls];
    return { flags, otherFlags: flags, dump, topology: "standalone" };
  },
  "an ACL user": async () => {
    const user = ["--user", "mover", "on", ">made-up", "~chatgpt:*", "+@all", "-@admin", "-info"];
    const { port, dump } = await startRedis({ arguments: user });
    const flags = ["-p", String(port), "--username", "mover"];
    return { flags, otherFlags: flags, env: { REDIS_PASSWORD: "made-up" }, dump, topology: "standalone" };
  },
  "an ACL user who may do no more than docs/redis.md says": async () => {
    const document = await readFile("docs/redis.md", "utf8");
    const rows = document.match(/^\| (migration, dry run|`--verify`|`--undo`) +\| `[A-Z ]+`.*$/gm) ?? [];
    expect(rows).toHaveLength(3);
    const may = rows.flatMap((row) => row.match(/\b[A-Z]{3,}\b/g) ?? []).map((name) => name.toLowerCase());
    const user = ["--user", "mover", "on", ">made-up", "~chatgpt:*", ...may.map((command) => `+${command}`)];
    const { port, dump } = await startRedis({ arguments: user });
    const flags = ["-p", String(port), "--username", "mover"];
    return { flags, otherFlags: flags, env: { REDIS_PASSWORD: "made-up" }, dump, topology: "standalone" };
  },
  "a Sentinel group": async () => {
    const { name, sentinels, dump } = await startSentinelGroup();
    const [first, second, third] = sentinels;
    const flags = ["-u", `redis://127.0.0.1:${first},127.0.0.1:${second}`, "--sentinel", name];
    const otherFlags = ["--host", "127.0.0.1", "-p", String(third), "--sentinel", name];
    return { flags, otherFlags, dump, topology: "sentinel" };
  },
  "a cluster": async () => {
    const { masters, dump } = await startCluster({ password: "made-up" });
    const [first, second, third] = masters;
    const env = { REDIS_PASSWORD: "made-up" };
    const flags = ["-u", `redis://127.0.0.1:${first.port},127.0.0.1:${second.port}`];
    const otherFlags = ["--host", "127.0.0.1", "-p", String(third.port), "--cluster"];
    return { flags, otherFlags, env, dump, topology: "cluster" };
  },
};

describe.each(Object.keys(deployments))("%s", (name) => {
  test("gets the same keys, values and expiries, is verified, and gives them back", async () => {
    const deployment = await (deployments[name] as () => Promise<Deployment>)();
    const { flags, otherFlags, dump, topology } = deployment;
    const invocation = { cwd, ...(deployment.env === undefined ? {} : { env: deployment.env }) };
    const expected = new Map([
      ...legacy.conversations.map(
        (record) =>
          [`chatgpt:conversations:${(record as { id: string }).id}`, JSON.stringify(record)] as const,
      ),
      ...legacy.keys.map(
        (record) =>
          [`chatgpt:keys:${(record as ReturnType<typeof apiKey>).key}`, JSON.stringify(record)] as const,
      ),
    ]);

    const plan = await programJson([...flags, "--dry-run"], invocation);
    expect([plan.seen.code, plan.result.counts.conversations.created, (await dump()).size]).toEqual([
      0, 300, 0,
    ]);
    const done = await programJson(flags, invocation);
    expect([done.seen.code, done.result.target?.topology]).toEqual([0, topology]);
    const held = await dump();
    expect(new Map([...held].map(([key, { value }]) => [key, value]))).toEqual(expected);
    for (const [key, { ttl }] of held) {
      if (key.startsWith("chatgpt:keys:")) expect(ttl).toBe(-1);
      else expect(ttl).toSatisfy((seconds) => seconds > 2_591_900 && seconds <= 2_592_000);
    }
    const proof = await programJson([...otherFlags, "--verify"], invocation);
    expect([proof.seen.code, proof.result.counts.keys]).toEqual([
      0,
      // Without SCAN they are not counted, and no 0 says that there are none.
      expect.objectContaining({ matched: 20, ...(name.includes("docs/redis.md") ? {} : { extra: 0 }) }),
    ]);
    const again = await programJson(otherFlags, invocation);
    expect([again.seen.code, again.result.counts.conversations.unchanged]).toEqual([0, 300]);
    const journal = (await readdir(cwd)).find((file) => file.endsWith(".jsonl")) ?? "";
    // The master, or the nodes, are found by the journal alone.
    const more = topology === "standalone" ? otherFlags : [];
    const undone = await program([...more, "--undo", journal], invocation);
    expect([undone.code, (await dump()).size]).toEqual([0, 0]);
  });
});

test("a second record of one id, replaced and restored, on whichever node of a cluster it stands", async () => {
  const cluster = await startCluster();
  const flags = ["--host", "127.0.0.1", "-p", String(cluster.masters[0].port)];
  await program(flags, { cwd });
  const before = await cluster.dump();
  const used = legacy.conversations.map((record) => ({ ...record, lastActive: Date.now() }));
  await writeLegacy(join(cwd, "db.json"), { conversations: used, keys: [] });
  const { seen, result } = await programJson([...flags, "--journal", "j.jsonl"], { cwd });
  expect([seen.code, result.counts.conversations.updated]).toEqual([0, 300]);
  expect((await program([...flags, "--undo", "j.jsonl"], { cwd })).code).toBe(0);
  const values = (held: typeof before) => new Map([...held].map(([key, { value }]) => [key, value]));
  expect(values(await cluster.dump())).toEqual(values(before));
});

describe("what is named is not what is meant", () => {
  const failure = async (flags: readonly string[]) => {
    const { seen, result } = await programJson(flags, { cwd });
    expect(seen.stderr).not.toMatch(/^\s+at /m);
    return [seen.code, result.error?.code];
  };

  test("a Sentinel without --sentinel, a master that it does not know, and Redis in its place", async () => {
    const { name, sentinels, master } = await startSentinelGroup();
    const sentinel = ["--host", "127.0.0.1", "-p", String(sentinels[0])];
    expect(await failure(sentinel)).toEqual([1, "redis-is-sentinel"]);
    expect((await program(sentinel, { cwd })).stderr).toContain(`it knows ${name}`);
    expect(await failure([...sentinel, "--sentinel", "other"])).toEqual([1, "redis-unknown-master"]);
    const redis = ["--host", "127.0.0.1", "-p", String(master.port)];
    expect(await failure([...redis, "--sentinel", name])).toEqual([1, "redis-not-sentinel"]);
    expect(await failure(["-u", "redis://127.0.0.1:1", "--sentinel", name])).toEqual([
      1,
      "redis-no-sentinel",
    ]);
  });

  test("--cluster, for one server", async () => {
    const { port } = await startRedis();
    expect(await failure(["-p", String(port), "--cluster"])).toEqual([1, "redis-not-cluster"]);
  });

  test("of a list of hosts the first one that answers, preferably a master, is taken", async () => {
    const { port, client } = await startRedis();
    const flags = ["-u", `redis://127.0.0.1:1,127.0.0.1:${port}/0`];
    expect((await program(flags, { cwd })).code).toBe(0);
    expect(await client.dbSize()).toBe(320);
  });
});

test("a cluster whose nodes should have host names and have none", async () => {
  const cluster = await startCluster({ arguments: ["--cluster-preferred-endpoint-type", "hostname"] });
  const flags = ["--host", "127.0.0.1", "-p", String(cluster.masters[0].port)];
  expect((await program(flags, { cwd })).code).toBe(0);
  expect((await cluster.dump()).size).toBe(320);
});

test("an export while slots move from one master to another misses none of their keys", async () => {
  const cluster = await startCluster();
  const [from, to] = cluster.masters;
  const flags = ["-p", String(from.port)];
  await writeLegacy(join(cwd, "db.json"), records(3_000, 20));
  await program([...flags, "--no-journal"], { cwd });
  let isMoving = true;
  const moved = cluster
    .moveSlots(
      from,
      to,
      Array.from({ length: 150 }, (_, slot) => slot),
    )
    .finally(() => {
      isMoving = false;
    });
  let exports = 0;
  while (isMoving || exports < 2) {
    exports += 1;
    const { result } = await programJson([...flags, "--export", `${exports}.json`], { cwd });
    expect([result.exitCode, result.counts.conversations, result.warnings]).toEqual([
      0,
      expect.objectContaining({ read: 3_000, exported: 3_000 }),
      [],
    ]);
  }
  await moved;
});
