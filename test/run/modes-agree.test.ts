import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { run } from "../../src/run.js";
import type { Policy } from "../../src/types/mode-and-policy.js";
import { policies } from "../../src/types/mode-and-policy.js";
import type { Counts } from "../../src/types/outcome.js";
import type { RunResult } from "../../src/types/run-result.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { type PrivateRedis, startRedis } from "../support/redis.js";
import { rounds } from "../support/rounds.js";

const ids = ["a", "b", "c", "sk-madeup-d"];

const message = fc.record(
  {
    id: fc.constantFrom("1", "2", "3"),
    type: fc.constant(1),
    content: fc.constantFrom("x", "y"),
    date: fc.nat(4),
  },
  { requiredKeys: ["type"] },
);
const conversation = fc.record(
  {
    id: fc.constantFrom(...ids),
    userName: fc.constantFrom("u", "v"),
    messages: fc.array(message, { maxLength: 3 }),
    lastActive: fc.nat(3),
  },
  { requiredKeys: ["id", "messages"] },
);
const apiKey = fc.record(
  { key: fc.constantFrom(...ids), queries: fc.nat(2), tokens: fc.nat(2), balance: fc.constantFrom(null, 1) },
  { requiredKeys: ["key"] },
);
const invalid = fc.constantFrom<unknown>(5, {}, { id: "" });

/** What stands under one key before: a string, with or without expiry, or something of another type. */
const ttls = fc.constantFrom(null, 500, 9_000);
const standing = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      value: fc.constantFrom("as in the file" as const, "further on" as const),
      ttl: ttls,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ value: fc.oneof(conversation, apiKey), ttl: ttls }),
  },
  { weight: 1, arbitrary: fc.constantFrom("not JSON", Buffer.from([0xff, 0x22]), "hash" as const) },
);
const scenario = fc.record({
  conversations: fc.array(fc.oneof({ weight: 6, arbitrary: conversation }, invalid), { maxLength: 5 }),
  keys: fc.array(fc.oneof({ weight: 6, arbitrary: apiKey }, invalid), { maxLength: 4 }),
  state: fc.dictionary(
    fc.constantFrom(...ids.flatMap((id) => [`conversations:${id}`, `keys:${id}`, "other"])),
    standing,
  ),
  policy: fc.constantFrom<Policy>(...policies),
  ttl: fc.constantFrom(null, 600, 30 * 24 * 60 * 60),
});

type Row = {
  readonly id?: unknown;
  readonly key?: unknown;
  readonly messages?: readonly { readonly id?: string; readonly content?: string }[];
};

/** What Redis may hold of a row once the app has used it. */
function held(value: unknown, row: Row = {}): unknown {
  if (value === "as in the file") return row;
  if (value !== "further on") return value;
  const more = { id: "9", type: 1, content: "x", date: 9 };
  return row.messages === undefined ? { ...row, queries: 9 } : { ...row, messages: [...row.messages, more] };
}

type Message = NonNullable<Row["messages"]>[number];

/** The same id, or, where one has none, all else the same. */
function isSame({ id: one, ...a }: Message, { id: other, ...b }: Message): boolean {
  return one !== undefined && other !== undefined ? one === other : isDeepStrictEqual(a, b);
}

interface Rows {
  readonly conversations: readonly unknown[];
  readonly keys: readonly unknown[];
}

type State = typeof scenario extends fc.Arbitrary<infer T extends { state: unknown }> ? T["state"] : never;

async function set({ client }: PrivateRedis, state: State, rows: Rows): Promise<void> {
  await client.flushAll();
  for (const [name, standing] of Object.entries(state)) {
    const key = `chatgpt:${name}`;
    const [set = "", id] = name.split(":");
    const same = (rows[set as keyof Rows] as readonly Row[] | undefined)?.find(
      (row) => (row.id ?? row.key) === id,
    );
    if (standing === "hash") await client.hSet(key, { a: "1", b: "2" });
    else if (typeof standing === "string" || Buffer.isBuffer(standing))
      await client.set(key, standing, { expiration: { type: "EX", value: 700 } });
    else
      await client.set(
        key,
        JSON.stringify(held(standing.value, same)),
        standing.ttl === null ? {} : { expiration: { type: "EX", value: standing.ttl } },
      );
  }
}

/** All of Redis: types, values, and when they expire, which time that passes meanwhile does not change. In s. */
async function all({ client }: PrivateRedis): Promise<Record<string, { dump: string; expires: number }>> {
  const state: Record<string, { dump: string; expires: number }> = {};
  for (const key of (await client.keys("*")).sort()) {
    const type = await client.type(key);
    const dump =
      type === "hash"
        ? JSON.stringify(await client.hGetAll(key))
        : await client.sendCommand<string>(["GETRANGE", key, "0", "-1"]);
    state[key] = { dump: `${type} ${dump}`, expires: await client.expireTime(key) };
  }
  return state;
}

function expectSame(now: Awaited<ReturnType<typeof all>>, before: Awaited<ReturnType<typeof all>>): void {
  expect(Object.keys(now)).toEqual(Object.keys(before));
  for (const [key, { dump, expires }] of Object.entries(before)) {
    expect([key, now[key]?.dump]).toEqual([key, dump]);
    expect(Math.abs((now[key]?.expires ?? 0) - expires)).toBeLessThanOrEqual(1);
  }
}

/**
 * What must be in Redis after a run that exited with 0, said without the program's own comparison: under `overwrite` the
 * file's version, under `merge` all of its messages, under `newer` its last one; right values expire as
 * asked, and API keys never.
 */
async function expectHeld(
  { client }: PrivateRedis,
  rows: Rows,
  policy: Policy,
  ttl: number | null,
): Promise<void> {
  for (const set of ["conversations", "keys"] as const) {
    const seen = new Set<unknown>();
    for (const row of rows[set] as readonly Row[]) {
      const id = set === "keys" ? row.key : row.id;
      if (seen.has(id)) continue;
      seen.add(id);
      const key = `chatgpt:${set}:${id}`;
      const held = JSON.parse((await client.get(key)) ?? "null") as Row;
      if (policy === "overwrite") expect(held).toEqual(row);
      const wanted = policy === "keep" ? [] : (row.messages ?? []).slice(policy === "newer" ? -1 : 0);
      for (const one of wanted) expect(held.messages?.some((other) => isSame(one, other))).toBe(true);
      if (policy === "keep" || (set === "conversations" && !isDeepStrictEqual(held, row))) continue;
      const life = await client.ttl(key);
      if (set === "keys" || ttl === null) expect([key, life]).toEqual([key, -1]);
      else expect(life > 0 && life <= ttl ? ttl : life).toBe(ttl);
    }
  }
}

/** The differences without the time that is left, which runs on from one run to the next. */
const timeless = ({ differences }: RunResult) =>
  differences.map(({ fields, ...rest }) => ({
    ...rest,
    fields: fields.map((one) => (one.field === "expiry" ? { ...one, redis: "" } : one)),
  }));

/** Of both kinds, how many records a run says are so. */
const sum = ({ counts: { conversations, keys } }: RunResult, ...names: readonly (keyof Counts)[]) =>
  names.reduce((all, name) => all + (conversations[name] ?? 0) + (keys[name] ?? 0), 0);

const written = (counts: Counts) => (counts.created ?? 0) + (counts.updated ?? 0);

test("for any file, state of Redis, policy and expiry: dry run and verification mirror the run, a rerun does nothing, and undo brings all back", async () => {
  const redis = await startRedis();
  const cwd = await scratchFolder();
  const [path, journal] = [join(cwd, "db.json"), join(cwd, "journal.jsonl")];
  const property = fc.asyncProperty(scenario, async ({ conversations, keys, state, policy, ttl }) => {
    await writeFile(path, JSON.stringify({ conversations: { rows: conversations }, keys: { rows: keys } }));
    await rm(journal, { force: true });
    await set(redis, state, { conversations, keys });
    const before = await all(redis);
    const options = optionsFor(redis, { sources: [path], onConflict: policy, ttl });

    const dry = await run({ ...options, mode: "dry-run" });
    const proof = await run({ ...options, mode: "verify" });
    const needless = sum(dry, "created", "updated", "conflict", "invalid", "failed", "leftOut") === 0;
    expect([proof.exitCode === 0, needless]).toEqual([needless, needless]);
    expectSame(await all(redis), before);
    const live = await run({ ...options, journal });
    expect([live.counts, timeless(live), live.exitCode]).toEqual([dry.counts, timeless(dry), dry.exitCode]);
    expect(live.error).toBeNull();
    if (live.exitCode === 0) await expectHeld(redis, { conversations, keys }, policy, ttl);

    const after = await all(redis);
    const verified = await run({ ...options, mode: "verify" });
    expect([verified.exitCode === 0, live.exitCode]).toEqual([live.exitCode === 0, live.exitCode]);
    const again = await run({ ...options, journal: join(cwd, "again.jsonl") });
    expect(written(again.counts.conversations) + written(again.counts.keys)).toBe(0);
    expect(again.journal).toBeNull();
    expectSame(await all(redis), after);

    const wrote = written(live.counts.conversations) + written(live.counts.keys);
    expect(live.journal).toBe(wrote === 0 ? null : journal);
    if (wrote === 0) return;
    const undo = { ...options, mode: "undo", undo: journal } as const;
    const rehearsed = await run({ ...undo, dryRun: true });
    expectSame(await all(redis), after);
    const undone = await run(undo);
    expect([undone.exitCode, undone.counts]).toEqual([0, rehearsed.counts]);
    expectSame(await all(redis), before);
    expect((await run(undo)).exitCode).toBe(0);
    expectSame(await all(redis), before);
  });
  await fc.assert(property, { seed: 5, numRuns: rounds(75, 1_500) });
  await expect(stat(join(cwd, "again.jsonl"))).rejects.toThrow();
});
