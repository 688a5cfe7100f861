import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MessageSet } from "../../src/record/same-message.js";
import { run } from "../../src/run.js";
import type { RunResult } from "../../src/types/run-result.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";
import { rounds } from "../support/rounds.js";

type Message = Readonly<Record<string, unknown>>;

const message: fc.Arbitrary<Message> = fc.record(
  {
    id: fc.constantFrom("1", "2", "3"),
    type: fc.constantFrom(1, 2),
    content: fc.constantFrom("x", "é", "x".repeat(400)),
    date: fc.nat(4),
  },
  { requiredKeys: ["type"] },
);
const row = fc.record(
  {
    id: fc.constantFrom<string | number>("a", "b", "1", 1),
    messages: fc.array(message, { maxLength: 3 }),
    lastActive: fc.nat(3),
    userName: fc.constantFrom("u", "v"),
  },
  { requiredKeys: ["id", "messages"] },
);
const file = fc.record({ rows: fc.array(row, { maxLength: 5 }), gzip: fc.boolean() });

const identityOf = ({ id }: { readonly id: string | number }) => `${typeof id} ${id}`;

const whatWasSaid = ({ counts, differences, warnings, exitCode }: RunResult) => ({
  counts,
  differences,
  warnings,
  exitCode,
});

test("for any rows in any files: Redis holds all messages of all rows with one id by date, and all modes agree", async () => {
  const redis = await startRedis();
  const cwd = await scratchFolder();
  const sources = ["a.json", "b.json"].map((name) => join(cwd, name));
  const journal = join(cwd, "journal.jsonl");
  const property = fc.asyncProperty(fc.tuple(file, file), async (files) => {
    await redis.client.flushAll();
    await rm(journal, { force: true });
    for (const [at, { rows, gzip }] of files.entries()) {
      const text = JSON.stringify({ conversations: { rows } });
      await writeFile(sources[at] as string, gzip ? gzipSync(text) : text);
    }
    const options = optionsFor(redis, { sources, onDuplicate: "merge" });
    const dry = await run({ ...options, mode: "dry-run" });
    const done = await run({ ...options, journal });
    expect(whatWasSaid(dry)).toEqual(whatWasSaid(done));

    const rows = files.flatMap((one) => one.rows);
    const first = new Map<string, string>();
    for (const one of rows) if (!first.has(String(one.id))) first.set(String(one.id), identityOf(one));
    const conflicts = rows.filter((one) => first.get(String(one.id)) !== identityOf(one)).length;
    const { read, created, duplicate, conflict, leftOut } = done.counts.conversations;
    expect([read, created, conflict, leftOut]).toEqual([rows.length, first.size, conflicts, 0]);
    expect(duplicate).toBe(rows.length - first.size - conflicts);
    expect(done.exitCode).toBe(conflicts > 0 ? 3 : 0);
    for (const [id, identity] of first) {
      const versions = rows.filter((one) => identityOf(one) === identity);
      const held = JSON.parse(
        (await redis.client.get(`chatgpt:conversations:${id}`)) ?? "",
      ) as (typeof rows)[0];
      const [there, meant] = [held.messages, versions.flatMap(({ messages }) => messages)];
      expect(meant.every((one) => new MessageSet(there).has(one))).toBe(true);
      expect(there.every((one) => new MessageSet(meant).has(one))).toBe(true);
      if (
        versions.length > 1 &&
        there.length > Math.max(...versions.map(({ messages }) => messages.length))
      ) {
        const dates = there.flatMap(({ date }) => (typeof date === "number" ? [date] : []));
        expect(dates).toEqual([...dates].sort((a, b) => a - b));
      }
    }

    const verified = await run({ ...options, mode: "verify" });
    expect([verified.exitCode === 0, verified.counts.conversations.matched]).toEqual([
      conflicts === 0,
      created,
    ]);
    const again = await run({ ...options, journal: join(cwd, "again.jsonl") });
    expect([again.counts.conversations.unchanged, again.journal]).toEqual([created, null]);
    if (done.journal === null) return;
    expect((await run({ ...options, mode: "undo", undo: journal })).exitCode).toBe(0);
    expect(await redis.client.dbSize()).toBe(0);
  });
  await fc.assert(property, { seed: 11, numRuns: rounds(30, 600) });
});
