import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import process from "node:process";
import { beforeEach, expect, test } from "vitest";
import { conversation, records, writeLegacy } from "../support/legacy.js";
import { type Invocation, program, programJson, scratchFolder } from "../support/program.js";
import { type PrivateRedis, startRedis } from "../support/redis.js";

let cwd: string;
let redis: PrivateRedis;

beforeEach(async () => {
  cwd = await scratchFolder();
  redis = await startRedis();
  await writeLegacy(join(cwd, "db.json"), records(2, 1));
});

const run = (flags: readonly string[] = [], invocation: Invocation = {}) =>
  program(["-p", String(redis.port), ...flags], { cwd, ...invocation });

test("a migration shows what was done, until when it lasts, and what to write in the app", async () => {
  const { stdout, stderr, code } = await run(["--key-prefix", 'my "app":', "-n", "2"]);
  expect(code).toBe(0);
  expect(stderr).toBe("");
  const expiry = new Date(Date.now() + 30 * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  expect(stdout).toMatch(/read +2 +1\n {2}created +2 +1\n/);
  expect(stdout).toContain(
    `Migrated conversations that nobody uses leave Redis by ${expiry}: keep the files.`,
  );
  expect(stdout).toContain(
    `new ChatGPT(key, { useRedis: true, redis: { host: "localhost", port: ${redis.port}, database: 2, keyPrefix: "my \\"app\\":" } })`,
  );
});

test("the JSON result has every member and every count of the contract", async () => {
  const { result } = await programJson(["-p", String(redis.port)], { cwd });
  const counts = [
    "read",
    "invalid",
    "duplicate",
    "created",
    "updated",
    "unchanged",
    "kept",
    "conflict",
    "failed",
    "archived",
    "leftOut",
  ];
  expect(Object.keys(result.counts.conversations)).toEqual(counts);
  expect(result).toMatchObject({
    schemaVersion: 1,
    tool: { name: "chatgpt-migrate", version: expect.any(String) },
    mode: "migrate",
    sources: [{ path: "db.json", bytes: expect.any(Number), layout: "dbcontext", conversations: 2, keys: 1 }],
    target: {
      url: `redis://localhost:${redis.port}/0`,
      prefix: "chatgpt:",
      topology: "standalone",
      server: expect.stringMatching(/^(redis|valkey) /),
    },
    differences: [],
    differencesFound: 0,
    truncated: false,
    warnings: [],
    error: null,
    exitCode: 0,
    durationMs: expect.any(Number),
  });
});

test("--quiet leaves the result and errors alone; --verbose says what is done", async () => {
  await writeLegacy(join(cwd, "db.json"), { conversations: [{ id: "a", messages: [] }], keys: [] });
  expect((await run()).stderr).toContain("warning: 1 conversation without a userName");
  const quiet = await run(["-q"]);
  expect([quiet.stderr, quiet.stdout]).toEqual(["", expect.stringContaining("unchanged")]);
  expect((await run(["-v"])).stderr).toMatch(/^connected to redis:.*\nreading db\.json, \d+ bytes\n/);
});

test("a closed stdout does not stop a migration", async () => {
  const bin = resolve("bin/chatgpt-migrate.js");
  const command = `'${process.execPath}' '${bin}' -p ${redis.port} 2>err.txt | true; exit "\${PIPESTATUS[0]}"`;
  const { status } = spawnSync("bash", ["-c", command], { cwd });
  expect(status).toBe(0);
  expect(await redis.client.dbSize()).toBe(3);
});

test("ids cannot move the cursor, hide text, or fill the screen", async () => {
  const ids = ["\u001b[2Jred\r\n\u202eback", "x".repeat(100_000)];
  await writeLegacy(join(cwd, "db.json"), {
    conversations: ids.map((id) => ({ ...conversation("a"), id })),
    keys: [],
  });
  const { stdout } = await run(["--verify"]);
  expect(stdout).toContain("\\u{1b}[2Jred\\u{d}\\u{a}\\u{202e}back");
  expect(stdout).toContain(`${"x".repeat(80)}… (100,000 characters)`);
  expect(stdout).not.toContain("\u001b");
});

test("what was found about Redis is reported before anything is read, and once", async () => {
  const { port } = await startRedis({ arguments: ["--save", ""] });
  const { stderr } = await program(["-p", String(port), "-v"], { cwd });
  const [warning, reading] = [stderr.indexOf("keeps nothing on disk"), stderr.indexOf("reading db.json")];
  expect([warning > 0, reading > warning]).toEqual([true, true]);
  expect(stderr.split("keeps nothing on disk")).toHaveLength(2);
  const { result } = await programJson(["-p", String(port)], { cwd });
  expect(result.warnings.map(({ code }) => code)).toContain("no-persistence");
});

/** What a terminal shows, on stdout as on stderr, which script(1) lends. */
function onTerminal(flags: string, env: Record<string, string> = {}, columns = 0): string {
  const bin = resolve("bin/chatgpt-migrate.js");
  const command = `stty cols ${columns}; exec '${process.execPath}' '${bin}' -p ${redis.port} ${flags}`;
  const clean = { PATH: process.env.PATH ?? "", TERM: "xterm", ...env };
  return spawnSync("script", ["-qec", command, "/dev/null"], { cwd, env: clean, encoding: "utf8" }).stdout;
}

test("colours and the bar are for terminals, and NO_COLOR and --no-progress are respected", async () => {
  await writeLegacy(join(cwd, "db.json"), records(300, 0));
  const plain = onTerminal("--dry-run");
  expect(plain).toContain("\u001b[1m");
  expect(plain).toMatch(/records .*, \d+\.\d s left/);
  expect(onTerminal("--dry-run --no-color --no-progress")).not.toContain("\u001b");
  expect(onTerminal("--dry-run --no-progress", { NO_COLOR: "1" })).not.toContain("\u001b");
  expect((await run(["--dry-run"])).stdout).not.toContain("\u001b");
});

test("warning: and error: are in colour where that is wanted", async () => {
  await writeLegacy(join(cwd, "db.json"), { conversations: [{ id: "a", messages: [] }], keys: [] });
  expect(onTerminal("--no-progress")).toContain(
    "\u001b[33mwarning:\u001b[39m 1 conversation without a userName",
  );
  expect(onTerminal("none.json")).toContain("\u001b[31merror:\u001b[39m none.json: there is no such file");
  expect(onTerminal("--nonsense")).toContain("\u001b[31merror:\u001b[39m unknown option");
  for (const flags of ["--no-color --nonsense", "--no-color none.json"])
    expect(onTerminal(flags)).not.toContain("\u001b");
});

test("on a narrow terminal text is broken between words, what is to be copied is not, and the bar keeps rate and time left", async () => {
  await writeLegacy(join(cwd, "db.json"), records(300, 1));
  const bar = onTerminal("--dry-run", {}, 60);
  expect(bar).toMatch(/% {2}[\d,]+\/s, \d+\.\d s left/);
  const lines = onTerminal("--no-progress --no-color --key-prefix a-long-prefix-for-this-app:", {}, 60).split(
    "\r\n",
  );
  const wide = lines.filter((line) => line.length > 60);
  expect(wide).toEqual([
    expect.stringMatching(/^To take this back: chatgpt-migrate --undo .*\.jsonl$/),
    expect.stringMatching(/^ {2}new ChatGPT\(.*\)$/),
    `Next: chatgpt-migrate --verify --port ${redis.port} --key-prefix a-long-prefix-for-this-app: --no-color --no-progress`,
  ]);
  expect(lines.join(" ")).toContain("keep the files.");
});

test("a dry run says what is to be created and updated, and how to do it; the JSON names stay", async () => {
  const other = conversation("0", 0);
  await redis.client.set(`chatgpt:conversations:${other.id}`, JSON.stringify(other), { EX: 1_000 });
  const { stdout } = await run(["--dry-run", "--ttl", "90d"]);
  expect(stdout).toMatch(/to create +1 +1\n {2}to update +1 +0\n/);
  expect(stdout).toContain(`  ~ to update conversation ${other.id}  messages: 0 → 1`);
  expect(stdout).toMatch(/\n\nNext: chatgpt-migrate --ttl 90d .*\n$/);
  const { result } = await programJson(["-p", String(redis.port), "--dry-run"], { cwd });
  expect(result.counts.conversations).toMatchObject({ created: 1, updated: 1 });
  expect(result.differences[0]?.difference).toBe("updated");
});

test("the command that comes next does what it says, after a dry run, a migration and a verification", async () => {
  const nextOf = (stdout: string) => (/\nNext: chatgpt-migrate (.*)\n$/.exec(stdout)?.[1] ?? "").split(" ");
  const planned = await run(["--dry-run", "--exit-code", "--journal", "undo.jsonl"]);
  const migrated = await program(nextOf(planned.stdout), { cwd });
  expect([migrated.code, await redis.client.dbSize()]).toEqual([0, 3]);
  const verified = await program(nextOf(migrated.stdout), { cwd });
  expect([verified.code, verified.stdout]).toEqual([
    0,
    expect.stringContaining("verification, nothing is written"),
  ]);
  expect(verified.stdout).not.toContain("Next:");
  await redis.client.del(`chatgpt:conversations:${conversation("0").id}`);
  const differs = await run(["--verify", "--journal", "undo.jsonl"]);
  const again = await program(nextOf(differs.stdout), { cwd });
  expect([differs.code, again.code, await redis.client.dbSize()]).toEqual([2, 0, 3]);
});

test("the command that comes next says that it needs REDIS_URL, and not what that holds", async () => {
  const env = { REDIS_URL: `redis://localhost:${redis.port}/3` };
  const { stdout } = await program(["--dry-run", "--ttl", "none"], { cwd, env });
  expect(stdout).toMatch(/\nNext: chatgpt-migrate --ttl none.*\n {2}\(with REDIS_URL as for this run\)\n$/);
  expect(stdout.slice(stdout.indexOf("Next:"))).not.toContain(String(redis.port));
});
