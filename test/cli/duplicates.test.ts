import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { conversation, message, messageText } from "../support/legacy.js";
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

describe("different ids that make one Redis key", () => {
  test.each([
    ["a number and text", "123", '"123"', "123"],
    ["text and a number", '"123"', "123.0", "123"],
    ["numbers that round to one", "1234567890123456789", "1234567890123456790", "1234567890123456800"],
    ["fractions that round to one", "0.1", "0.10000000000000000001", "0.1"],
    ["null and text", "null", '"null"', "null"],
    ["true and text", '"true"', "true", "true"],
    ["two halves of surrogate pairs", '"\\ud800"', '"\\ud801"', "\ufffd"],
    ["half a surrogate pair and U+FFFD", '"x\\udc00"', '"x\ufffd"', "x\ufffd"],
  ])("%s: the first counts, the other is a conflict in every mode", async (_, first, second, id) => {
    const rows = [chat(first, "Ann"), chat(second, "Bob"), chat(first, "Ann")];
    await writeFile(join(cwd, "db.json"), fileOf(rows));
    const planned = await programJson([...at, "--dry-run"], { cwd });
    const { seen, result } = await programJson([...at, "--rejects", "rejects.jsonl"], { cwd });
    expect([planned.seen.code, seen.code]).toEqual([3, 3]);
    expect(planned.result.counts).toEqual(result.counts);
    expect(planned.result.differences).toEqual(result.differences);
    expect(result.counts.conversations).toMatchObject({
      read: 3,
      created: 1,
      conflict: 1,
      duplicate: 1,
      leftOut: 0,
    });
    const reason = expect.stringMatching(
      /conversations row 0 has another id.*conversations row 1.* needs an id/,
    );
    expect(result.differences).toEqual([
      { kind: "conversation", name: id, difference: "conflict", fields: [], reason },
    ]);
    const value = JSON.stringify(JSON.parse(rows[0] as string));
    expect([...(await redis.dump())].map(([key, held]) => [key, held.value])).toEqual([
      [`chatgpt:conversations:${id}`, value],
    ]);
    expect(await rejected()).toMatchObject([{ raw: JSON.stringify(JSON.parse(rows[1] as string)), reason }]);
    const verified = await programJson([...at, "--verify"], { cwd });
    expect(verified.seen.code).toBe(2);
    expect(verified.result.counts.conversations).toMatchObject({ matched: 1, different: 1, duplicate: 1 });
    expect(verified.result.differences).toMatchObject([{ difference: "different", reason }]);
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

const history = (...seeds: readonly number[]) => seeds.map((seed) => message("m", seed));
const version = (messages: readonly object[], lastActive?: number) =>
  JSON.stringify({ ...conversation("same"), messages, lastActive });
const { id } = conversation("same");

describe("a duplicate", () => {
  const long = version(history(1, 2, 3), 30);
  const short = version(history(1, 2), 20);
  const reset = version([], 40);
  const forked = version(history(1, 4), 25);

  test.each([
    ["of equal content", [long, long.replaceAll(/":/g, '" :\n\t')], 0, 0, undefined],
    [
      "with members in another order",
      [long, `{"lastActive":30,${long.slice(1).replace(',"lastActive":30', "")}`],
      0,
      0,
      undefined,
    ],
    [
      "that the first goes on from",
      [long, short],
      1,
      0,
      /row 0 counts instead of .*row 1, and goes on from it$/,
    ],
    ["that is a stub", [long, version([])], 1, 0, /goes on from it$/],
    ["that goes on from the first", [short, long], 1, 1, /does not go on from it; --on-duplicate newest/],
    [
      "that is longer, of the same time",
      [version(history(2, 3), 30), long],
      1,
      1,
      /does not go on from it; --on-duplicate newest/,
    ],
    ["that is shorter, of the same time", [long, version(history(2, 3), 30)], 1, 0, /and goes on from it$/],
    ["with messages of its own", [long, forked], 1, 1, /does not go on from it$/],
    ["that was emptied later", [long, reset], 1, 1, /does not go on from it$/],
  ] as const)("%s", async (_, rows, listed, leftOut, reason) => {
    await writeFile(join(cwd, "db.json"), fileOf(rows));
    for (const mode of [["--dry-run"], ["--rejects", "rejects.jsonl"], ["--verify"]]) {
      const { seen, result } = await programJson([...at, ...mode], { cwd });
      expect(seen.code).toBe(leftOut > 0 ? 3 : 0);
      expect(result.counts.conversations).toMatchObject({ read: 2, duplicate: 1, leftOut });
      expect(result.differences.map(({ difference, name }) => [difference, name])).toEqual(
        listed > 0 ? [["duplicate", id]] : [],
      );
      if (reason !== undefined) expect(result.differences[0]?.reason).toMatch(reason);
      expect(JSON.stringify(result)).not.toContain(messageText);
    }
    if (reason !== undefined) expect(await rejected()).toMatchObject([{ index: 1, raw: rows[1] }]);
    expect(await redis.client.get(`chatgpt:conversations:${id}`)).toBe(rows[0]);
  });

  test("with --on-duplicate newest, the row that counts may stand later, in another file", async () => {
    await writeFile(join(cwd, "a.json"), fileOf([short, forked]));
    await writeFile(join(cwd, "b.json"), fileOf([version([]), long]));
    const flags = [...at, "--on-duplicate", "newest", "--rejects", "rejects.jsonl", "a.json", "b.json"];
    const { seen, result } = await programJson(flags, { cwd });
    expect(seen.code).toBe(3);
    expect(result.counts.conversations).toMatchObject({ read: 4, created: 1, duplicate: 3, leftOut: 1 });
    expect(result.differences.map(({ reason }) => reason)).toEqual([
      "b.json, conversations row 1 counts instead of a.json, conversations row 0, and goes on from it",
      "b.json, conversations row 1 counts instead of a.json, conversations row 1, and does not go on from it",
      "b.json, conversations row 1 counts instead of b.json, conversations row 0, and goes on from it",
    ]);
    expect((await rejected()).map(({ raw }) => raw)).toEqual([short, forked, version([])]);
    expect(await redis.client.get(`chatgpt:conversations:${id}`)).toBe(long);
  });

  test("tells which fields differ, and how many messages only it has", async () => {
    await writeFile(join(cwd, "db.json"), fileOf([long, forked.replace("User", "Someone")]));
    const { stdout } = await program(at, { cwd });
    expect(stdout).toMatch(
      /duplicate +conversation \S+ {2}userName differs; messages: 3 → 2, 2 only in the row that counts, 1 only in the duplicate;/,
    );
    expect(stdout).toMatch(/leftOut +1 +0\n/);
  });

  test.each([
    ["smaller counters", [3, 90, 1], [2, 95, 2], 0],
    ["as large counters and another balance", [3, 90, 1], [3, 90, 2], 0],
    ["larger counters", [3, 90, 1], [3, 91, 1], 1],
  ])("of an API key with %s", async (_, first, second, leftOut) => {
    const key = ([queries, tokens, balance]: readonly number[]) =>
      JSON.stringify({ key: "sk-madeup-0123456789", queries, tokens, balance });
    await writeFile(join(cwd, "db.json"), fileOf([], [key(first), key(second)]));
    const { seen, result } = await programJson(at, { cwd });
    expect(seen.code).toBe(leftOut > 0 ? 3 : 0);
    expect(result.counts.keys).toMatchObject({ created: 1, duplicate: 1, leftOut });
    expect(result.differences).toMatchObject([{ difference: "duplicate", name: "sk-…6789" }]);
    expect(seen.stdout + seen.stderr).not.toContain("madeup");
  });

  test("of standard input, and of records by id, is compared like any other", async () => {
    const named = (text: string) => text.replace(/"id":"[^"]*",/, "");
    const text = `{"conversations":{"${id}":${named(long)}}}`;
    await writeFile(join(cwd, "b.json"), fileOf([short]));
    const { seen, result } = await programJson([...at, "-", "b.json"], { cwd, stdin: text });
    expect([seen.code, result.counts.conversations.leftOut]).toEqual([0, 0]);
    expect(result.differences).toMatchObject([
      {
        difference: "duplicate",
        fields: [{ field: "messages", redis: 3, file: 2 }, { field: "lastActive" }],
      },
    ]);
  });

  test.each([
    ["gzip", (text: string) => gzipSync(text)],
    ["UTF-16", (text: string) => Buffer.from(`\ufeff${text}`, "utf16le")],
  ])(
    "of a row in %s, which cannot be read again, is taken for the same only where it is",
    async (_, encode) => {
      await writeFile(join(cwd, "a.json"), encode(fileOf([long, chat('"b"', "u")])));
      await writeFile(join(cwd, "b.json"), fileOf([long, chat('"b"', "v")]));
      const { seen, result } = await programJson([...at, "a.json", "b.json"], { cwd });
      expect(seen.code).toBe(3);
      expect(result.counts.conversations).toMatchObject({ created: 2, duplicate: 2, leftOut: 1 });
      expect(result.differences).toMatchObject([{ difference: "duplicate", name: "b", fields: [] }]);
      expect(result.differences[0]?.reason).toContain("it stands in no plain UTF-8 file");
    },
  );

  test("among records by id, where the library's own reading would take the last: the first counts, and is told", async () => {
    const member = (name: string, text: string) =>
      `"${name}":{"id":"${name}","userName":"u","messages":[{"type":1,"date":1,"content":"${text}"}]}`;
    const members = [member("a", "one"), member("b", "x"), member("a", "two"), member("b", "x")];
    await writeFile(join(cwd, "db.json"), `{"conversations":{${members.join(",")}}}`);
    const planned = await programJson([...at, "--dry-run"], { cwd });
    const { seen, result } = await programJson([...at, "--rejects", "rejects.jsonl"], { cwd });
    const verified = await programJson([...at, "--verify"], { cwd });
    expect([planned.seen.code, seen.code, verified.seen.code]).toEqual([3, 3, 3]);
    expect(result.counts.conversations).toMatchObject({ read: 4, created: 2, duplicate: 2, leftOut: 1 });
    expect((await rejected()).map(({ raw }) => JSON.parse(raw).messages[0].content)).toEqual(["two"]);
    expect(await redis.client.get("chatgpt:conversations:a")).toContain("one");
  });

  test("is found among many, with rows larger than what is read at once", async () => {
    const rows = Array.from({ length: 40 }, (_, row) =>
      JSON.stringify({
        id: `${row}`,
        userName: "u",
        messages: [{ type: 1, date: 1, content: "é".repeat(row * 9_000) }],
      }),
    );
    const changed = rows.map((row, n) => (n % 3 === 0 ? row.replace('"u"', '"v"') : row));
    await writeFile(join(cwd, "a.json"), fileOf(rows));
    await writeFile(join(cwd, "b.json"), fileOf(changed.reverse()));
    const { result } = await programJson([...at, "--details", "5", "a.json", "b.json"], { cwd });
    expect(result.counts.conversations).toMatchObject({ created: 40, duplicate: 40, leftOut: 0 });
    expect([result.differences.length, result.differencesFound, result.truncated]).toEqual([5, 14, true]);
    const { stdout } = await program([...at, "--dry-run", "--details", "5", "a.json", "b.json"], { cwd });
    expect(stdout).toContain("(first 5 of 14; --details 0 for all)");
  });
});
