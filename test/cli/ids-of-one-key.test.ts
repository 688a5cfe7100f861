import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { program, programJson, scratchFolder } from "../support/program.js";
import { type PrivateRedis, redisOfFile } from "../support/redis.js";

const redisOf = redisOfFile();
let cwd: string;
let redis: PrivateRedis;
let at: string[];

beforeEach(async () => {
  cwd = await scratchFolder();
  redis = redisOf();
  at = ["-p", String(redis.port)];
});

/** A legacy file of rows as they are spelled. */
const fileOf = (conversations: readonly string[], keys: readonly string[] = []) =>
  `{"keys":{"rows":[${keys.join(",")}],"name":"keys"},"conversations":{"rows":[${conversations.join(",")}],"name":"conversations"}}`;

const chat = (id: string, userName: string) => `{"id":${id},"userName":"${userName}","messages":[]}`;

/** Each row's raw text, as the file with the rejects kept it. */
async function rejected(path = "rejects.jsonl"): Promise<{ raw: string; reason: string; index: number }[]> {
  const text = await readFile(join(cwd, path), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** Two ids as they are spelled, and the one that their key has. */
const pairs = [
  ["a number and text", "123", '"123"', "123"],
  ["text and a number", '"124"', "124.0", "124"],
  ["numbers that round to one", "1234567890123456789", "1234567890123456790", "1234567890123456800"],
  ["fractions that round to one", "0.1", "0.10000000000000000001", "0.1"],
  ["null and text", "null", '"null"', "null"],
  ["true and text", '"true"', "true", "true"],
  ["two halves of surrogate pairs", '"\\ud800"', '"\\ud801"', "\ufffd"],
  ["half a surrogate pair and U+FFFD", '"x\\udc00"', '"x\ufffd"', "x\ufffd"],
] as const;

describe("different ids that make one Redis key", () => {
  test("the first counts, the other is a conflict in every mode", async () => {
    const rows = pairs.flatMap(([, first, second]) => [
      chat(first, "Ann"),
      chat(second, "Bob"),
      chat(first, "Ann"),
    ]);
    await writeFile(join(cwd, "db.json"), fileOf(rows));
    const planned = await programJson([...at, "--dry-run"], { cwd });
    // Redis holds none of them, and so nothing that is different.
    const before = await programJson([...at, "--verify"], { cwd });
    expect(before.seen.code).toBe(2);
    expect(before.result.counts.conversations).toMatchObject({
      missing: 2 * pairs.length,
      different: 0,
      duplicate: pairs.length,
    });
    const { seen, result } = await programJson([...at, "--rejects", "rejects.jsonl"], { cwd });
    expect([planned.seen.code, seen.code]).toEqual([3, 3]);
    expect(planned.result.counts).toEqual(result.counts);
    expect(planned.result.differences).toEqual(result.differences);
    const each = pairs.length;
    expect(result.counts.conversations).toMatchObject({
      read: 3 * each,
      created: each,
      conflict: each,
      duplicate: each,
      leftOut: 0,
    });
    const reasons = pairs.map((_, n) =>
      expect.stringMatching(
        new RegExp(`conversations row ${3 * n} has another id.*conversations row ${3 * n + 1}.* needs an id`),
      ),
    );
    expect(result.differences).toEqual(
      pairs.map(([, , , name], n) => ({
        kind: "conversation",
        name,
        difference: "conflict",
        place: expect.objectContaining({ source: "db.json", index: 3 * n + 1 }),
        fields: [],
        reason: reasons[n],
      })),
    );
    const spelled = (row: string | undefined) => JSON.stringify(JSON.parse(row ?? ""));
    const held = await redis.dump();
    expect(new Map([...held].map(([key, { value }]) => [key, value]))).toEqual(
      new Map(pairs.map(([, , , id], n) => [`chatgpt:conversations:${id}`, spelled(rows[3 * n])])),
    );
    expect(await rejected()).toMatchObject(
      pairs.map((_, n) => ({ raw: spelled(rows[3 * n + 1]), reason: reasons[n] })),
    );
    const verified = await programJson([...at, "--verify"], { cwd });
    expect(verified.seen.code).toBe(2);
    expect(verified.result.counts.conversations).toMatchObject({
      matched: each,
      different: each,
      duplicate: each,
    });
    expect(verified.result.differences).toMatchObject(
      reasons.map((reason) => ({ difference: "different", reason })),
    );
  });

  test.each(["first", "newest"])("across files, and with --on-duplicate %s", async (which) => {
    const used = (id: string, lastActive: number) =>
      `{"id":${id},"userName":"u","messages":[],"lastActive":${lastActive}}`;
    await writeFile(join(cwd, "a.json"), fileOf([used("7", 1), used('"7"', 9)]));
    await writeFile(join(cwd, "b.json"), fileOf([used('"7"', 8), used("7.0", 5)]));
    const { seen, result } = await programJson([...at, "--on-duplicate", which, "a.json", "b.json"], { cwd });
    expect(seen.code).toBe(3);
    expect(result.counts.conversations).toMatchObject({ read: 4, created: 1, conflict: 2, duplicate: 1 });
    const { lastActive } = JSON.parse((await redis.client.get("chatgpt:conversations:7")) ?? "{}");
    expect(lastActive).toBe(which === "first" ? 1 : 5);
    const counts = which === "first" ? "a.json, conversations row 0" : "b.json, conversations row 1";
    const conflicts = result.differences.filter(({ difference }) => difference === "conflict");
    expect(conflicts.map(({ reason }) => reason?.startsWith(`${counts} has another id`))).toEqual([
      true,
      true,
    ]);
  });

  test("text output tells ids apart, and is safe to print", async () => {
    await writeFile(
      join(cwd, "db.json"),
      fileOf([chat('"\\ud800"', "a"), chat('"\\udbff"', "b"), chat('""', "c")]),
    );
    const { stdout, stderr, code } = await program(at, { cwd });
    expect(code).toBe(3);
    expect(stdout).toContain('conversations row 1 (id "\\udbff") needs an id of its own');
    expect(stderr).toContain("1 conversation whose id is empty");
    expect(stderr).toContain("whose id holds half a surrogate pair");
    expect(await redis.client.get("chatgpt:conversations:")).toBe(chat('""', "c"));
  });
});
