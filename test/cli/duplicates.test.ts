import { mkdir, readFile, writeFile } from "node:fs/promises";
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

const history = (...seeds: readonly number[]) => seeds.map((seed) => message("m", seed));

const version = (messages: readonly object[], lastActive?: number) =>
  JSON.stringify({ ...conversation("same"), messages, lastActive });

const { id } = conversation("same");

describe("a duplicate", () => {
  const long = version(history(1, 2, 3), 30);
  const short = version(history(1, 2), 20);
  const reset = version([], 40);
  const trimmed = version(history(2, 3), 30);
  const forked = version(history(1, 4), 25);
  const named = (row: string, as: string) => row.replace(id, as);

  /** Each case has an id that says it, two rows, and, where the second one is listed, why. */
  const nothingMore = [
    ["equal content", long, long.replaceAll(/":/g, '" :\n\t'), undefined],
    [
      "members in another order",
      long,
      `{"lastActive":30,${long.slice(1).replace(',"lastActive":30', "")}`,
      undefined,
    ],
    ["the first goes on from it", long, short, /row 4 counts instead of .*row 5, and goes on from it$/],
    ["a stub", long, version([]), /goes on from it$/],
    ["shorter, of the same time", long, trimmed, /and goes on from it$/],
  ] as const;
  const mayHoldMore = [
    ["goes on from the first", short, long, /does not go on from it; --on-duplicate newest/],
    ["longer, of the same time", trimmed, long, /does not go on from it; --on-duplicate newest/],
    ["has messages of its own", long, forked, /does not go on from it; --on-duplicate merge/],
    ["was emptied later", long, reset, /does not go on from it; --on-duplicate merge/],
  ] as const;

  test.each([
    ["that holds nothing more than the row that counts is no loss", nothingMore, 0],
    ["that may hold more than the row that counts is leftOut", mayHoldMore, 1],
  ])("%s, in every mode", async (_, cases, leftOut) => {
    const rows = cases.flatMap(([id, first, second]) => [named(first, id), named(second, id)]);
    await writeFile(join(cwd, "db.json"), fileOf(rows));
    const listed = cases.filter(([, , , reason]) => reason !== undefined);
    for (const mode of [["--dry-run"], ["--rejects", "rejects.jsonl"], ["--verify"]]) {
      const { seen, result } = await programJson([...at, ...mode], { cwd });
      expect(seen.code).toBe(leftOut > 0 ? 3 : 0);
      expect(result.counts.conversations).toMatchObject({
        read: rows.length,
        duplicate: cases.length,
        leftOut: leftOut * cases.length,
      });
      expect(result.differences).toMatchObject(
        listed.map(([name, , , reason]) => ({
          difference: "duplicate",
          name,
          reason: expect.stringMatching(reason as RegExp),
        })),
      );
      expect(JSON.stringify(result)).not.toContain(messageText);
    }
    expect(await rejected()).toMatchObject(
      listed.map(([id, , second]) => ({ index: rows.indexOf(named(second, id)), raw: named(second, id) })),
    );
    for (const [id, first] of cases)
      expect(await redis.client.get(`chatgpt:conversations:${id}`)).toBe(named(first, id));
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
      "b.json, conversations row 1 counts instead of a.json, conversations row 1, and does not go on from it; --on-duplicate merge puts both together",
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
    "of a row in %s, which cannot be read again where it stands, is compared all the same",
    async (_, encode) => {
      await writeFile(
        join(cwd, "a.json"),
        encode(fileOf([named(long, "a"), named(long, "b"), named(short, "c")])),
      );
      await writeFile(join(cwd, "b.json"), fileOf([named(long, "a"), named(short, "b"), named(long, "c")]));
      const { seen, result } = await programJson([...at, "a.json", "b.json"], { cwd });
      expect(seen.code).toBe(3);
      expect(result.counts.conversations).toMatchObject({ created: 3, duplicate: 3, leftOut: 1 });
      expect(result.differences.map(({ name, reason }) => [name, reason])).toEqual([
        ["b", expect.stringMatching(/, and goes on from it$/)],
        ["c", expect.stringMatching(/, and does not go on from it; --on-duplicate newest takes/)],
      ]);
    },
  );

  test("of a compressed row is told where it cannot be compared, for want of room: the run goes on", async () => {
    await writeFile(join(cwd, "a.json"), gzipSync(fileOf([long, chat('"b"', "u")])));
    await writeFile(join(cwd, "b.json"), fileOf([long, chat('"b"', "v")]));
    const env = { TMPDIR: "/no/such/folder" };
    const { seen, result } = await programJson([...at, "a.json", "b.json"], { cwd, env });
    expect([seen.code, result.error]).toEqual([3, null]);
    expect(result.counts.conversations).toMatchObject({ created: 2, duplicate: 2, leftOut: 1 });
    expect(result.differences).toMatchObject([{ difference: "duplicate", name: "b", fields: [] }]);
    expect(result.differences[0]?.reason).toMatch(
      /could not be compared: .*could not be kept in \/no\/such\/folder: .*; --on-duplicate newest takes/,
    );
    // It is not known to hold more, and so is not said to.
    const { stdout } = await program([...at, "a.json", "b.json"], { cwd, env });
    expect(stdout).toContain("Perhaps not all is in Redis: 1 duplicate that may hold what the row");
  });

  describe("of nightly exports, with --on-duplicate newest, is compared although they are compressed", () => {
    const nights = ["--on-duplicate", "newest", "nights/*.json.gz"];
    const first = [
      named(short, "grew"),
      named(long, "equal"),
      named(forked, "diverged"),
      named(short, "gone"),
    ];
    const second = [named(long, "grew"), named(long, "equal"), named(long, "diverged"), named(long, "new")];

    beforeEach(async () => {
      await mkdir(join(cwd, "nights"));
    });
    const write = (night: number, rows: readonly string[], encode: (text: string) => Buffer = gzipSync) =>
      writeFile(join(cwd, `nights/${night}.json.gz`), encode(fileOf(rows)));

    test("all modes agree that one that goes on from the others left nothing out", async () => {
      const withoutDiverged = (rows: readonly string[]) => rows.filter((row) => !row.includes("diverged"));
      await write(1, withoutDiverged(first));
      await write(2, withoutDiverged(second));
      await write(3, [named(short, "grew"), named(long, "grew")]);
      for (const mode of [["--dry-run"], [], [], ["--verify"]]) {
        const { seen, result } = await programJson([...at, ...mode, ...nights], { cwd });
        expect(seen.code).toBe(0);
        expect(result.counts.conversations).toMatchObject({ read: 8, duplicate: 4, leftOut: 0 });
        expect(result.differences.map(({ name, reason }) => [name, reason])).toEqual([
          [
            "grew",
            expect.stringMatching(/2\.json\.gz, .* counts instead of .*1\.json\.gz, .*goes on from it$/),
          ],
          [
            "grew",
            expect.stringMatching(/2\.json\.gz, .* counts instead of .*3\.json\.gz, .*goes on from it$/),
          ],
        ]);
      }
      for (const id of ["grew", "equal", "new"])
        expect(await redis.client.get(`chatgpt:conversations:${id}`)).toBe(named(long, id));
    });

    test("those that hold something of their own, and only they, are left out", async () => {
      await write(1, first);
      await write(2, second);
      for (const mode of [["--dry-run"], [], ["--verify"]]) {
        const { seen, result } = await programJson([...at, ...mode, ...nights], { cwd });
        expect(seen.code).toBe(3);
        expect(result.counts.conversations).toMatchObject({ read: 8, duplicate: 3, leftOut: 1 });
        expect(result.differences.map(({ name, reason }) => [name, reason])).toEqual([
          ["grew", expect.stringMatching(/goes on from it$/)],
          [
            "diverged",
            expect.stringMatching(/does not go on from it; --on-duplicate merge puts both together$/),
          ],
        ]);
        expect(JSON.stringify(result)).not.toContain(messageText);
      }
    });

    test("the newest may stand in standard input, in UTF-16, or behind a file that can be read again", async () => {
      await write(1, [named(short, "a"), named(long, "b"), named(short, "c")], Buffer.from);
      await write(2, [named(short, "a"), named(short, "b"), named(long, "c")], (text) =>
        Buffer.from(`\ufeff${text}`, "utf16le"),
      );
      const stdin = gzipSync(fileOf([named(long, "a"), named(short, "b"), named(forked, "c")]));
      const { seen, result } = await programJson([...at, "-", ...nights], { cwd, stdin });
      expect(seen.code).toBe(3);
      expect(result.counts.conversations).toMatchObject({ read: 9, created: 3, duplicate: 6, leftOut: 1 });
      expect(result.differences.filter(({ reason }) => !reason?.endsWith("goes on from it"))).toMatchObject([
        { name: "c", reason: expect.stringMatching(/does not go on from it/) },
      ]);
    });

    test("where the disk does not take what must be kept, nothing is written", async () => {
      await write(1, first);
      await write(2, second);
      const env = { TMPDIR: join(cwd, "none") };
      const { seen, result } = await programJson([...at, ...nights], { cwd, env });
      expect([seen.code, result.error?.code]).toEqual([1, "duplicates-not-kept"]);
      expect(await redis.client.dbSize()).toBe(0);
      // What is equal need not be kept.
      await write(2, first);
      expect((await programJson([...at, ...nights], { cwd, env })).seen.code).toBe(0);
    });
  });

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
