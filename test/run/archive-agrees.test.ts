import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { run } from "../../src/run.js";
import type { RunResult } from "../../src/types/run-result.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";
import { rounds } from "../support/rounds.js";

const ttl = 600;

/** When something was in use, in seconds before now; what is no time at all says nothing. */
const times = fc.oneof(
  fc.integer({ min: 30, max: 400 }).map((ago) => ({ ago })),
  fc.integer({ min: 700, max: 90_000_000 }).map((ago) => ({ ago })),
  fc.integer({ min: -90_000_000, max: -10 }).map((ago) => ({ ago })),
  fc.constantFrom({ value: 0 }, { value: -5.5 }, { value: 1e300 }, { value: -1e300 }, { value: null }),
  fc.constant({}),
);
type Time = { readonly ago?: number; readonly value?: number | null };

const conversation = fc.record({
  id: fc.constantFrom<unknown>("a", "b", "c", "d", "e", "🦜", 'x"\n', 7, ""),
  lastActive: times,
  dates: fc.array(times, { maxLength: 3 }),
});
const scenario = fc.record({
  conversations: fc.array(conversation, { maxLength: 8 }),
  keys: fc.uniqueArray(fc.constantFrom("sk-madeup-1", "sk-madeup-2"), { maxLength: 2 }),
  newest: fc.boolean(),
  packed: fc.boolean(),
});

interface Row {
  readonly id: unknown;
  readonly lastActive?: number | null;
  readonly messages: readonly { readonly date?: number | null }[];
}

function timeOf({ ago, value }: Time, now: number): number | null | undefined {
  return ago === undefined ? value : now - ago * 1000 - 0.5;
}

/** When it was in use last, as far as anything says it. */
function lastUse({ lastActive, messages }: Row): number | null {
  return lastActive ?? messages.at(-1)?.date ?? null;
}

function isNewer(row: Row, before: Row): boolean {
  const [use, useBefore] = [lastUse(row), lastUse(before)];
  if (use === null || useBefore === null) return use !== null;
  return use === useBefore ? row.messages.length > before.messages.length : use > useBefore;
}

/** The rows that count, by their Redis key. */
function winners(rows: readonly Row[], newest: boolean): Map<string, Row> {
  const byKey = new Map<string, Row>();
  for (const row of rows) {
    const before = byKey.get(String(row.id));
    if (before === undefined || (newest && before.id === row.id && isNewer(row, before)))
      byKey.set(String(row.id), row);
  }
  return byKey;
}

/** What a dry run and its run must agree in. */
const said = ({ counts, differences }: RunResult) => ({ counts, differences });

test("for any last activity: each conversation is in Redis until its time, or in the archive; all modes agree, and an archive is a source", async () => {
  const redis = await startRedis();
  const cwd = await scratchFolder();
  const path = join(cwd, "db.json");
  const property = fc.asyncProperty(scenario, async ({ conversations, keys, newest, packed }) => {
    const archive = join(cwd, packed ? "old.json.gz" : "old.json");
    await rm(archive, { force: true });
    await redis.client.flushAll();
    const now = Date.now();
    const rows: Row[] = conversations.map(({ id, lastActive, dates }, at) => ({
      id,
      userName: `u${at}`,
      messages: dates.map((date, n) => ({ type: 1, content: `m${n}`, date: timeOf(date, now) ?? null })),
      ...("value" in lastActive || "ago" in lastActive
        ? { lastActive: timeOf(lastActive, now) as number | null }
        : {}),
    }));
    const file = { conversations: { rows }, keys: { rows: keys.map((key) => ({ key })) } };
    await writeFile(path, JSON.stringify(file));
    const options = optionsFor(redis, {
      sources: [path],
      ttl,
      ttlFrom: "last-active",
      archive,
      onDuplicate: newest ? "newest" : "first",
    });

    const dry = await run({ ...options, mode: "dry-run" });
    await expect(stat(archive)).rejects.toThrow();
    const live = await run(options);
    expect([live.error, said(live), live.exitCode]).toEqual([null, said(dry), dry.exitCode]);

    const past = new Map<string, Row>();
    for (const [id, row] of winners(rows, newest)) {
      const use = Math.floor(Math.min(lastUse(row) ?? now, now));
      const expires = await redis.client.pExpireTime(`chatgpt:conversations:${id}`);
      if (now - use > ttl * 1000) {
        expect([id, expires]).toEqual([id, -2]);
        past.set(id, row);
      } else {
        expect(await redis.client.get(`chatgpt:conversations:${id}`)).toBe(JSON.stringify(row));
        // Where nothing says it, or it is in the future, life begins with the run.
        const isCertain = (lastUse(row) ?? Number.POSITIVE_INFINITY) < now;
        if (isCertain) expect([id, expires]).toEqual([id, use + ttl * 1000]);
        else expect(Math.abs(expires - (now + ttl * 1000))).toBeLessThan(5_000);
      }
    }
    for (const key of keys) expect(await redis.client.pExpireTime(`chatgpt:keys:${key}`)).toBe(-1);
    expect(live.counts.conversations.archived).toBe(past.size);
    expect(live.archive).toBe(past.size === 0 ? null : archive);

    const verified = await run({ ...options, mode: "verify" });
    const again = await run(options);
    expect([verified.exitCode, again.exitCode]).toEqual(
      live.exitCode === 0 ? [0, 0] : [verified.exitCode, live.exitCode],
    );
    expect(verified.counts.conversations).toMatchObject({ missing: 0, expiry: 0, extra: 0 });
    expect(again.counts.conversations).toMatchObject({
      created: 0,
      updated: 0,
      archived: 0,
      unchanged: winners(rows, newest).size,
    });
    if (past.size === 0) {
      await expect(stat(archive)).rejects.toThrow();
      return;
    }

    const bytes = await readFile(archive);
    const held = JSON.parse((packed ? gunzipSync(bytes) : bytes).toString());
    expect([...held.conversations.rows].map((row: Row) => [String(row.id), JSON.stringify(row)])).toEqual(
      rows
        .filter((row) => past.get(String(row.id)) === row)
        .map((row) => [String(row.id), JSON.stringify(row)]),
    );
    expect(((await stat(archive)).mode & 0o777).toString(8)).toBe("600");
    await redis.client.flushAll();
    const back = await run(optionsFor(redis, { sources: [archive] }));
    expect([back.exitCode, back.counts.conversations.created]).toEqual([0, past.size]);
    for (const [id, row] of past)
      expect(await redis.client.get(`chatgpt:conversations:${id}`)).toBe(JSON.stringify(row));
  });
  await fc.assert(property, { seed: 7, numRuns: rounds(25, 1_000) });
});
