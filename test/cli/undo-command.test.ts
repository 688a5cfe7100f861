import { execFileSync, spawnSync } from "node:child_process";
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { expect, test } from "vitest";
import { records, writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder } from "../support/program.js";
import { freePort, startRedis } from "../support/redis.js";
import { startTlsRedis } from "../support/tls.js";

/** A folder with a legacy file, and the program on PATH as people have it. */
async function workplace() {
  const cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), records(2, 1));
  await mkdir(join(cwd, "bin"));
  const path = join(cwd, "bin/chatgpt-migrate");
  await writeFile(
    path,
    `#!/bin/sh\nexec '${process.execPath}' '${resolve("bin/chatgpt-migrate.js")}' "$@"\n`,
  );
  await chmod(path, 0o755);
  const env = { PATH: `${join(cwd, "bin")}:${process.env.PATH}` };
  const paste = (command: string, more: Record<string, string> = {}) =>
    spawnSync("sh", ["-c", command], { cwd, env: { ...env, ...more }, encoding: "utf8" });
  return { cwd, paste };
}

/** The command that a run's last lines name. */
function undoIn(stdout: string): string {
  return /^To take this back: (.*)$/m.exec(stdout)?.[1] ?? "";
}

test("the command that a run names takes it back as it stands, wherever REDIS_URL leads", async () => {
  const { cwd, paste } = await workplace();
  const { client, port } = await startRedis();
  const journal = "Ann's journal $HOME `x`.jsonl";
  const flags = ["-p", String(port), "-n", "2", "--key-prefix", "my app:", "--journal", journal];
  const { stdout, code } = await program(flags, { cwd });
  await client.select(2);
  expect([code, await client.dbSize()]).toEqual([0, 3]);
  const REDIS_URL = `redis://bob:made-up-password@localhost:${await freePort()}/1`;
  const undone = paste(undoIn(stdout), { REDIS_URL });
  expect([undone.status, await client.dbSize()]).toEqual([0, 0]);
  expect(undone.stdout).toContain("The run is taken back: 3 deleted, done in");
  expect(undone.stderr).toMatch(/REDIS_URL names redis:\S+, the journal redis:\S+: the journal counts/);
  expect(undone.stderr).not.toMatch(/bob|made-up/);
});

test("it names the files of TLS, and never the password", async () => {
  const { cwd, paste } = await workplace();
  const { client, port, certificates } = await startTlsRedis({
    arguments: ["--user", "bob", "on", ">made-up", "~*", "+@all"],
  });
  await copyFile(certificates.ca, join(cwd, "our ca.pem"));
  const REDIS_URL = `rediss://bob:made-up@localhost:${port}`;
  const { stdout, code } = await program(["--tls-ca", "our ca.pem", "--journal", "j.jsonl"], {
    cwd,
    env: { REDIS_URL },
  });
  expect([code, undoIn(stdout)]).toEqual([0, "chatgpt-migrate --undo j.jsonl --tls-ca 'our ca.pem'"]);
  expect(stdout).toContain("(with Redis' user and password given as for this run)");
  expect(paste(undoIn(stdout), { REDIS_URL }).status).toBe(0);
  expect(await client.dbSize()).toBe(0);
});

test("a server that moved is named by a flag, and the warning says that it is another one", async () => {
  const { cwd } = await workplace();
  const [before, moved] = [await startRedis(), await startRedis()];
  await program(["-p", String(before.port), "--journal", "j.jsonl"], { cwd });
  await program(["-p", String(moved.port), "--no-journal"], { cwd });
  const { seen, result } = await programJson(["-p", String(moved.port), "--undo", "j.jsonl"], { cwd });
  expect([seen.code, await before.client.dbSize(), await moved.client.dbSize()]).toEqual([0, 3, 0]);
  expect(result.target?.url).toBe(`redis://localhost:${moved.port}/0`);
  expect(result.warnings.map(({ code }) => code)).toContain("undo-elsewhere");
});

test("what is no journal is told without naming a Redis, and flags of records are refused beside it", async () => {
  const { cwd } = await workplace();
  const { result } = await programJson(["--undo", "db.json"], { cwd });
  expect([result.error?.code, result.target]).toEqual(["journal-unreadable", null]);
  // It is not waited for whoever might write to it.
  execFileSync("mkfifo", [join(cwd, "pipe")]);
  const piped = await programJson(["--undo", "pipe"], { cwd });
  expect([piped.result.error?.code, piped.result.error?.message]).toEqual([
    "journal-unreadable",
    expect.stringMatching(/it is no file$/),
  ]);
  const { code, stderr } = await program(
    ["--undo", "j.jsonl", "--ttl", "7d", "--no-journal", "--exit-code"],
    { cwd },
  );
  expect([code, stderr.match(/^error: .*$/gm)]).toEqual([
    1,
    [
      "error: --ttl has no effect with --undo, which takes back what its journal names",
      "error: --no-journal has no effect with --undo, which takes back what its journal names",
      expect.stringMatching(/^error: --exit-code has an effect with --dry-run alone/),
    ],
  ]);
});

test("a run that changed nothing names no undo, and one that found nothing no lines for the app", async () => {
  const { cwd } = await workplace();
  const { port } = await startRedis();
  await program(["-p", String(port)], { cwd });
  const again = await program(["-p", String(port)], { cwd });
  expect(again.stdout).toContain("All of it is in Redis, done in");
  expect(again.stdout).not.toContain("To take this back");
  expect(again.stdout).toContain("In the app (with the fork PGRjoystick/chatgpt-pw), read them from there:");
  await writeFile(join(cwd, "none.json"), '{"conversations":[],"keys":[]}');
  const none = await program(["-p", String(port), "none.json"], { cwd });
  expect([none.code, none.stdout]).toEqual([
    0,
    expect.stringContaining("Nothing was migrated: no record was found, done in"),
  ]);
  expect(none.stdout).not.toMatch(/In the app|All of it|To take/);
});
