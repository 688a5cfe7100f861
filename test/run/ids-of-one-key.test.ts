import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { run } from "../../src/run.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";
import { rounds } from "../support/rounds.js";

/** Ids as they are spelled in a file, few enough to meet: of one key, and of many. */
const spelling = fc.oneof(
  fc.constantFrom("null", '"null"', "true", '"true"', "false", '""', "0", "-0", '"0"', "1e2", "100", '"100"'),
  fc.constantFrom("9007199254740992", "9007199254740993", '"9007199254740992"', "1E400", '"Infinity"'),
  fc.constantFrom('"\\ud800"', '"\\udfff"', '"\ufffd"', '"\\ud83d\\ude00"', '"😀"'),
  fc.jsonValue({ depthSize: "small" }).map((value) => JSON.stringify(value)),
);

const file = fc.array(fc.record({ id: spelling, messages: fc.array(fc.nat(2), { maxLength: 2 }) }), {
  maxLength: 8,
});

/** What tells ids apart: by === in JavaScript, but that it rounds one of the numbers above to another. */
function identityOf(spelled: string): string {
  const id: unknown = JSON.parse(spelled);
  return spelled === "9007199254740993" ? spelled : `${typeof id} ${JSON.stringify(String(id))}`;
}

const textOf = (id: string, messages: readonly number[]) =>
  `{"id":${id},"userName":"u","messages":[${messages.map((date) => `{"type":1,"content":"x","date":${date}}`)}]}`;

test("Redis holds the first of all rows with one String(id), and each other row is counted as what it is", async () => {
  const cwd = await scratchFolder();
  const redis = await startRedis();
  const sources = [join(cwd, "a.json"), join(cwd, "b.json")];
  const property = fc.asyncProperty(fc.tuple(file, file), async (files) => {
    await redis.client.flushAll();
    const held = new Map<string, string>();
    const identities = new Map<string, string>();
    let invalid = 0;
    let conflicts = 0;
    for (const [at, rows] of files.entries()) {
      const texts = rows.map(({ id, messages }) => textOf(id, messages));
      await writeFile(sources[at] as string, `{"conversations":{"rows":[${texts.join(",")}]}}`);
      for (const [row, text] of texts.entries()) {
        const record: { id: unknown } = JSON.parse(text);
        if (record.id !== null && typeof record.id === "object") {
          invalid += 1;
          continue;
        }
        const key = `chatgpt:conversations:${Buffer.from(String(record.id)).toString()}`;
        const identity = identityOf(rows[row]?.id ?? "");
        if (identities.has(key) && identities.get(key) !== identity) conflicts += 1;
        if (held.has(key)) continue;
        held.set(key, JSON.stringify(record));
        identities.set(key, identity);
      }
    }
    const planned = await run(optionsFor(redis, { sources, mode: "dry-run" }));
    const done = await run(optionsFor(redis, { sources }));
    expect([...(await redis.dump())].map(([key, { value }]) => [key, value]).sort()).toEqual(
      [...held].sort(),
    );
    const { read, created, conflict, duplicate, leftOut } = done.counts.conversations;
    expect([done.counts.conversations.invalid, created, conflict]).toEqual([invalid, held.size, conflicts]);
    expect(read).toBe((files[0]?.length ?? 0) + (files[1]?.length ?? 0));
    expect(done.exitCode).toBe(invalid + conflicts + (leftOut ?? 0) > 0 ? 3 : 0);
    expect([planned.exitCode, planned.counts, planned.differences]).toEqual([
      done.exitCode,
      done.counts,
      done.differences,
    ]);
    const verified = await run(optionsFor(redis, { sources, mode: "verify" }));
    expect(verified.counts.conversations).toMatchObject({
      read,
      matched: held.size,
      duplicate,
      different: conflict,
      leftOut,
    });
    expect(verified.exitCode === 0).toBe(done.exitCode === 0);
  });
  await fc.assert(property, { seed: 1, numRuns: rounds(40, 600) });
});
