import { once } from "node:events";
import { readdirSync } from "node:fs";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import type { Options } from "../../src/options.js";
import { run } from "../../src/run.js";
import type { RunResult } from "../../src/types/run-result.js";
import { conversation, records, writeLegacy } from "../support/legacy.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { type Client, connectTo, redisOfFile } from "../support/redis.js";
import { contentsOf, pipeFile } from "../support/redis-cli.js";
import { rounds } from "../support/rounds.js";

const month = 30 * 24 * 60 * 60;

const redisOf = redisOfFile();
let folder: string;
let commands: string;
let piped: Client;

beforeEach(async () => {
  folder = await scratchFolder();
  commands = join(folder, "commands.resp");
  piped = await connectTo(redisOf().port);
  await piped.select(1);
});

/** What both say of records, but for how they call what is in Redis by one, and in a file by the other. */
function told({ counts, rejections, unreadable, warnings, exitCode, sources, differences }: RunResult) {
  const kinds = Object.values(counts).map(({ created = 0, written = created, ...all }) => {
    return {
      written,
      read: all.read,
      invalid: all.invalid,
      duplicate: all.duplicate,
      conflict: all.conflict,
    };
  });
  return { kinds, rejections, unreadable, warnings, exitCode, sources, differences };
}

/** Migrates into database 0, and pipes the commands of the same files into database 1. */
async function both(differing: Partial<Options>): Promise<{ migrated: RunResult; output: RunResult }> {
  await redisOf().client.flushAll();
  await rm(commands, { force: true });
  const options = optionsFor(redisOf(), differing);
  const migrated = await run(options);
  const output = await run({ ...options, mode: "output", onConflict: "keep", output: commands });
  if (output.output !== null) {
    const { said, code } = await pipeFile(commands, redisOf().port, ["-n", "1"]);
    const { conversations, keys } = output.counts;
    expect(said).toContain(`errors: 0, replies: ${(conversations.written ?? 0) + (keys.written ?? 0)}\n`);
    expect(code).toBe(0);
  }
  return { migrated, output };
}

async function expectSame(differing: Partial<Options>): Promise<void> {
  const { migrated, output } = await both(differing);
  expect(told(output)).toEqual(told(migrated));
  const ttl = differing.ttl ?? month;
  const held = await contentsOf(piped, ttl);
  expect(held).toEqual(await contentsOf(redisOf().client, ttl));
  const verify = optionsFor(redisOf(), { ...differing, mode: "verify" });
  const { exitCode } = await run({ ...verify, address: { ...verify.address, database: 1 } });
  expect(exitCode === 0).toBe(migrated.exitCode === 0);
}

test.each([
  ...["odd-ids", "odd-records", "duplicates", "duplicates-across-files", "json-lines", "mixed-with-others"],
  ...["gz", "utf-16le", "set-twice", "truncated", "two-documents"],
])(
  "%s: its commands, carried out by redis-cli, give the Redis that a migration gives, and the same is told of its rows",
  async (scenario) => expectSame({ sources: [join("fixtures", scenario)] }),
);

test.each<[string, Partial<Options>]>([
  ["no expiry", { ttl: null }],
  ["an expiry and a prefix of its own", { ttl: 5_000, prefix: 'a "b"\r\n$3\r\n*[c]' }],
  ["one kind alone", { only: "key" }],
  ["the newest of several rows", { onDuplicate: "newest" }],
  ["--strict", { strict: true }],
])("%s", async (_, differing) => {
  const { conversations, keys } = records(20, 5);
  const [first] = conversations as ReturnType<typeof conversation>[];
  const later = { ...first, messages: [], lastActive: 1_800_000_000_000 };
  const path = join(folder, "db.json");
  await writeLegacy(path, { conversations: [...conversations, later], keys });
  await expectSame({ sources: [path], ...differing });
});

test("--strict writes nothing where one record is invalid: there is no file", async () => {
  const path = join(folder, "db.json");
  await writeLegacy(path, {
    conversations: [...records(3, 0).conversations, { id: "bad", messages: 5 }],
    keys: [],
  });
  const { migrated, output } = await both({ sources: [path], strict: true });
  expect([output.exitCode, output.output, migrated.exitCode]).toEqual([3, null, 3]);
  await expect(stat(commands)).rejects.toThrow();
});

const id = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("", "👨‍👩‍👧 a", "\r\n$5\r\n", "*3\r\n$3\r\nDEL\r\n", "\ud800", " ", "a\u0000b", "0"),
  fc.constantFrom<unknown>(null, true, 7, 1e21),
);
const anyRecord = fc.record(
  { id, messages: fc.array(fc.record({ content: fc.string({ unit: "binary" }) })), more: fc.jsonValue() },
  { requiredKeys: ["id", "messages"] },
);

test("for any records", async () => {
  const path = join(folder, "db.json");
  const property = fc.asyncProperty(fc.array(anyRecord, { maxLength: 12 }), async (conversations) => {
    await writeFile(path, JSON.stringify({ conversations, keys: [{ key: "sk-madeup-a\r\nb c" }] }));
    await expectSame({ sources: [path] });
  });
  await fc.assert(property, { seed: 7, numRuns: rounds(15, 1_000) });
});

test("rows of megabytes in gzip", async () => {
  const path = join(folder, "db.json.gz");
  const long = { ...conversation("long"), more: "漢".repeat(1_000_000) };
  await writeFile(
    path,
    gzipSync(JSON.stringify({ conversations: [long, conversation("short"), { ...long, id: 2 }] })),
  );
  await expectSame({ sources: [path] });
});

test("of a file that is cut off anywhere, nothing is set but what is right", async () => {
  const path = join(folder, "db.json");
  const { conversations, keys } = {
    conversations: [{ id: "a😀", messages: [] }],
    keys: [{ key: "sk-madeup-abc" }],
  };
  await writeFile(path, JSON.stringify({ conversations, keys }));
  await both({ sources: [path] });
  const whole = await contentsOf(piped, month);
  const bytes = await readFile(commands);
  for (let length = 1; length < bytes.length; length += 1) {
    await piped.flushAll();
    const socket = connect(redisOf().port, "127.0.0.1");
    // What redis-cli sends last, to hear when all is done.
    const end = "\r\n*2\r\n$4\r\nECHO\r\n$20\r\nabcdefghijklmnopqrst\r\n";
    socket
      .resume()
      .end(Buffer.concat([Buffer.from("SELECT 1\r\n"), bytes.subarray(0, length), Buffer.from(end)]));
    await once(socket, "close");
    expect(whole).toMatchObject(await contentsOf(piped, month));
  }
});

test.each(["interrupted", "killed by an exception"])(
  "%s in the middle, a run leaves no file",
  async (how) => {
    const path = join(folder, "db.json");
    await writeLegacy(path, records(3_000, 0));
    const controller = new AbortController();
    const options = optionsFor(redisOf(), { sources: [path], mode: "output", output: commands });
    const partials: string[] = [];
    const progress = () => {
      partials.push(...readdirSync(folder).filter((name) => name.endsWith(".partial")));
      if (how === "interrupted") controller.abort("SIGINT");
      else throw new Error("made up");
    };
    const { exitCode, output, interrupted, error } = await run(options, {
      hooks: { progress },
      signal: controller.signal,
    });
    const [code, signal] = how === "interrupted" ? [130, "SIGINT"] : [1, null];
    expect([exitCode, interrupted, error?.code, output]).toEqual([
      code,
      signal,
      signal ? undefined : "internal",
      null,
    ]);
    expect(partials.length).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual(["db.json"]);
  },
);

test("what Redis holds is left alone, and a half piped file may be piped again", async () => {
  const path = join(folder, "db.json");
  const all = records(50, 5);
  await writeLegacy(path, all);
  const [first, second] = all.conversations as { id: string }[];
  const options = optionsFor(redisOf(), { sources: [path], mode: "output", output: commands });
  await run(options);
  await piped.set(`chatgpt:conversations:${first?.id}`, "the app's");
  await piped.sAdd(`chatgpt:conversations:${second?.id}`, "a set");
  const half = join(folder, "half.resp");
  const bytes = await readFile(commands);
  await writeFile(half, bytes.subarray(0, bytes.indexOf("*6\r\n", bytes.length / 2)));
  for (const file of [half, commands, commands])
    expect(await pipeFile(file, redisOf().port, ["-n", "1"])).toMatchObject({ code: 0 });
  expect(await piped.get(`chatgpt:conversations:${first?.id}`)).toBe("the app's");
  expect(await piped.type(`chatgpt:conversations:${second?.id}`)).toBe("set");
  expect(await piped.dbSize()).toBe(55);
});
