import { execFileSync } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { type Job, readAction, runAction } from "./support/action-runner.js";
import { records, writeLegacy } from "./support/legacy.js";
import { scratchFolder } from "./support/program.js";
import { startRedis } from "./support/redis.js";

/** A job on a runner of its own, whose action is this checkout. */
async function job(env: Job["env"] = {}): Promise<Job> {
  const folder = await scratchFolder();
  const [workspace, temporary] = [join(folder, "workspace"), join(folder, "temporary")];
  await mkdir(workspace);
  await mkdir(temporary);
  return { workspace, temporary, actionPath: resolve("."), env };
}

test("a dry run, a migration, a verification and an undo by the action", async () => {
  const { port, client } = await startRedis();
  const here = await job();
  await writeLegacy(join(here.workspace, "db.json"), records(3, 1));
  const url = `redis://localhost:${port}`;
  const countsOf = (outputs: Record<string, string>) => JSON.parse(outputs.counts ?? "").conversations;

  const planned = await runAction(here, { mode: "dry-run", url });
  expect([planned.status, planned.outputs["exit-code"], await client.dbSize()]).toEqual([0, "0", 0]);
  expect([countsOf(planned.outputs).created, planned.outputs.journal]).toEqual([3, ""]);
  expect(planned.summary).toMatch(/^# chatgpt-migrate: dry run/);

  const reports = "report of it.html\nreport.xml";
  const migrated = await runAction(here, {
    sources: "db.json\n",
    url,
    reports,
    options: "--ttl 90d --strict",
  });
  expect([migrated.status, countsOf(migrated.outputs).created, await client.dbSize()]).toEqual([0, 3, 4]);
  expect(migrated.outputs.reports).toBe(reports);
  expect(await readFile(join(here.workspace, "report of it.html"), "utf8")).toContain("</main>");
  expect(JSON.parse(await readFile(migrated.outputs.result ?? "", "utf8"))).toMatchObject({ exitCode: 0 });

  const verified = await runAction(here, { mode: "verify", url, options: "--ttl 90d" });
  expect([verified.status, countsOf(verified.outputs).matched]).toEqual([0, 3]);

  const undone = await runAction(here, { mode: "undo", sources: migrated.outputs.journal ?? "" });
  expect([undone.status, countsOf(undone.outputs).deleted, await client.dbSize()]).toEqual([0, 3, 0]);
});

test("a step fails with the program's exit code, and has its outputs all the same", async () => {
  const { port } = await startRedis();
  const here = await job({ REDIS_URL: `redis://localhost:${port}` });
  await writeLegacy(join(here.workspace, "db.json"), records(2, 0));
  const { status, outputs, log } = await runAction(here, { mode: "verify" });
  expect([status, outputs["exit-code"], JSON.parse(outputs.counts ?? "").conversations.missing]).toEqual([
    2,
    "2",
    2,
  ]);
  expect(log).toContain("::error file=db.json,line=");
});

test.each([
  ["no URL", {}, "REDIS_URL is set but empty"],
  ["a mode that is none", { mode: "$(touch executed)" }, "mode: expected migrate, dry-run, verify or undo"],
  ["an undo without its journal", { mode: "undo" }, "sources: expected one journal"],
  ["a version that is none", { version: "1 $(touch executed)" }, "version: expected one such as 1.2.3"],
  [
    "an open quote among the options",
    { url: "redis://localhost:1", options: "--ttl '30d" },
    "options: a quote is not closed on its line",
  ],
])("%s is an error", async (_, inputs: Record<string, string>, sentence) => {
  const here = await job();
  const { status, log } = await runAction(here, inputs);
  expect([status, log]).toEqual([1, expect.stringContaining(sentence)]);
});

/** What an attacker would write. */
const hostile = `"; touch executed; $(touch executed) \`touch executed\` ' && touch executed`;

test("no input is executed: each reaches the program as it is, the URL and the password by the environment", async () => {
  const here = await job();
  const bin = join(here.temporary, "fake/bin/chatgpt-migrate.js");
  await mkdir(join(here.temporary, "fake/bin"), { recursive: true });
  await mkdir(join(here.temporary, "fake/dist/cli"), { recursive: true });
  await writeFile(join(here.temporary, "fake/dist/cli/main.js"), "");
  // It stands in the program's place, to show what reaches it.
  await writeFile(
    bin,
    `const { REDIS_URL, REDIS_PASSWORD, URL, PASSWORD } = process.env;
     process.stderr.write(JSON.stringify({ argv: process.argv.slice(2), REDIS_URL, REDIS_PASSWORD, URL, PASSWORD }));
     process.stdout.write(JSON.stringify({ counts: {}, journal: "a\\nexit-code=0" }));
     require("node:fs").writeFileSync("b c.md", "");
     process.exitCode = 3;`,
  );
  const inputs = {
    sources: `${hostile}\n\n--force\n* ?`,
    url: `redis://${hostile}`,
    password: hostile,
    options: `--key-prefix "a $(touch executed) *:" '--ttl' 30d\n--strict`,
    reports: "b c.md\n$(touch executed).html",
  };
  const { status, log, outputs } = await runAction(
    { ...here, actionPath: join(here.temporary, "fake") },
    inputs,
  );
  expect(JSON.parse(log)).toEqual({
    argv: [
      "--json",
      ...["--report", "b c.md", "--report", "$(touch executed).html"],
      ...["--key-prefix", "a $(touch executed) *:", "--ttl", "30d", "--strict"],
      "--",
      ...[hostile, "--force", "* ?"],
    ],
    REDIS_URL: inputs.url,
    REDIS_PASSWORD: hostile,
  });
  expect([status, outputs]).toMatchObject([
    3,
    { "exit-code": "3", counts: "{}", journal: "a\nexit-code=0", reports: "b c.md" },
  ]);
  const everything = execFileSync("find", [here.workspace, here.temporary], { encoding: "utf8" });
  expect(everything).not.toContain("executed");
});

test("a version may be a tarball, and the program is installed from it", async () => {
  const { port, client } = await startRedis();
  const here = await job({ npm_config_offline: "true", REDIS_URL: `redis://localhost:${port}` });
  // As npm pack makes it, but without building anew, since other tests use what is built.
  const [{ filename }] = JSON.parse(
    execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", here.workspace], {
      encoding: "utf8",
    }),
  );
  await writeLegacy(join(here.workspace, "db.json"), records(2, 1));
  const { status } = await runAction(here, { version: filename });
  expect([status, await client.dbSize()]).toEqual([0, 3]);
});

test("without a version it is built from the action's own checkout", async () => {
  const { port } = await startRedis();
  const here = await job({ npm_config_offline: "true", REDIS_URL: `redis://localhost:${port}` });
  const actionPath = join(here.temporary, "action");
  await cp("bin", join(actionPath, "bin"), { recursive: true });
  await cp("dist", join(actionPath, "built"), { recursive: true });
  const manifest = { name: "a", version: "1.0.0", type: "module", scripts: { build: "mv built dist" } };
  await writeFile(join(actionPath, "package.json"), JSON.stringify(manifest));
  const lock = { name: "a", version: "1.0.0", lockfileVersion: 3, packages: { "": manifest } };
  await writeFile(join(actionPath, "package-lock.json"), JSON.stringify(lock));
  await writeLegacy(join(here.workspace, "db.json"), records(2, 1));
  const { status, outputs } = await runAction({ ...here, actionPath }, { mode: "dry-run" });
  expect([status, outputs["exit-code"]]).toEqual([0, "0"]);
});

test("no script of the action holds an expression, and each runs in bash", async () => {
  const { runs } = await readAction();
  expect(runs.using).toBe("composite");
  for (const { run, shell } of runs.steps) expect([run.includes("${{"), shell]).toEqual([false, "bash"]);
});

test("CI uses what there is: inputs of the action, and programs of this repository", async () => {
  const { jobs } = parse(await readFile(".github/workflows/ci.yml", "utf8"));
  const { inputs, outputs } = await readAction();
  const steps: { uses?: string; with?: object; run?: string }[] = [...jobs.all.steps, ...jobs.action.steps];
  const given = steps.filter(({ uses }) => uses === "./").flatMap((step) => Object.keys(step.with ?? {}));
  expect(given.filter((name) => !(name in inputs))).toEqual([]);
  expect(steps.flatMap(({ run }) => run ?? [])).toEqual([".ci/run"]);
  const named = JSON.stringify(jobs).match(/steps\.migrate\.outputs\.(\S+)/)?.[1] ?? "";
  expect(Object.keys(outputs)).toContain(named);
});
