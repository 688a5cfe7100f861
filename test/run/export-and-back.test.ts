import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Options } from "../../src/options.js";
import { run } from "../../src/run.js";
import { startCluster } from "../support/cluster.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { type Client, connectTo, startRedis } from "../support/redis.js";
import { rounds } from "../support/rounds.js";
import { startSentinelGroup } from "../support/sentinel.js";

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom("😀", "\ud800", "a:b@c", "{x}y", "*?[a]\\", ""),
);
const json = fc.jsonValue({ depthSize: "small", noUnicodeString: false });
const message = fc.record(
  { id: text, type: fc.nat(3), content: fc.oneof(text, json), date: fc.double(), usage: json },
  { requiredKeys: ["type"] },
);
const conversation = fc.record(
  {
    id: fc.oneof({ weight: 4, arbitrary: text }, fc.integer(), fc.double(), fc.constantFrom(null, true)),
    userName: fc.oneof(text, json),
    messages: fc.array(message, { maxLength: 3 }),
    lastActive: fc.oneof(fc.nat(), json),
    "1": json,
    more: json,
  },
  { requiredKeys: ["id", "messages"] },
);
const apiKey = fc.record(
  { key: text, queries: fc.nat(9), tokens: fc.double(), balance: fc.constantFrom(null, 0.5), more: json },
  { requiredKeys: ["key"] },
);
/** What stands among them and is none. */
const others = fc.oneof(json, fc.constantFrom<unknown>({ id: "x" }, { messages: [] }));
const file = fc.record({
  conversations: fc.array(fc.oneof({ weight: 6, arbitrary: conversation }, others), { maxLength: 6 }),
  keys: fc.array(fc.oneof({ weight: 6, arbitrary: apiKey }, others), { maxLength: 4 }),
  indent: fc.constantFrom(undefined, 4, "\t"),
});

type Standing = Readonly<Record<string, readonly [value: string, expires: boolean]>>;

/** All of some masters, as the bytes that they are. */
async function all(masters: readonly Client[]): Promise<Standing> {
  const standing: Record<string, readonly [string, boolean]> = {};
  for (const client of masters)
    for (const key of await client.keys("*")) {
      const value = await client.sendCommand<string>(["GETRANGE", key, "0", "-1"]);
      standing[key] = [value, (await client.ttl(key)) > 0];
    }
  return Object.fromEntries(Object.entries(standing).sort());
}

/** Any file, migrated, exported, and migrated back into an empty Redis, leaves what the first migration did. */
async function expectBack(masters: readonly Client[], options: Options, numRuns: number): Promise<void> {
  const cwd = await scratchFolder();
  const [source, out, back] = ["db.json", "out.json", "back.json"].map((name) => join(cwd, name)) as [
    string,
    string,
    string,
  ];
  const flush = async () => {
    for (const client of masters) await client.flushAll();
  };
  const property = fc.asyncProperty(file, async ({ conversations, keys, indent }) => {
    await flush();
    const sets = { conversations: { rows: conversations }, keys: { rows: keys } };
    await writeFile(source, JSON.stringify(sets, null, indent));
    await run({ ...options, sources: [source] });
    const before = await all(masters);
    const exported = await run({ ...options, mode: "export", export: out });
    const { counts } = exported;
    expect([exported.error, exported.exitCode]).toEqual([null, 0]);
    expect((counts.conversations.exported ?? 0) + (counts.keys.exported ?? 0)).toBe(
      Object.keys(before).length,
    );
    const text = await readFile(out, "utf8");
    expect(text).toBe(JSON.stringify(JSON.parse(text), null, 4));
    // The mirror of what follows: nothing to write, as Redis is now.
    expect((await run({ ...options, mode: "verify", sources: [out] })).exitCode).toBe(0);
    await flush();
    const returned = await run({ ...options, sources: [out] });
    expect([returned.error, returned.exitCode]).toEqual([null, 0]);
    expect(await all(masters)).toEqual(before);
    await run({ ...options, mode: "export", export: back });
    expect(await readFile(back)).toEqual(await readFile(out));
    await Promise.all([rm(out), rm(back)]);
  });
  await fc.assert(property, { seed: 7, numRuns });
}

test("one server", async () => {
  const redis = await startRedis();
  await expectBack([redis.client], optionsFor(redis), rounds(40, 1_500));
});

test("a cluster", async () => {
  const cluster = await startCluster();
  const masters = await Promise.all(cluster.masters.map(({ port }) => connectTo(port)));
  const [first] = cluster.masters;
  await expectBack(masters, optionsFor({ port: first?.port ?? 0 }), rounds(10, 300));
});

test("a master that Sentinels know", async () => {
  const group = await startSentinelGroup();
  const { address, ...options } = optionsFor({ port: group.sentinels[0] ?? 0 });
  const found = { ...options, address: { ...address, sentinel: group.name } };
  await expectBack([await group.client()], found, rounds(10, 300));
});
