import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { type apiKey, messageText, records, writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder, startProgram } from "../support/program.js";
import { startProxy } from "../support/proxy.js";
import { freePort, type PrivateRedis, startRedis } from "../support/redis.js";
import { password } from "../support/secrets.js";

let cwd: string;
let redis: PrivateRedis;
let at: string[];

const env = { REDIS_PASSWORD: password };

beforeEach(async () => {
  cwd = await scratchFolder();
  redis = await startRedis({ arguments: ["--requirepass", password], password });
  at = ["-p", String(redis.port)];
  await writeLegacy(join(cwd, "db.json"), records(5, 3));
});

const textOf = (name: string) => readFile(join(cwd, name), "utf8");

test("a plan names the command that does it, which does that and says so", async () => {
  const dry = await program([...at, "--ttl", "12h", "--dry-run", "--exit-code", "--plan", "it's.json"], {
    cwd,
    env,
  });
  expect(dry.code).toBe(2);
  expect(dry.stdout).toContain("\nThe plan is in it's.json: --apply does exactly this, or nothing.\n");
  const [, next = ""] = /^Next: chatgpt-migrate (.*)$/m.exec(dry.stdout) ?? [];
  expect(next).toMatch(/^--apply 'it'\\''s\.json' --ttl 12h --port \d+( --concurrency 1)?$/);
  const apply = ["--apply", "it's.json", "--ttl", "12h", ...at];
  const done = await program(apply, { cwd, env });
  expect([done.code, done.stdout]).toEqual([
    0,
    expect.stringMatching(/^All of it is in Redis, exactly as planned in it's\.json, done in/m),
  ]);
  expect(done.stdout).toMatch(/^Next: chatgpt-migrate --verify --ttl 12h --port \d+/m);
  expect((await program(["--verify", "--ttl", "12h", ...at], { cwd, env })).code).toBe(0);
  const again = await program(apply, { cwd, env });
  expect([again.code, again.stderr]).toEqual([
    1,
    expect.stringMatching(/^error: it's\.json: is out of date, and nothing was written\nerror: Redis holds/m),
  ]);
  // Neither that nothing was read, nor that the file holds nothing.
  expect(again.stdout).toMatch(/^ {2}from {2}db\.json {2}\(\S+ kB\)$/m);
  expect(again.stdout).toMatch(/checking all first \(8 records, all \S+ kB\), before the first write\.\n$/);
  expect(again.stdout).not.toMatch(/^ {2}read/m);
});

test("a plan is for its owner alone, and holds no API key, no message and no password", async () => {
  const url = `redis://:${password}@localhost:${redis.port}`;
  const { result } = await programJson(["-u", url, "--dry-run", "--plan", "plan.json"], { cwd });
  expect([result.exitCode, result.plan]).toEqual([0, "plan.json"]);
  expect((await stat(join(cwd, "plan.json"))).mode & 0o777).toBe(0o600);
  expect(await readdir(cwd)).toEqual(["db.json", "plan.json"]);
  const text = await textOf("plan.json");
  for (const secret of [
    password,
    messageText,
    ...records(0, 3).keys.map((one) => (one as ReturnType<typeof apiKey>).key),
  ])
    expect(text).not.toContain(secret);
});

test("the digest is the same with one thread and with four, and the plan of one is done by the other", async () => {
  await writeLegacy(join(cwd, "db.json"), records(900, 40));
  const threads = (count: number) => [...at, "--concurrency", String(count), "--threads-from", "0"];
  const own = { cwd, env, ownThreads: true };
  const dry = (count: number) => program([...threads(count), "--dry-run", "--plan", `${count}.json`], own);
  expect([(await dry(1)).code, (await dry(4)).code]).toEqual([0, 0]);
  const [one, four] = [JSON.parse(await textOf("1.json")), JSON.parse(await textOf("4.json"))];
  expect({ ...four, at: null }).toEqual({ ...one, at: null });
  expect((await program([...threads(4), "--apply", "1.json"], own)).code).toBe(0);
});

test("a plan of standard input is for what came there, and for nothing else", async () => {
  const stdin = await textOf("db.json");
  expect((await program([...at, "--dry-run", "--plan", "p.json", "-"], { cwd, env, stdin })).code).toBe(0);
  const apply = (text: string) => program([...at, "--apply", "p.json", "-"], { cwd, env, stdin: text });
  const other = await apply(stdin.replace('"User"', '"Uses"'));
  expect([other.code, other.stderr]).toEqual([
    1,
    expect.stringContaining("-: has other content of the same size"),
  ]);
  expect(await redis.client.dbSize()).toBe(0);
  expect((await apply(stdin)).code).toBe(0);
  expect(await redis.client.dbSize()).toBe(8);
});

test("no plan is left by a dry run that cannot do its job, and none is replaced", async () => {
  const nobody = await program(["-p", String(await freePort()), "--dry-run", "--plan", "plan.json"], { cwd });
  expect([nobody.code, await readdir(cwd)]).toEqual([1, ["db.json"]]);
  await writeFile(join(cwd, "plan.json"), "approved");
  const { seen, result } = await programJson([...at, "--dry-run", "--plan", "plan.json"], { cwd, env });
  expect([seen.code, result.error?.code, result.plan]).toEqual([1, "file-exists", null]);
  expect(await textOf("plan.json")).toBe("approved");
});

test("killed while it compares, an apply has written nothing, and can be run again", async () => {
  await writeLegacy(join(cwd, "db.json"), records(6_000, 0));
  const proxy = await startProxy(redis.port);
  const through = ["-p", String(proxy.port)];
  await program([...through, "--dry-run", "--plan", "plan.json"], { cwd, env });
  const apply = [...through, "--apply", "plan.json", "--journal", "j.jsonl"];
  const { child, seen } = startProgram(apply, { cwd, env });
  proxy.after(200_000, () => child.kill("SIGKILL"));
  expect((await seen).code).toBe(null);
  expect([await redis.client.dbSize(), await readdir(cwd)]).toEqual([0, ["db.json", "plan.json"]]);
  expect((await program(apply, { cwd, env })).code).toBe(0);
});

test("GitHub Actions: the summary of the job names the plan, and an annotation what has changed", async () => {
  const github = { ...env, GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: join(cwd, "summary.md") };
  await program([...at, "--dry-run", "--plan", "plan.json"], { cwd, env: github });
  expect(await textOf("summary.md")).toContain(
    "The plan is in plan.json: --apply does exactly this, or nothing.",
  );
  const { stderr } = await program([...at, "--apply", "plan.json", "--ttl", "1h"], { cwd, env: github });
  expect(stderr).toContain("nothing was written%0A--ttl was 30d, is 1h%0A");
});

test.each([
  [["--apply", "p", "--dry-run"], "--apply and --dry-run exclude each other: choose one"],
  [["--apply", "p", "--verify"], "--apply and --verify exclude each other: choose one"],
  [["--apply", "p", "--undo", "j"], "--apply and --undo exclude each other: choose one"],
  [["--apply", "p", "--export", "e"], "--apply and --export exclude each other: choose one"],
  [["--apply", "p", "--output", "o"], "--apply and --output exclude each other: choose one"],
  [["--apply", "p", "--plan", "q"], "--plan has an effect with --dry-run alone"],
  [["--plan", "q"], "--plan has an effect with --dry-run alone"],
  [["--plan", "q", "--verify"], "--plan has an effect with --dry-run alone"],
  [["--plan", "q", "--undo", "j", "--dry-run"], "--plan has an effect with --dry-run alone"],
  [["--dry-run", "--plan", "q.md", "--report", "q.md"], "--report: q.md is the file of --plan too"],
])("%j is a mistake", async (flags, sentence) => {
  const { code, stderr } = await program(flags, { cwd });
  expect([code, stderr]).toEqual([1, expect.stringContaining(`error: ${sentence}`)]);
});
