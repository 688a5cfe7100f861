import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import type { UncheckedFlags } from "../../src/api/flag-schema.js";
import {
  type DryRunOptions,
  dryRun,
  exportToFile,
  type MigrateOptions,
  migrate,
  output,
  type UndoOptions,
  undo,
  verify,
  type Warning,
} from "../../src/index.js";
import { runResult } from "../../src/types/run-result.js";
import { records, writeLegacy } from "../support/legacy.js";
import { scratchFolder } from "../support/program.js";
import { freePort, type PrivateRedis, redisOfFile, startRedis } from "../support/redis.js";

const redisOf = redisOfFile();
let redis: PrivateRedis;
let folder: string;
let to: MigrateOptions & { readonly port: number };

beforeEach(async () => {
  redis = redisOf();
  folder = await scratchFolder();
  await writeLegacy(join(folder, "db.json"), records(3, 1));
  to = { port: redis.port, sources: [join(folder, "db.json")] };
});

const place = ({ port }: { readonly port: number }) => ({ port });

describe("a program", () => {
  test("exports what it migrated, and has no standard output to export to", async () => {
    await migrate(to);
    const out = join(folder, "out.json.gz");
    const done = await exportToFile(out, { port: redis.port, only: "keys" });
    expect(done).toMatchObject({
      mode: "export",
      export: { path: out, kind: "file" },
      exitCode: 0,
      counts: { keys: { exported: 1 } },
    });
    expect(await verify({ ...to, sources: [out] })).toMatchObject({ exitCode: 0 });
    await expect(exportToFile("-", place(redis))).rejects.toThrow(/^export: expected a file name/);
    for (const none of [undefined, null, ""])
      await expect(exportToFile(none as string, place(redis))).rejects.toThrow(
        /^export: expected a file name/,
      );
  });

  test("makes a plan, and does it", async () => {
    const plan = join(folder, "plan.json");
    expect(await dryRun({ ...to, plan })).toMatchObject({ mode: "dry-run", exitCode: 0, plan });
    const changed = await migrate({ ...to, apply: plan, ttl: 60 });
    expect(changed).toMatchObject({ exitCode: 1, error: { code: "plan-outdated" }, plan: null });
    expect(await migrate({ ...to, apply: plan })).toMatchObject({ mode: "migrate", exitCode: 0, plan });
    expect(await redis.client.dbSize()).toBe(4);
  });

  test("migrates, verifies, and takes it back by the journal that it asked for", async () => {
    expect(await verify(to)).toMatchObject({ mode: "verify", exitCode: 2 });
    const journal = join(folder, "journal.jsonl");
    const done = await migrate({ ...to, ttl: 3600, journal });
    expect(done).toMatchObject({ mode: "migrate", exitCode: 0, journal, error: null });
    expect(await redis.client.ttl(`chatgpt:conversations:${idOfFirst()}`)).toBeGreaterThan(3_000);
    expect(await verify({ ...to, ttl: "1h" })).toMatchObject({ exitCode: 0 });
    expect(await undo(journal, { dryRun: true })).toMatchObject({ mode: "undo", dryRun: true, exitCode: 0 });
    expect(await redis.client.dbSize()).toBe(4);
    const undone = await undo(journal);
    expect(undone.counts).toMatchObject({ conversations: { deleted: 3 }, keys: { deleted: 1 } });
    expect(await redis.client.dbSize()).toBe(0);
    for (const result of [done, undone]) runResult.parse(result);
  });

  test("gets no file that it did not ask for", async () => {
    expect((await migrate(to)).journal).toBeNull();
    expect(await readdir(folder)).toEqual(["db.json"]);
  });

  test("writes commands to a new file, without a server", async () => {
    const file = join(folder, "commands.resp");
    const { sources = [] } = to;
    const done = await output(file, { sources, ttl: "none" });
    expect(done).toMatchObject({
      mode: "output",
      exitCode: 0,
      target: null,
      output: { path: file, kind: "file" },
    });
    expect(await readFile(file, "utf8")).toMatch(/^\*4\r\n\$3\r\nSET\r\n/);
    runResult.parse(done);
    expect(await output(file, { sources })).toMatchObject({ error: { code: "file-exists" }, output: null });
    await expect(output("-", { sources })).rejects.toThrow("output: expected a file name");
    await expect(output(file, { sources, port: 1 } as object)).rejects.toThrow(
      "port has no effect with output",
    );
  });

  test("gets one report, or several", async () => {
    const [one, other] = ["r.md", "r.jsonl"].map((name) => join(folder, name)) as [string, string];
    expect(await dryRun({ ...to, report: one })).toMatchObject({ exitCode: 0 });
    expect(await migrate({ ...to, report: [one, other] })).toMatchObject({ exitCode: 0 });
    expect(await readFile(one, "utf8")).toMatch(/^# chatgpt-migrate: migration\n/);
    expect((await readFile(other, "utf8")).split("\n").length).toBe(5);
    await expect(verify({ ...to, report: "r.txt" })).rejects.toThrow(/^report: expected a file name/);
  });

  test("is not read for its environment", async () => {
    const other = await startRedis();
    vi.stubEnv("REDIS_URL", `redis://localhost:${other.port}`);
    // A server without a password refuses one.
    vi.stubEnv("REDIS_PASSWORD", "made-up");
    try {
      expect(await migrate(to)).toMatchObject({ exitCode: 0 });
      expect(await migrate({ sources: to.sources, url: `redis://localhost:${redis.port}` })).toMatchObject({
        exitCode: 0,
      });
    } finally {
      vi.unstubAllEnvs();
    }
    expect([await redis.client.dbSize(), await other.client.dbSize()]).toEqual([4, 0]);
  });

  test("gives what no file holds as input", async () => {
    const text = await readFile(join(folder, "db.json"));
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(text.subarray(0, 100));
      yield new Uint8Array(text.subarray(100));
    }
    const { sources, exitCode } = await migrate({ ...place(to), input: chunks() });
    expect([sources, exitCode]).toEqual([[expect.objectContaining({ path: "-", conversations: 3 })], 0]);
  });

  test("gets a failure as a result, and no exception", async () => {
    const refused = await migrate({ ...to, port: await freePort() });
    expect(refused).toMatchObject({ exitCode: 1, error: { code: "redis-refused" } });
    const missing = await dryRun({ ...to, sources: ["none.json"] });
    expect(missing).toMatchObject({ exitCode: 1, error: { code: "source-missing" } });
    expect((await undo(join(folder, "none.jsonl"))).error?.code).toBe("journal-unreadable");
  });

  test("is told how far a run is, and stops it by a signal", async () => {
    const controller = new AbortController();
    await writeLegacy(join(folder, "db.json"), records(5_000, 0));
    const seen: number[] = [];
    const stopped = await migrate({
      ...to,
      signal: controller.signal,
      onProgress: ({ bytes, totalBytes }) => {
        seen.push(bytes / totalBytes);
        controller.abort();
      },
    });
    expect(stopped).toMatchObject({ interrupted: "SIGINT", exitCode: 130, error: null });
    expect(stopped.counts.conversations.created).toBe(await redis.client.dbSize());
    expect(seen.length).toBeGreaterThan(0);
    const early = await migrate({ ...to, signal: AbortSignal.abort() });
    expect(early).toMatchObject({ interrupted: "SIGINT", exitCode: 130 });
  });

  test("is told each warning once, and those about Redis before anything is read", async () => {
    const careless = await startRedis({ arguments: ["--save", ""] });
    await writeLegacy(join(folder, "db.json"), { conversations: [{ id: "a", messages: [] }], keys: [] });
    const told: Warning[] = [];
    const events: string[] = [];
    const { warnings } = await migrate({
      ...to,
      port: careless.port,
      onWarning: (warning) => {
        told.push(warning);
        events.push(warning.code);
      },
      onProgress: () => events.push("read"),
    });
    expect(warnings.map(({ code }) => code)).toEqual(["no-persistence", "no-user-name"]);
    expect(told).toEqual(warnings);
    expect(events.slice(0, 2)).toEqual(["no-persistence", "read"]);
  });
});

/** Options that a program of plain JavaScript may give, right or wrong. */
const anything: Readonly<Record<string, unknown>>[] = [
  {},
  { dryRun: false },
  { verify: true },
  { undo: "journal.jsonl" },
  { mode: "migrate" },
  { journal: "JOURNAL", rejects: "REJECTS", strict: true },
  { onConflict: "overwrite", force: true, exitCode: true, details: 0, only: "keys" },
  { onDuplicate: "newest", ttl: "none", concurrency: 4, threadsFrom: 0 },
];

test.each(anything)(
  "a dry run leaves Redis empty and writes no file, whatever it is given: %j",
  async (more) => {
    const named = Object.entries(more).map(
      ([name, value]) =>
        [name, name === "journal" || name === "rejects" ? join(folder, String(value)) : value] as const,
    );
    // A mistake is refused, and then nothing is done either.
    const result = await dryRun({ ...to, ...Object.fromEntries(named) }).catch((error) => error);
    expect([result.mode ?? result.code]).toEqual([expect.stringMatching(/^(dry-run|usage)$/)]);
    expect(await redis.client.dbSize()).toBe(0);
    expect(await readdir(folder)).toEqual(["db.json"]);
  },
);

test("an undo without a journal is a mistake, and no migration", async () => {
  await expect(undo(undefined as unknown as string, place(to))).rejects.toMatchObject({ code: "usage" });
  expect(await redis.client.dbSize()).toBe(0);
});

describe("wrong options are refused", () => {
  const refusals: [object, ...string[]][] = [
    [{ ttl: "soon" }, "ttl: expected a duration such as 30d, 12h, 90m or 3600 (seconds), or none"],
    [{ ttl: true }, "ttl: expected a text or a number"],
    [{ port: 0 }, "port: expected a port, a whole number from 1 to 65535"],
    [{ port: 1.5 }, "port: expected a port, a whole number from 1 to 65535"],
    [{ onConflict: "newest" }, "onConflict: expected newer or keep or overwrite or merge"],
    [{ onConflit: "keep" }, "onConflit: there is no such option"],
    [{ json: true }, "json: there is no such option"],
    [{ dryRun: true }, "dryRun: there is no such option"],
    [{ plan: "p" }, /^plan has an effect with dryRun alone/.source],
    [{ exitCode: true }, /^exitCode has an effect with dryRun alone/.source],
    [{ url: "redis://a", host: "b" }, "url names the server already: leave out host and port"],
    [{ url: 5 }, "url: Invalid input: expected string, received number"],
    [{ tlsCert: "a.crt" }, "tlsCert and tlsKey go together: give both"],
    [{ sources: "db.json" }, "sources: expected a list of file names"],
    [{ sources: ["-"] }, "input: the source - stands for it"],
    [{ sources: ["a"], input: [] }, "input: expected a stream, or what else can be read by `for await`"],
    [{ sources: ["a"], input: (async function* () {})() }, "input: name it among sources, as -"],
    [{ signal: {} }, "signal: expected an AbortSignal"],
    [{ onProgress: 1, onWarning: 1 }, "onProgress: expected a function", "onWarning: expected a function"],
    [{ port: "x", ttl: "soon", more: 1 }, "more: there is no such option", "ttl: expected", "port: expected"],
  ];

  test.each(refusals)("%j", async (options, ...problems) => {
    const error = await migrate(options).then(
      () => null,
      (reason: Error & { code?: string }) => reason,
    );
    expect([error?.code, error instanceof Error]).toEqual(["usage", true]);
    expect(error?.message.split("\n")).toEqual(
      problems.map((problem) => expect.stringMatching(problem.startsWith("^") ? problem : escaped(problem))),
    );
  });

  test("without quoting what may hold a password", async () => {
    const url = "redis://:made-up-secret@:x";
    await expect(migrate({ url })).rejects.toThrow(/^url: (?!.*made-up)/);
  });
});

test("the types have each flag's name that a program may give, and no other", () => {
  type Asked = Exclude<keyof UncheckedFlags, "verify" | "undo" | "export" | "output" | "threadsFrom">;
  type Beside = "sources" | "input" | "signal" | "onProgress" | "onWarning";
  expectTypeOf<keyof (DryRunOptions & UndoOptions)>().toEqualTypeOf<Asked | Beside>();
});

function escaped(text: string): string {
  return `^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`;
}

function idOfFirst(): string {
  const [first] = records(3, 1).conversations;
  return (first as { id: string }).id;
}
