import { execFileSync } from "node:child_process";
import { appendFile, cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import type { Options } from "../../src/options.js";
import { run } from "../../src/run.js";
import type { RunResult } from "../../src/types/run-result.js";
import { apiKey, conversation, records, writeLegacy } from "../support/legacy.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { redisOfFile } from "../support/redis.js";
import { snapshotOf } from "../support/snapshot.js";

const redis = redisOfFile();

let folder: string;
let plan: string;

const redisKeyOf = ({ id }: { id: string }) => `chatgpt:conversations:${id}`;

/** Of the file: one that Redis lacks, one it has, one it has an older version of, one that it goes on from, a conflict. */
const [fresh, same, older, newer, other] = ["fresh", "same", "older", "newer", "other"].map((seed) =>
  conversation(seed, 4),
) as [C, C, C, C, C];
type C = ReturnType<typeof conversation>;

beforeEach(async () => {
  folder = await scratchFolder();
  plan = join(folder, "plan.json");
  const conversations = [fresh, same, older, newer, other];
  await writeLegacy(join(folder, "a.json"), { conversations, keys: [apiKey("a")] });
  await writeFile(
    join(folder, "b.json.gz"),
    gzipSync(JSON.stringify({ conversations: [conversation("b")] })),
  );
  await hold(same);
  await hold({ ...older, messages: older.messages.slice(0, 3) });
  await hold(conversation("newer", 5));
  await hold({ ...conversation("something else", 4), id: other.id });
});

async function hold(value: C, ttl = 1000): Promise<void> {
  await redis().client.set(redisKeyOf(value), JSON.stringify(value), { EX: ttl });
}

function start(differing: Partial<Options>): Promise<RunResult> {
  const sources = ["a.json", "b.json.gz"].map((name) => join(folder, name));
  return run(optionsFor(redis(), { sources, journal: join(folder, "j.jsonl"), ...differing }));
}

async function makePlan(differing: Partial<Options> = {}): Promise<RunResult> {
  const result = await start({ mode: "dry-run", plan, ...differing });
  expect([result.error, result.plan]).toEqual([null, plan]);
  return result;
}

/** Applies the plan, which must change nothing. @returns what the error says, a line each */
async function refused(differing: Partial<Options> = {}, code = "plan-outdated"): Promise<readonly string[]> {
  const [files, before] = [await readdir(folder), await snapshotOf(redis().client)];
  const result = await start({ apply: plan, ...differing });
  expect([result.exitCode, result.error?.code, result.plan]).toEqual([1, code, null]);
  expect([result.counts.conversations.created, result.journal]).toEqual([0, null]);
  expectSame(await snapshotOf(redis().client), before);
  expect(await readdir(folder)).toEqual(files);
  return (result.error?.message ?? "").split("\n").slice(1);
}

/** But for milliseconds in which the deadlines were asked for. */
function expectSame(now: Awaited<ReturnType<typeof snapshotOf>>, before: typeof now): void {
  const rounded = (all: typeof now) =>
    [...all].map(([key, one]) => [key, one.type, one.content, Math.round((one.deadline ?? 0) / 1e4)]).sort();
  expect(rounded(now)).toEqual(rounded(before));
}

async function applied(differing: Partial<Options> = {}): Promise<RunResult> {
  const result = await start({ apply: plan, ...differing });
  expect([result.error, result.plan]).toEqual([null, plan]);
  expect(result.warnings.map(({ code }) => code)).not.toContain("plan-deviated");
  return result;
}

const policies = ["newer", "keep", "overwrite", "merge"] as const;

test.each(policies)("unchanged, a plan is done as it says, with --on-conflict %s", async (onConflict) => {
  await redis().client.hSet(redisKeyOf(conversation("b")), "a", "b");
  const planned = await makePlan({ onConflict });
  const done = await applied({ onConflict });
  expect([done.counts, done.exitCode]).toEqual([planned.counts, planned.exitCode]);
  const proof = await start({ mode: "verify", onConflict });
  const left = onConflict === "overwrite" ? 0 : 2;
  expect(proof.exitCode).toBe(left);
});

test("a time to live that runs down, and keys that the files do not hold, do not matter", async () => {
  await makePlan();
  await redis().client.expire(redisKeyOf(same), 500);
  await redis().client.set("chatgpt:conversations:of nobody", "{}");
  await redis().client.set("elsewhere", "x");
  await applied();
});

describe("one key of Redis that the files hold too, and that has changed", () => {
  const client = () => redis().client;
  test.each<readonly [string, () => Promise<unknown>, string | null]>([
    ["came", () => hold(fresh), "conversations created: 2 in the plan, 1 now"],
    ["went", () => client().del(redisKeyOf(same)), "conversations unchanged: 1 in the plan, 0 now"],
    ["holds another older version", () => hold({ ...older, messages: older.messages.slice(0, 2) }), null],
    ["holds another newer version", () => hold(conversation("newer", 6)), null],
    ["holds another conflict", () => hold({ ...conversation("a third", 4), id: other.id }), null],
    [
      "holds the same in other words",
      () => client().set(redisKeyOf(same), JSON.stringify(same, null, 1), { KEEPTTL: true }),
      null,
    ],
    [
      "would stay for ever",
      () => client().persist(redisKeyOf(same)),
      "conversations updated: 1 in the plan, 2 now",
    ],
    [
      "became another type",
      async () => {
        await client().del(redisKeyOf(other));
        await client().hSet(redisKeyOf(other), "a", "b");
      },
      null,
    ],
  ])("%s", async (_how, change, count) => {
    await makePlan();
    await change();
    const [first, ...counts] = await refused();
    expect(first).toBe("Redis holds something else under keys of the files than it did");
    if (count === null) expect(counts).toEqual([]);
    else expect(counts).toContain(count);
  });

  test("is of another type, and would be overwritten", async () => {
    const key = redisKeyOf(other);
    await client().del(key);
    await client().hSet(key, "a", "b");
    await makePlan({ onConflict: "overwrite" });
    await client().hSet(key, "a", "c");
    await refused({ onConflict: "overwrite" });
    await client().hSet(key, "a", "b");
    await applied({ onConflict: "overwrite" });
  });
});

describe("with conversations past their time", () => {
  const archiving = (): Partial<Options> => ({
    sources: [join(folder, "idle.json")],
    ttlFrom: "last-active",
    archive: join(folder, "archive.json"),
  });

  beforeEach(() =>
    writeLegacy(join(folder, "idle.json"), { conversations: [{ ...fresh, lastActive: 1 }], keys: [] }),
  );

  test("more than in the plan: it is the time that is named", async () => {
    await makePlan(archiving());
    await writeFile(plan, (await readFile(plan, "utf8")).replace('"archived": 1', '"archived": 0'));
    expect(await refused(archiving())).toEqual([
      "conversations have passed their time since",
      "conversations archived: 0 in the plan, 1 now",
    ]);
  });

  test("a plan that was done already says so", async () => {
    await makePlan(archiving());
    await applied(archiving());
    const [first] = await refused(archiving());
    expect(first).toMatch(/^Redis, or the archive, holds .*: perhaps the plan was applied already$/);
  });
});

test("a plan that was done already says so", async () => {
  await makePlan();
  await applied();
  const [first] = await refused({ journal: null });
  expect(first).toMatch(/perhaps the plan was applied already$/);
});

describe("each flag that matters", () => {
  test.each<readonly [string, Partial<Options>]>([
    ["--only was both, is keys", { only: "key" }],
    ["--on-conflict was newer, is merge", { onConflict: "merge" }],
    ["--on-duplicate was first, is newest", { onDuplicate: "newest" }],
    ["--ttl was 30d, is 12h", { ttl: 43_200 }],
    ["--ttl was 30d, is none", { ttl: null }],
    ["--key-prefix was chatgpt:, is other:", { prefix: "other:" }],
    ["--strict was off, is on", { strict: true }],
    ["--ttl-from was now, is last-active", { ttlFrom: "last-active" }],
    ["--archive was none, is other.json", { archive: "other.json" }],
    ["--force was off, is on", { force: true }],
  ])("%s", async (sentence, differing) => {
    await makePlan();
    expect(await refused(differing)).toEqual([sentence]);
  });

  test("and the place where Redis is, and all at once", async () => {
    await makePlan();
    const { address } = optionsFor(redis());
    await appendFile(join(folder, "a.json"), " ");
    const [ttl, url, file, ...rest] = await refused({ ttl: 60, address: { ...address, database: 3 } });
    expect([ttl, rest]).toEqual(["--ttl was 30d, is 1m", []]);
    expect(url).toMatch(/^Redis was redis:\/\/127\.0\.0\.1:\d+\/0, is redis:\/\/127\.0\.0\.1:\d+\/3$/);
    expect(file).toMatch(/a\.json: had \d+ bytes, has \d+$/);
  });

  test("but not what is shown, and how fast", async () => {
    await makePlan();
    await applied({
      details: 1,
      journal: null,
      rejects: join(folder, "r"),
      exitCode: true,
      concurrency: 2,
      threadsFrom: 1e9,
    });
  });
});

describe("a file that has changed", () => {
  const a = () => join(folder, "a.json");
  test.each<readonly [string, () => Promise<unknown>, readonly RegExp[]]>([
    ["by one byte more", () => appendFile(a(), "\n"), [/a\.json: had \d+ bytes, has \d+$/]],
    [
      "in one byte",
      async () => writeFile(a(), (await readFile(a(), "utf8")).replace("User", "Uses")),
      [/a\.json: has other content of the same size$/],
    ],
    [
      "in one byte that is no part of a record",
      async () => writeFile(a(), (await readFile(a(), "utf8")).replace(": {", ":\t{")),
      [/a\.json: has other content/],
    ],
  ])("%s", async (_how, change, sentences) => {
    await makePlan();
    await change();
    expect(await refused()).toEqual(sentences.map((sentence) => expect.stringMatching(sentence)));
  });

  test("is in a folder, with others that came, went, or changed places", async () => {
    const inner = join(folder, "files");
    for (const name of ["1.json", "2.json"]) await writeLegacy(join(folder, name), records(1, 0));
    await cp(a(), join(inner, "a.json"));
    await cp(join(folder, "1.json"), join(inner, "c.json"));
    await makePlan({ sources: [inner] });
    await rename(join(inner, "c.json"), join(inner, "d.json"));
    expect(await refused({ sources: [inner] })).toEqual([
      expect.stringMatching(/c\.json: is not among the files any more$/),
      expect.stringMatching(/d\.json: is not in the plan$/),
    ]);
    await rm(plan);
    const [one, two] = ["a.json", "d.json"].map((name) => join(inner, name)) as [string, string];
    await makePlan({ sources: [one, two] });
    expect(await refused({ sources: [two, one] })).toEqual(["the files come in another order"]);
  });
});

test("of many files that have changed, the first are named, and the others counted", async () => {
  const inner = join(folder, "files");
  await makePlan();
  await mkdir(inner);
  for (let at = 0; at < 30; at += 1) await writeLegacy(join(inner, `${at}.json`), records(1, 0));
  const changes = await refused({ sources: [inner] });
  expect([changes.length, changes.at(-1)]).toEqual([21, "and 12 more changes"]);
});

test("a plan that lies among the files is none of them", async () => {
  await makePlan({ sources: [folder] });
  await applied({ sources: [folder] });
});

test.each(["newest", "merge"] as const)(
  "what is invalid, twice (%s), or damaged is in the plan too",
  async (onDuplicate) => {
    const twice = conversation("twice");
    const conversations = [{ id: 1 }, twice, { ...twice, userName: "again", lastActive: 5 }];
    await writeLegacy(join(folder, "a.json"), { conversations, keys: [] });
    const text = await readFile(join(folder, "a.json"), "utf8");
    await writeFile(join(folder, "a.json"), text.slice(0, -10));
    const planned = await makePlan({ onDuplicate });
    expect([planned.exitCode, planned.unreadable]).toEqual([3, 1]);
    const done = await applied({ onDuplicate });
    expect([done.exitCode, done.counts, done.unreadable]).toEqual([3, planned.counts, planned.unreadable]);
  },
);

test("with --strict and an invalid record, plan and run write nothing", async () => {
  await writeLegacy(join(folder, "a.json"), { conversations: [fresh, { id: 1 }], keys: [] });
  await makePlan({ strict: true });
  const before = await snapshotOf(redis().client);
  const result = await start({ apply: plan, strict: true });
  expect([result.exitCode, result.error, result.plan]).toEqual([3, null, null]);
  expectSame(await snapshotOf(redis().client), before);
});

test.each([
  ["is not there", null, /ENOENT|no such file/],
  ["is empty", "", /it is empty$/],
  ["is cut off", '{"plan": 1, "tool"', /only a part of it$/],
  ["is other JSON", "[1]", /it is none that this tool writes$/],
  ["lacks a member", '{"plan": 1}', /it is none that this tool writes$/],
  ["comes from a later version", '{"plan": 2, "more": 1}', /a later version of this tool made it$/],
])("a plan that %s is not done", async (_how, content, sentence) => {
  if (content !== null) await writeFile(plan, content);
  const result = await start({ apply: plan });
  expect([result.exitCode, result.error?.code]).toEqual([1, "plan-unreadable"]);
  expect(result.error?.message).toMatch(sentence);
});

test("a pipe that nobody writes to is no plan, and is not waited for", async () => {
  execFileSync("mkfifo", [plan]);
  const result = await start({ apply: plan });
  expect([result.error?.code, result.error?.message]).toEqual([
    "plan-unreadable",
    expect.stringMatching(/it is no file/),
  ]);
});

test("a plan of another version of the tool is not done", async () => {
  await makePlan();
  await writeFile(
    plan,
    (await readFile(plan, "utf8")).replace(/chatgpt-migrate [\d.]+/, "chatgpt-migrate 0.0.1"),
  );
  expect(await refused()).toEqual([
    expect.stringMatching(/^the plan was made by chatgpt-migrate 0\.0\.1, and/),
  ]);
});
