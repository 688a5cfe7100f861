import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { conversation, records, writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder } from "../support/program.js";
import { eventually, startRedis } from "../support/redis.js";
import { isLinkUp, startReplica } from "../support/replica.js";

let cwd: string;

beforeEach(async () => {
  cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), records(200, 5));
});

const flagsTo = (port: number) => ["--host", "127.0.0.1", "-p", String(port)];

/** What a run that was refused says: its exit code, and the codes of what was found. */
async function refusal(flags: readonly string[]) {
  const { seen, result } = await programJson(flags, { cwd });
  expect(result.error?.code ?? "redis-unfit").toBe("redis-unfit");
  const refused = result.preflight.filter(({ severity }) => severity === "refuse");
  for (const { message, hint } of refused) {
    // By the error, and not as a warning too.
    for (const told of [message, hint]) expect(seen.stderr.split(told)).toHaveLength(2);
  }
  return [seen.code, refused.map(({ code }) => code)];
}

async function findings(flags: readonly string[]) {
  const { seen, result } = await programJson(flags, { cwd });
  expect([seen.code, result.error]).toEqual([0, null]);
  return result.preflight.map(({ code, severity }) => [code, severity]);
}

describe("refused before the first write, by a dry run too, unless forced", () => {
  test("a replica, also one that takes writes", async () => {
    const master = await startRedis();
    for (const writable of ["yes", "no"]) {
      const replica = await startReplica(master, { arguments: ["--replica-read-only", writable] });
      expect(await refusal(flagsTo(replica.port))).toEqual([1, ["not-master"]]);
      expect(await refusal([...flagsTo(replica.port), "--dry-run"])).toEqual([1, ["not-master"]]);
      expect(await replica.client.dbSize()).toBe(0);
    }
    const replica = await startReplica(master, { arguments: ["--replica-read-only", "no"] });
    expect((await program([...flagsTo(replica.port), "--force"], { cwd })).code).toBe(0);
    expect(await replica.client.dbSize()).toBe(205);
  });

  test("a replica that never followed its master, or lost it, to be read from", async () => {
    const [alone, master] = [await startRedis(), await startRedis()];
    await alone.client.sendCommand(["REPLICAOF", "127.0.0.1", "1"]);
    const replica = await startReplica(master);
    const flags = ["--export", "out.json"];
    expect(await refusal([...flagsTo(alone.port), "--verify"])).toEqual([1, ["replica-alone"]]);
    expect(await refusal([...flagsTo(alone.port), ...flags])).toEqual([1, ["replica-alone"]]);
    const { result } = await programJson([...flagsTo(replica.port), ...flags], { cwd });
    expect([result.exitCode, result.warnings.map(({ code }) => code)]).toEqual([0, ["replica"]]);
    await master.client.sendCommand(["SHUTDOWN", "NOSAVE"]).catch(() => {});
    await eventually(async () => !(await isLinkUp(replica.client)));
    expect(await refusal([...flagsTo(replica.port), "--export", "again.json"])).toEqual([
      1,
      ["replica-alone"],
    ]);
    const forced = await program([...flagsTo(replica.port), "--export", "again.json", "--force"], { cwd });
    expect([forced.code, forced.stderr]).toEqual([
      0,
      expect.stringContaining("warning: Redis at 127.0.0.1:"),
    ]);
  });

  test("a server that cannot save", async () => {
    const { port, client, folder } = await startRedis();
    await rm(folder, { recursive: true });
    await client.sendCommand(["BGSAVE"]);
    await eventually(async () => (await client.info("persistence")).includes("rdb_last_bgsave_status:err"));
    expect(await refusal(flagsTo(port))).toEqual([1, ["cannot-persist"]]);
    expect(await refusal([...flagsTo(port), "--dry-run"])).toEqual([1, ["cannot-persist"]]);
    expect((await program([...flagsTo(port), "--verify"], { cwd })).code).toBe(2);
  });

  test("too few replicas in good order", async () => {
    const { port } = await startRedis({ arguments: ["--min-replicas-to-write", "1"] });
    expect(await refusal(flagsTo(port))).toEqual([1, ["no-replicas"]]);
  });

  test("a user who may not do what the run would do", async () => {
    const may = (commands: string[]) => ["on", ">made-up", "~*", "+info", "+ping", "+config", ...commands];
    const reader = ["--user", "reader", ...may(["+get", "+pttl", "+type", "+scan", "+time"])];
    const writer = ["--user", "writer", ...may(["+set"])];
    const { port, client } = await startRedis({ arguments: [...reader, ...writer] });
    const as = (user: string) => [...flagsTo(port), "--username", user, "-a", "made-up"];
    for (const dry of [[], ["--dry-run"]]) {
      expect(await refusal([...as("reader"), ...dry])).toEqual([1, ["permission"]]);
      expect((await program([...as("reader"), ...dry], { cwd })).stderr).toContain(
        "does not let this user call SET, EVAL, EVALSHA, PEXPIRE, PERSIST\n",
      );
    }
    expect((await program([...as("reader"), "--dry-run", "--force"], { cwd })).code).toBe(0);
    expect((await program([...as("writer"), "--verify"], { cwd })).stderr).toContain(
      "call GET, PTTL, TYPE\n",
    );
    expect((await program([...as("reader"), "--verify"], { cwd })).code).toBe(2);
    expect(await client.dbSize()).toBe(0);
  });

  test("a user who may touch one kind of record alone, unless that is all that is migrated", async () => {
    const user = ["on", ">made-up", "+@all", "~chatgpt:conversations:*"];
    const { port, client } = await startRedis({ arguments: ["--user", "half", ...user] });
    const half = [...flagsTo(port), "--username", "half", "-a", "made-up"];
    for (const mode of [[], ["--dry-run"], ["--verify"]])
      expect(await refusal([...half, ...mode])).toEqual([1, ["key-permission"]]);
    expect(await findings([...half, "--only", "conversations"])).toEqual([]);
    expect(await client.dbSize()).toBe(200);
  });

  test("an undo that could not restore", async () => {
    const user = ["on", ">made-up", "~*", "+@all", "-restore"];
    const { port } = await startRedis({ arguments: ["--user", "some", ...user] });
    await program([...flagsTo(port), "--journal", "journal.jsonl"], { cwd });
    const undo = [...flagsTo(port), "--username", "some", "-a", "made-up", "--undo", "journal.jsonl"];
    expect(await refusal([...undo, "--dry-run"])).toEqual([1, ["permission"]]);
    expect(await refusal(undo)).toEqual([1, ["permission"]]);
  });

  test("a journal or rejects file that cannot be made", async () => {
    const { port, client } = await startRedis();
    const nowhere = join(cwd, "nowhere", "file.jsonl");
    await writeFile(join(cwd, "taken.jsonl"), "");
    for (const flag of ["--journal", "--rejects"]) {
      for (const path of [nowhere, "taken.jsonl"]) {
        const [dry, real] = await Promise.all(
          [["--dry-run"], []].map((more) => programJson([...flagsTo(port), flag, path, ...more], { cwd })),
        );
        expect(dry?.result.error).toMatchObject({ code: expect.stringMatching(/-(exists?|unwritable)$/) });
        expect(dry?.result.error).toEqual(real?.result.error);
        expect([dry?.seen.code, real?.seen.code]).toEqual([1, 1]);
      }
    }
    expect(await client.dbSize()).toBe(0);
    // One that can be made is not left behind; and where there is nothing to do, no journal is made.
    expect((await program([...flagsTo(port), "--dry-run", "--journal", "new.jsonl"], { cwd })).code).toBe(0);
    expect(await readdir(cwd)).toEqual(["db.json", "taken.jsonl"]);
    await writeFile(join(cwd, "bad.json"), '{"keys":{"rows":[{"key":5}]}}');
    const rejecting = [...flagsTo(port), "--rejects", "rejects.jsonl", "bad.json", "db.json"];
    expect((await program([...rejecting, "--dry-run"], { cwd })).code).toBe(3);
    expect(await readdir(cwd)).not.toContain("rejects.jsonl");
    expect((await program([...rejecting, "--no-journal"], { cwd })).code).toBe(3);
    expect(await readdir(cwd)).toContain("rejects.jsonl");
    for (const dry of [[], ["--dry-run"]])
      expect((await program([...flagsTo(port), "--journal", nowhere, ...dry], { cwd })).code).toBe(0);
  });

  test("memory that the migration does not fit into; forced, evictions are told, and the exit code is 3", async () => {
    const big = Array.from({ length: 400 }, (_, at) => conversation(String(at), 40));
    await writeLegacy(join(cwd, "db.json"), { conversations: big, keys: records(0, 20).keys });
    const { port, client } = await startRedis();
    const used = Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1]);
    await client.configSet({ maxmemory: String(used + 1_500_000), "maxmemory-policy": "allkeys-lru" });
    expect(await refusal(flagsTo(port))).toEqual([1, ["memory"]]);
    expect(await refusal([...flagsTo(port), "--dry-run"])).toEqual([1, ["memory"]]);
    expect(await client.dbSize()).toBe(0);

    const { seen, result } = await programJson([...flagsTo(port), "-q", "--force"], { cwd });
    const evicted = Number(/evicted_keys:(\d+)/.exec(await client.info("stats"))?.[1]);
    expect(evicted).toBeGreaterThan(0);
    expect([seen.code, result.evicted]).toEqual([3, evicted]);
    expect(result.warnings).toContainEqual({
      code: "evicted",
      message: expect.stringContaining(`Redis threw ${evicted} key`),
    });
    expect(seen.stderr).toMatch(/^warning: Redis threw .* --verify names the records that are gone\n$/);
  });

  test("what is there already needs no memory: a rerun is not refused", async () => {
    const big = Array.from({ length: 400 }, (_, at) => conversation(String(at), 40));
    await writeLegacy(join(cwd, "db.json"), { conversations: big, keys: [] });
    const { port, client } = await startRedis();
    await program(flagsTo(port), { cwd });
    const used = Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1]);
    await client.configSet("maxmemory", String(used + 1_000_000));
    const { seen, result } = await programJson(flagsTo(port), { cwd });
    expect([seen.code, result.counts.conversations.unchanged]).toEqual([0, 400]);
  });
});

describe("told, and no reason to stop", () => {
  test("an eviction policy under which keys may go", async () => {
    const { port, client } = await startRedis();
    await client.configSet({ maxmemory: "1gb", "maxmemory-policy": "allkeys-lru" });
    expect(await findings(flagsTo(port))).toEqual([["eviction", "warning"]]);
    const { stderr } = await program(flagsTo(port), { cwd });
    expect(stderr).toContain("API keys, which have no expiry, may go too");
  });

  test("nothing is kept on disk", async () => {
    const { port, client } = await startRedis();
    await client.configSet("save", "");
    expect(await findings([...flagsTo(port), "--dry-run"])).toEqual([["no-persistence", "warning"]]);
  });

  test("keys that stand under the prefix already, counted", async () => {
    const { port, client } = await startRedis();
    await client.set("chatgpt:conversations:mine", '{"id":"mine","messages":[]}');
    await client.set("chatgpt*", "not under it");
    const { seen, result } = await programJson([...flagsTo(port), "--dry-run"], { cwd });
    expect([seen.code, result.preflight]).toEqual([
      0,
      [
        expect.objectContaining({
          code: "prefix-in-use",
          message: "Redis holds 1 key under this prefix already",
        }),
      ],
    ]);
  });

  test("what could not be checked, where INFO or CONFIG is denied", async () => {
    const user = ["on", ">made-up", "~*", "+@all"];
    const { port } = await startRedis({
      arguments: ["--user", "a", ...user, "-config", "--user", "b", ...user, "-info", "-config"],
    });
    const as = (name: string) => [...flagsTo(port), "--username", name, "-a", "made-up", "--dry-run"];
    expect(await findings(as("a"))).toEqual([["unchecked", "note"]]);
    expect(await findings(as("b"))).toEqual([["unchecked", "warning"]]);
  });

  test("a verification without SCAN, which proves the records alone", async () => {
    const user = ["on", ">made-up", "~*", "+@all", "-scan"];
    const { port, client } = await startRedis({ arguments: ["--user", "some", ...user] });
    await program(flagsTo(port), { cwd });
    await client.set("chatgpt:conversations:more", "{}");
    const verify = [...flagsTo(port), "--username", "some", "-a", "made-up", "--verify"];
    expect(await findings(verify)).toEqual([["without", "warning"]]);
    const { counts } = (await programJson(verify, { cwd })).result;
    // A 0 would say that there are none.
    expect([counts.conversations, counts.keys]).toEqual([
      expect.not.objectContaining({ extra: expect.anything() }),
      expect.not.objectContaining({ extra: expect.anything() }),
    ]);
    expect((await program(verify, { cwd })).stderr).toContain(
      "SCAN: keys under the prefix that no file holds are not",
    );
    expect((await program([...flagsTo(port), "--verify"], { cwd })).stdout).toContain(
      "chatgpt:conversations:more".slice(22),
    );
  });

  test("a replica, to a verification", async () => {
    const master = await startRedis();
    await program(flagsTo(master.port), { cwd });
    const replica = await startReplica(master);
    await eventually(async () => (await replica.client.dbSize()) === 205);
    expect(await findings([...flagsTo(replica.port), "--verify"])).toEqual([["replica", "warning"]]);
  });
});
