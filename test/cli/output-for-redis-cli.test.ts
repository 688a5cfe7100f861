import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { beforeEach, describe, expect, test } from "vitest";
import { startCluster } from "../support/cluster.js";
import { records, writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder, startProgram } from "../support/program.js";
import { redisOfFile, until } from "../support/redis.js";
import { pathOfRedisCli, pipeFile } from "../support/redis-cli.js";
import { onTerminal } from "../support/terminal.js";

const bin = resolve("bin/chatgpt-migrate.js");
const redisOf = redisOfFile();
let cwd: string;

beforeEach(async () => {
  cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), records(30, 3));
});

/** Runs a line of a shell, where `$migrate` and `$cli` are the programs. */
async function shell(line: string) {
  const migrate = `${process.execPath} ${bin}`;
  const cli = `${pathOfRedisCli()} -p ${redisOf().port}`;
  const child = spawn("bash", ["--norc", "-c", line], {
    cwd,
    env: { PATH: process.env.PATH ?? "", migrate, cli },
  });
  const ended = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  return { stdout, stderr, code: code as number | null };
}

/** What stands beside the file that is read. */
const made = async () => (await readdir(cwd)).filter((name) => name !== "db.json");

describe("--output", () => {
  test("names the commands that come next: carried out, they end in a verification that exits with 0", async () => {
    // What the environment says of a server is none of its business.
    const env = { REDIS_URL: "" };
    const { stdout, stderr, code } = await program(["--output", "a 'b'.resp", "db.json"], { cwd, env });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(
      "33 commands were written to a 'b'.resp for all that the files hold, and nothing to Redis",
    );
    const [, pipe = ""] = /^Next: redis-cli (.*)$/m.exec(stdout) ?? [];
    const [, then = ""] = /^Then: chatgpt-migrate (.*)$/m.exec(stdout) ?? [];
    const done = await shell(`$cli ${pipe} && $migrate -p ${redisOf().port} ${then}`);
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(done.stdout).toContain("errors: 0, replies: 33\n");
    expect((await stat(join(cwd, "a 'b'.resp"))).mode & 0o777).toBe(0o600);
  });

  test("to standard output: the commands alone, with the result on stderr", async () => {
    const piped = await shell("set -o pipefail; $migrate --output - | $cli --pipe");
    expect(piped).toMatchObject({ code: 0, stdout: expect.stringContaining("errors: 0, replies: 33\n") });
    expect(piped.stderr).toContain("33 commands were written to standard output for all that the files hold");
    expect(await redisOf().client.dbSize()).toBe(33);
    const [file, named] = await Promise.all(
      ["-", "/dev/stdout"].map((name) => program(["--output", name], { cwd })),
    );
    expect([named?.stdout, file?.stdout.slice(0, 13)]).toEqual([file?.stdout, "*4\r\n$3\r\nSET\r\n"]);
  });

  test("to standard output with --json: the object is on stderr, also where the command line is wrong", async () => {
    const { stdout, stderr, code } = await program(["--output", "-", "--json", "-q"], { cwd });
    expect([code, stdout.length > 5_000]).toEqual([0, true]);
    expect(JSON.parse(stderr)).toMatchObject({ mode: "output", output: { path: "-", kind: "stream" } });
    const wrong = await program(["--output", "-", "--json", "--host", "x"], { cwd });
    expect([wrong.code, wrong.stdout, JSON.parse(wrong.stderr).error.code]).toEqual([1, "", "usage"]);
  });

  test("standard output that is closed by its reader is an error, and no crash", async () => {
    await writeLegacy(join(cwd, "db.json"), records(3_000, 0));
    const { stderr, code } = await shell("set -o pipefail; $migrate --output - --json -q | head -c 9");
    expect(code).toBe(1);
    const { error, output, counts } = JSON.parse(stderr);
    expect([error.code, output]).toEqual(["stdout-unwritable", { path: "-", kind: "stream" }]);
    expect(counts.conversations.written).toBeLessThan(3_000);
  });

  test.each(["--output - db.json", "--export -"])(
    "a terminal gets neither commands nor records: %s",
    async (flags) => {
      const { shown, ended } = await onTerminal(flags, cwd);
      expect(await ended).toBe(1);
      expect(shown()).toContain("standard output is a terminal");
      expect(shown()).not.toMatch(/SET|"rows"/);
    },
  );

  test.each(["--output - db.json", "--export -"])(
    "what leads nowhere gets neither, for nobody would have them: %s",
    async (flags) => {
      const ends = await Promise.all(
        [">&-", ">/dev/null"].map((end) => shell(`$migrate ${flags} --json ${end}`)),
      );
      for (const { stderr, code } of ends) {
        const { error } = JSON.parse(stderr);
        expect([code, error.code, error.message]).toEqual([
          1,
          "usage",
          expect.stringContaining("standard output is closed, or leads to /dev/null, where nothing is kept"),
        ]);
      }
    },
  );

  test("a result alone may go nowhere: the exit code says how the run went", async () => {
    const ends = await Promise.all(
      ["", "none.json"].map((file) => shell(`$migrate --output c${file} ${file} --json >&-`)),
    );
    expect(ends.map(({ code }) => code)).toEqual([0, 1]);
    expect(await made()).toEqual(["c"]);
  });

  test.each([
    ["a full disk", "ulimit -f 8 && exec $migrate --output c.resp --json -q", "file-unwritable"],
    ["a device that is full", "$migrate --output /dev/full --json -q", "file-unwritable"],
    [
      "a full disk behind standard output",
      "ulimit -f 8 && exec $migrate --output - --json -q >o",
      "stdout-unwritable",
    ],
    ["a full device behind standard output", "$migrate --output - --json -q >/dev/full", "stdout-unwritable"],
    ["a folder that is not there", "$migrate --output no/c.resp --json -q", "file-unwritable"],
    ["a folder", "mkdir c && $migrate --output c --json -q", "file-exists"],
  ])("%s: exit code 1, and no file", async (_, line, error) => {
    const { stdout, stderr, code } = await shell(line);
    expect([code, JSON.parse(stdout || stderr).error.code]).toEqual([1, error]);
    expect((await made()).filter((name) => name !== "c" && name !== "o")).toEqual([]);
  });

  test("a file that a thread reads gives the same commands", async () => {
    await writeLegacy(join(cwd, "db.json"), records(4_000, 10));
    const threads = ["--concurrency", "4", "--threads-from", "0"];
    const [here, there] = await Promise.all(
      [[], threads].map((flags) => program(["--output", "-", ...flags], { cwd })),
    );
    expect(here?.stdout.split("\r\nSET\r\n").length).toBe(4_011);
    expect(there?.stdout === here?.stdout).toBe(true);
  });

  test("a file that exists stays as it is", async () => {
    await writeFile(join(cwd, "c.resp"), "the only copy");
    const { seen, result } = await programJson(["--output", "c.resp"], { cwd });
    expect([seen.code, result.error?.code, result.output]).toEqual([1, "file-exists", null]);
    expect(await readFile(join(cwd, "c.resp"), "utf8")).toBe("the only copy");
    expect(await made()).toEqual(["c.resp"]);
  });

  test("a named pipe gets them once it is read", async () => {
    const { code } = await shell("mkfifo p; $migrate --output p >said & sleep 0; $cli --pipe <p; wait $!");
    expect([code, await redisOf().client.dbSize()]).toEqual([0, 33]);
    expect(await readFile(join(cwd, "said"), "utf8")).not.toContain("redis-cli --pipe <");
  });

  test.each(["SIGINT", "SIGTERM"] as const)("%s ends the wait for a pipe's reader", async (signal) => {
    spawnSync("mkfifo", [join(cwd, "p")]);
    const { child, seen } = startProgram(["--output", "p", "--json"], { cwd });
    const err: string[] = [];
    child.stderr?.on("data", (chunk: Buffer) => err.push(chunk.toString()));
    await until(async () => err.join("").includes("waiting"));
    child.kill(signal);
    const { code, stdout } = await seen;
    expect([code, JSON.parse(stdout).interrupted]).toEqual([signal === "SIGINT" ? 130 : 143, signal]);
  });

  test("killed at any moment, there is no file of that name but a whole one, and a rerun makes it", async () => {
    await writeLegacy(join(cwd, "db.json"), records(6_000, 0));
    for (const bytes of [1, 300_000, 1_000_000]) {
      const { child, seen } = startProgram(["--output", "c.resp"], { cwd });
      await until(async () => (await partialBytes()) >= bytes || child.exitCode !== null);
      child.kill("SIGKILL");
      await seen;
      expect(await made()).not.toContain("c.resp");
      for (const left of await made()) await rm(join(cwd, left));
    }
    expect((await program(["--output", "c.resp"], { cwd })).code).toBe(0);
    expect(await pipeFile(join(cwd, "c.resp"), redisOf().port)).toMatchObject({ code: 0 });
    expect(await redisOf().client.dbSize()).toBe(6_000);
  });

  test("what is invalid, and what another row counts for, is kept by --rejects, and exits with 3", async () => {
    const { conversations } = records(3, 0);
    const bad = { id: "bad", messages: "none" };
    await writeFile(
      join(cwd, "db.json"),
      JSON.stringify({ conversations: [...conversations, bad], keys: [] }),
    );
    const { stdout, code } = await program(["--output", "c.resp", "--rejects", "r.jsonl"], { cwd });
    expect(code).toBe(3);
    expect(stdout).toContain(
      "Not all that the files hold is in the commands: 1 invalid record; 3 commands were written to c.resp, and nothing to Redis",
    );
    expect(await readFile(join(cwd, "r.jsonl"), "utf8")).toContain('"raw":');
  });

  test("all four reports say what was written, and where to", async () => {
    const formats = ["md", "html", "xml", "jsonl"];
    const reports = formats.flatMap((format) => ["--report", `r.${format}`]);
    expect((await program(["--output", "c.resp", ...reports], { cwd })).code).toBe(0);
    const [md = "", html = "", xml = "", jsonl = ""] = await Promise.all(
      formats.map((format) => readFile(join(cwd, `r.${format}`), "utf8")),
    );
    for (const report of [md, html]) expect(report).toMatch(/redis-cli --pipe (<|&lt;) c\.resp/);
    for (const report of [md, html, xml]) expect(report).toMatch(/33 commands were written to c\.resp/);
    expect(md).toContain("| written | 30 | 3 |");
    expect(xml).toContain("conversations: written: 30");
    expect(jsonl.match(/"outcome":"written"/g)?.length).toBe(33);
    expect(md + html + xml).not.toMatch(/In the app|all of it is in Redis/i);
  });
});

test.each([
  [["--dry-run"], "--dry-run and --output exclude each other: choose one"],
  [["--verify"], "--output and --verify exclude each other: choose one"],
  [["--undo", "j"], "--undo and --output exclude each other: choose one"],
  [
    ["--rejects", "./c.resp"],
    "--rejects: ./c.resp is the file of --output too: each needs a file of its own",
  ],
])("%j with it is a usage error", async (flags, problem) => {
  const { stderr, code } = await program(["--output", "c.resp", ...flags], { cwd });
  expect([code, stderr]).toEqual([1, expect.stringContaining(`error: ${problem}\n`)]);
});

test("a cluster's node carries out what is its own, and refuses the rest: piped to each master, all arrives", async () => {
  const cluster = await startCluster();
  expect((await program(["--output", "c.resp"], { cwd })).code).toBe(0);
  let refused = 0;
  for (const { port } of cluster.masters) {
    // Where it follows redirections otherwise.
    const { said, code } = await pipeFile(join(cwd, "c.resp"), port, ["-c"]);
    expect(code).toBe(1);
    expect(said).toMatch(/MOVED \d+/);
    refused += Number(/errors: (\d+), replies: 33\n/.exec(said)?.[1]);
  }
  expect(refused).toBe(2 * 33);
  expect((await cluster.dump()).size).toBe(33);
  const verified = await program(["-p", String(cluster.masters[0].port), "--verify"], { cwd });
  expect(verified.code).toBe(0);
});

/** How much of the file is there under its temporary name. */
async function partialBytes(): Promise<number> {
  const name = (await made()).filter((one) => one.endsWith(".partial")).at(-1);
  if (name === undefined) return 0;
  const file = await open(join(cwd, name)).catch(() => null);
  const size = (await file?.stat())?.size ?? 0;
  await file?.close();
  return size;
}
