import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { appendFile, mkdir, open, rename, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import type { RunResult } from "../../src/types/run-result.js";
import { conversation, records, writeLegacy } from "../support/legacy.js";
import { program, scratchFolder } from "../support/program.js";
import { startProxy } from "../support/proxy.js";
import { type PrivateRedis, startRedis, until } from "../support/redis.js";

let cwd: string;
let redis: PrivateRedis;
let at: string[];

beforeEach(async () => {
  cwd = await scratchFolder();
  redis = await startRedis();
  at = ["--host", "127.0.0.1", "-p", String(redis.port)];
});

/** More than are in flight at once, so that the rest of the files is read only once some of them have arrived. */
const many = 6_000;

/** Runs the program, and lets something happen once so many bytes went to Redis. */
async function meanwhile(
  parameters: readonly string[],
  happens: () => Promise<void>,
  bytes = 20_000,
): Promise<{ code: number | null; stderr: string; result: RunResult }> {
  const proxy = await startProxy(redis.port);
  const elsewhere = ["--host", "127.0.0.1", "-p", String(proxy.port)];
  proxy.after(bytes, happens);
  const { code, stdout, stderr } = await program([...elsewhere, ...parameters, "--json"], { cwd });
  return { code, stderr, result: JSON.parse(stdout) };
}

const remove = (name: string) => rm(join(cwd, name));

/** A folder of this name opens like a file, and reading from it is an error of the system. */
async function makeUnreadable(name: string): Promise<void> {
  await remove(name);
  await mkdir(join(cwd, name));
}

describe.each([
  ["vanishes", remove],
  ["cannot be read", makeUnreadable],
])("a file of several that %s in mid-run ends it with what was done until then", (_how, happens) => {
  beforeEach(async () => {
    await writeLegacy(join(cwd, "a.json"), records(many, 0));
    await writeLegacy(join(cwd, "b.json"), { conversations: [conversation("of b")], keys: [] });
  });

  test("migrating", async () => {
    const { code, result } = await meanwhile(["a.json", "b.json"], () => happens("b.json"));
    expect([code, result.error?.code]).toEqual([1, "source-unreadable"]);
    expect(result.counts.conversations.created).toBe(await redis.client.dbSize());
    expect(await redis.client.dbSize()).toBe(many);
  });

  test.each(["dry-run", "verify"])("--%s", async (mode) => {
    const { code, result } = await meanwhile([`--${mode}`, "a.json", "b.json"], () => happens("b.json"));
    expect([code, result.error?.code]).toEqual([1, "source-unreadable"]);
    expect(result.counts.conversations.read).toBe(many);
    expect(await redis.client.dbSize()).toBe(0);
  });
});

test.each(["migrate", "dry-run", "verify"])(
  "a file that is replaced in mid-run is read to its end, and leaves no exit 0: %s",
  async (mode) => {
    await writeLegacy(join(cwd, "db.json"), records(many, 0));
    await writeLegacy(join(cwd, "new.json"), records(10, 0));
    const flag = mode === "migrate" ? [] : [`--${mode}`];
    if (mode === "verify") await program([...at, "--no-journal", "db.json"], { cwd });
    const { code, stderr, result } = await meanwhile(["-q", ...flag, "db.json"], () =>
      rename(join(cwd, "new.json"), join(cwd, "db.json")),
    );
    expect([code, result.error, result.counts.conversations.read]).toEqual([3, null, many]);
    expect(result.warnings).toContainEqual({
      code: "source-changed",
      message: expect.stringContaining("what is new in it may have been left out"),
    });
    expect(stderr).toMatch(/^warning: db\.json: changed while it was read: .*stop it and run this again\n$/);
  },
);

test.each([
  ["appended to", "migrate", async (path: string) => appendFile(path, " ")],
  ["touched", "migrate", async (path: string) => utimes(path, new Date(), new Date())],
  ["truncated", "migrate", async (path: string) => truncate(path, 0)],
  ["appended to", "dry-run", async (path: string) => appendFile(path, " ")],
  ["appended to", "verify", async (path: string) => appendFile(path, " ")],
])("a file that is %s in mid-run is read no further: %s", async (_how, mode, happens) => {
  await writeLegacy(join(cwd, "db.json"), records(many, 0));
  if (mode === "verify") await program([...at, "--no-journal", "db.json"], { cwd });
  const flag = mode === "migrate" ? ["--journal", "j.jsonl"] : [`--${mode}`];
  const { code, result } = await meanwhile([...flag, "db.json"], () => happens(join(cwd, "db.json")));
  expect([code, result.error?.code]).toEqual([1, "source-abandoned"]);
  expect(result.counts.conversations.read).toBeLessThan(many);
  // The same in all modes: whoever overwrote the only copy is not to undo, and nothing need have been written.
  expect(result.error?.hint).toContain(
    "no copy, undo nothing: what a migration wrote of it by then, if anything,",
  );
  if (mode !== "migrate") return;
  expect(result.counts.conversations.created).toBe(await redis.client.dbSize());
  expect(await program(["--undo", "j.jsonl"], { cwd })).toMatchObject({ code: 0 });
  expect(await redis.client.dbSize()).toBe(0);
});

test.each([
  ["a plain file", (text: string) => text],
  ["one that is packed", (text: string) => gzipSync(text, { level: 0 })],
])(
  "what a file is overwritten with in mid-run (cp) is not written, nor mixed with what was there: %s",
  async (_what, pack) => {
    const path = join(cwd, "db.json.gz");
    // So long that many stand in two chunks.
    const messages = [{ id: "m", content: "old ".repeat(10_000), type: 1, date: 1 }];
    const conversations = Array.from({ length: 300 }, (_, at) => ({ ...conversation(`c${at}`), messages }));
    const text = JSON.stringify({ conversations: { rows: conversations, name: "conversations" } });
    await writeFile(path, pack(text));
    const other = pack(text.replaceAll("old ", "new "));
    const { code, result } = await meanwhile(
      ["db.json.gz"],
      async () => writeFileSync(path, other),
      1_000_000,
    );
    expect([code, result.error?.code]).toEqual([1, "source-abandoned"]);
    const values = [...(await redis.dump()).values()].map(String);
    expect(values.length).toBe(result.counts.conversations.created);
    expect(values.length).toBeGreaterThan(0);
    expect(values.filter((value) => value.includes("new "))).toEqual([]);
  },
);

test("of a file that is overwritten while commands are made of it, no file of commands is made", async () => {
  await writeLegacy(join(cwd, "db.json"), records(many, 0));
  spawnSync("mkfifo", [join(cwd, "pipe")]);
  const seen = program(["--output", "pipe", "--json", "db.json"], { cwd });
  const pipe = await open(join(cwd, "pipe"), "r");
  await pipe.read(Buffer.alloc(1000), 0, 1000, null);
  await appendFile(join(cwd, "db.json"), " ");
  for await (const _ of pipe.readableWebStream());
  const { code, stdout } = await seen;
  expect([code, JSON.parse(stdout).error.code]).toEqual([1, "source-abandoned"]);
});

test.each([
  ["deleted", async (path: string) => rm(path)],
  [
    "replaced",
    async (path: string) => {
      await writeFile(`${path}.new`, "");
      await rename(`${path}.new`, path);
    },
  ],
])("a journal that is %s in mid-run is not offered for an undo", async (_how, happens) => {
  await writeLegacy(join(cwd, "db.json"), records(many, 0));
  const path = join(cwd, "journal.jsonl");
  const gone = async () => {
    await until(async () => (await stat(path).catch(() => null)) !== null);
    await happens(path);
  };
  const { code, stderr, result } = await meanwhile(["-q", "--journal", "journal.jsonl"], gone, 150_000);
  expect([code, result.journal, result.counts.conversations.created]).toEqual([3, null, many]);
  expect(result.warnings).toContainEqual({
    code: "journal-gone",
    message: expect.stringContaining("cannot be undone"),
  });
  expect(stderr).toMatch(/^warning: journal\.jsonl: the journal was deleted or replaced .*\n$/);
});

test("a report that is deleted in mid-run is not claimed to be there", async () => {
  await writeLegacy(join(cwd, "db.json"), records(many, 0));
  const flags = ["-q", "--no-journal", "--report", "report.jsonl", "db.json"];
  const { code, stderr, result } = await meanwhile(flags, () => remove("report.jsonl"), 150_000);
  expect([code, result.counts.conversations.created]).toEqual([3, many]);
  expect(stderr).toBe(
    "warning: report.jsonl: the report is not there: it was deleted or replaced while this ran\n",
  );
});
