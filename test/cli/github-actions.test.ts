import { mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { apiKey, conversation, message, messageText, writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder } from "../support/program.js";
import { type PrivateRedis, startRedis } from "../support/redis.js";

let cwd: string;
let redis: PrivateRedis;
let summary: string;
let env: Record<string, string>;

const ids = ["0", "1", "2"].map((seed) => conversation(seed).id);

/** A step of a job, with three conflicts and two invalid rows in a file of its workspace. */
beforeEach(async () => {
  cwd = await scratchFolder();
  redis = await startRedis();
  summary = join(cwd, "summary.md");
  await mkdir(join(cwd, "old, chats"));
  await writeLegacy(join(cwd, "old, chats/db.json"), {
    conversations: [...["0", "1", "2", "3"].map((seed) => conversation(seed)), { id: "x" }, { id: "y" }],
    keys: [apiKey("0")],
  });
  for (const id of ids) {
    const other = { id, userName: "User", messages: [message("elsewhere", 5)], lastActive: 1 };
    await redis.client.set(`chatgpt:conversations:${id}`, JSON.stringify(other), { EX: 1_000 });
  }
  env = { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: cwd, GITHUB_STEP_SUMMARY: summary };
});

const flags = () => ["-p", String(redis.port), "old, chats/db.json"];

const commandsOf = (stderr: string) => stderr.split("\n").filter((line) => line.startsWith("::"));

test("three conflicts and two invalid rows are five annotations, and the summary stands behind what was there", async () => {
  await writeFile(summary, "from another command");
  const { stdout, stderr, code } = await program(flags(), { cwd, env });
  expect(code).toBe(3);
  const lines = (await readFile(join(cwd, "old, chats/db.json"), "utf8")).split("\n");
  /** The line of the row's brace, before that of its id; from 1. */
  const lineOf = (id: string) => lines.findIndex((line) => line.includes(`"${id}"`));
  const commands = commandsOf(stderr);
  expect(commands).toHaveLength(5);
  for (const [at, id] of ids.entries()) {
    expect(commands[at]).toBe(
      `::error file=old%2C chats/db.json,line=${lineOf(id)},title=chatgpt-migrate%3A conflict::` +
        `conversation ${id} (old, chats/db.json, conversations row ${at}): ` +
        "messages: 1 → 2, 1 only in Redis, 2 only in the file; lastActive: 1970-01-01T00:00:00.001Z → 2023-11-14T22:13:22.000Z",
    );
  }
  const [first, second] = commands
    .slice(3)
    .map((command) => /file=(.*?),line=(\d+),title=(.*?)::/.exec(command));
  expect([first?.[1], Number(first?.[2]), first?.[3]]).toEqual([
    "old%2C chats/db.json",
    lineOf("x"),
    "chatgpt-migrate%3A invalid record",
  ]);
  expect(Number(second?.[2])).toBe(lineOf("y"));
  expect(stdout).not.toContain("::error");
  const written = await readFile(summary, "utf8");
  expect(written).toMatch(/^from another command\n\n# chatgpt-migrate: migration\n/);
  expect(written).toContain("| conflict | 3 | 0 |");
  expect(written + stderr).not.toContain(messageText);
});

test("--json is JSON alone on stdout, and without GITHUB_ACTIONS nothing is added", async () => {
  const { seen, result } = await programJson(flags(), { cwd, env });
  expect([seen.code, result.counts.conversations.conflict, commandsOf(seen.stderr).length]).toEqual([
    3, 3, 5,
  ]);
  expect(await readFile(summary, "utf8")).toMatch(/^# chatgpt-migrate/);
  const elsewhere = await program(flags(), {
    cwd,
    env: { ...env, GITHUB_ACTIONS: "", GITHUB_STEP_SUMMARY: "no" },
  });
  expect(commandsOf(elsewhere.stderr)).toEqual([]);
});

test.each([
  ["in a folder that is not there", async () => join(cwd, "none/summary.md"), "ENOENT"],
  [
    "that is full",
    async () => {
      await writeFile(summary, "");
      await truncate(summary, 1024 * 1024);
      return summary;
    },
    "it holds as much as GitHub takes already",
  ],
])("a summary %s is a warning, and the exit code stays", async (_, at, reason) => {
  const path = await at();
  const { seen, result } = await programJson(flags(), { cwd, env: { ...env, GITHUB_STEP_SUMMARY: path } });
  const message = `the job's summary (GITHUB_STEP_SUMMARY) could not be written: ${reason}`;
  expect([seen.code, result.warnings]).toEqual([3, [{ code: "summary-incomplete", message }]]);
  expect(seen.stderr).toContain(`warning: ${message}\n`);
  expect(commandsOf(seen.stderr)).toContain(
    `::warning title=chatgpt-migrate%3A summary-incomplete::${message}`,
  );
});

test("an error is an annotation too, of a run and of a wrong command line", async () => {
  const lost = await program(["-p", "1", "--retry-for", "0", "old, chats/db.json"], { cwd, env });
  expect(lost.code).toBe(1);
  expect(commandsOf(lost.stderr)).toEqual([
    expect.stringMatching(
      /^::error title=chatgpt-migrate%3A redis-refused::Redis at localhost:1 .*%0ACheck /,
    ),
  ]);
  const wrong = await program(["--port", "x", "--nonsense"], { cwd, env });
  expect([wrong.code, wrong.stdout, commandsOf(wrong.stderr)]).toEqual([
    1,
    "",
    [
      "::error title=chatgpt-migrate%3A usage::unknown option '--nonsense'%0A--port: expected a port, a whole number from 1 to 65535%0ARun chatgpt-migrate --help for the options.",
    ],
  ]);
});

test("a source outside of the workspace is named by its whole path, and standard input by none", async () => {
  const outside = { ...env, GITHUB_WORKSPACE: join(cwd, "old, chats/repository") };
  const [command] = commandsOf((await program(flags(), { cwd, env: outside })).stderr);
  expect(command).toContain(`file=${cwd}/old%2C chats/db.json,line=`);
  const stdin = await readFile(join(cwd, "old, chats/db.json"));
  const piped = await program(["-p", String(redis.port), "-"], { cwd, env, stdin });
  expect(commandsOf(piped.stderr)[0]).toMatch(/^::error title=/);
});

test("no id is a command for GitHub's runner, in text or in JSON, which says the same all the same", async () => {
  const id = "##[set-output name=exit-code]0";
  await writeLegacy(join(cwd, "db.json"), { conversations: [{ ...conversation("0"), id }], keys: [] });
  const verify = ["-p", String(redis.port), "--verify", "db.json"];
  const { stdout, stderr } = await program(verify, { cwd, env });
  expect(stdout).toContain("##\\u{5b}set-output name=exit-code]0");
  const { seen, result } = await programJson(verify, { cwd, env });
  expect(result.differences.map(({ name }) => name)).toContain(id);
  expect(stdout + stderr + seen.stdout + seen.stderr).not.toContain("##[");
});
