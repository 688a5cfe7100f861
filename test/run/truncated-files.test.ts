import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../src/run.js";
import { records, writeLegacy } from "../support/legacy.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";
import { rounds } from "../support/rounds.js";

const cuts = rounds(75, 500);

/** The same offsets in every run, spread evenly, and never on a border by design. */
function offsets(length: number): number[] {
  return Array.from(
    { length: cuts },
    (_, at) => 1 + Math.floor(((at * 0.618_033_988_75) % 1) * (length - 2)),
  );
}

test(`a file cut at each of ${cuts} offsets: the rows that are whole arrive, none other; with --strict, nothing`, async () => {
  const redis = await startRedis();
  const path = join(await scratchFolder(), "db.json");
  const legacy = records(12, 3);
  await writeLegacy(path, legacy);
  const whole = await readFile(path);
  const all = [...legacy.keys, ...legacy.conversations].map((record) => {
    const text = JSON.stringify(record, null, 4).replace(/^/gm, " ".repeat(12)).trimStart();
    return { value: JSON.stringify(record), end: whole.indexOf(text) + Buffer.byteLength(text) };
  });
  for (const offset of offsets(whole.length)) {
    await writeFile(path, whole.subarray(0, offset));
    const strict = await run(optionsFor(redis, { sources: [path], strict: true }));
    expect([offset, strict.exitCode, await redis.client.dbSize()]).toEqual([offset, 3, 0]);
    const result = await run(optionsFor(redis, { sources: [path] }));
    expect([offset, result.exitCode, result.error]).toEqual([offset, 3, null]);
    const expected = all.filter(({ end }) => end <= offset).map(({ value }) => value);
    const keys = await redis.client.keys("*");
    const held = keys.length === 0 ? [] : await redis.client.mGet(keys);
    expect([offset, held.sort()]).toEqual([offset, expected.sort()]);
    await redis.client.flushAll();
  }
});
