import { spawnSync } from "node:child_process";
import { chmod, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { expect, test } from "vitest";
import { startCluster } from "./support/cluster.js";
import { scratchFolder } from "./support/program.js";
import { startRedis } from "./support/redis.js";
import { startSentinelGroup } from "./support/sentinel.js";
import { startTlsRedis } from "./support/tls.js";

interface Block {
  readonly language: string;
  readonly lines: readonly string[];
}

async function blocksOf(file: string): Promise<Block[]> {
  const text = await readFile(file, "utf8");
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, body]) => ({
    language: language ?? "",
    lines: (body ?? "").trimEnd().split("\n"),
  }));
}

/** What differs from run to run and from machine to machine. */
function settled(text: string): string {
  return (
    text
      .replace(/in \d+\.\d s/g, "in 0.0 s")
      .replace(/leave Redis by \d{4}-\d\d-\d\d/, "leave Redis by 2026-01-01")
      .replace(/chatgpt-migrate-[\dT-]+\.jsonl/, "chatgpt-migrate-2026-01-01T00-00-00.jsonl")
      .replace(/localhost:\d+/g, "localhost:6379")
      .replace(/port: \d+/g, "port: 6379")
      .replace(/(redis|valkey) \d[\d.]*/g, "redis 7.0.15")
      // Here it stands in the place of the default server.
      .replace("\n  (with REDIS_URL as for this run)", "")
      .trimEnd()
  );
}

/** A folder such as README.md speaks of, with `chatgpt-migrate` on PATH and its own Redis in the place of the default one. */
async function workplace() {
  const cwd = await scratchFolder();
  const { port } = await startRedis();
  await mkdir(join(cwd, "bin"));
  await mkdir(join(cwd, "old"));
  await mkdir(join(cwd, "backups"));
  for (const path of ["db.json", "old/db.json", "backups/db.json"])
    await copyFile("fixtures/demo/db.json", join(cwd, path));
  const program = join(cwd, "bin/chatgpt-migrate");
  await writeFile(
    program,
    `#!/bin/sh\nexec '${process.execPath}' '${resolve("bin/chatgpt-migrate.js")}' "$@"\n`,
  );
  await chmod(program, 0o755);
  const env = { PATH: `${join(cwd, "bin")}:${process.env.PATH}`, REDIS_URL: `redis://localhost:${port}` };
  return (command: string) => {
    const local = command
      .replace("--host localhost --port 6379", `--host localhost --port ${port}`)
      .replace("user:password@localhost:6379", `localhost:${port}`)
      .replace("REDIS_PASSWORD=password ", "")
      .replace(/--undo \S+/, "--undo journal.jsonl");
    return spawnSync("sh", ["-c", local], { cwd, env, encoding: "utf8" });
  };
}

test("each command of the README does what the README shows", async () => {
  const run = await workplace();
  const shown = (await blocksOf("README.md")).filter(({ language }) => language === "console");
  expect(shown.length).toBeGreaterThanOrEqual(3);
  for (const { lines } of shown) {
    const [command = "", ...output] = lines;
    expect(command).toMatch(/^\$ chatgpt-migrate/);
    const { stdout, stderr, status } = run(command.slice(2));
    expect([stderr, status]).toEqual(["", 0]);
    expect(settled(stdout)).toBe(settled(output.join("\n")));
  }
});

async function commandsOf(file: string): Promise<string[]> {
  const blocks = await blocksOf(file);
  return blocks
    .flatMap(({ language, lines }) => (["sh", "yaml"].includes(language) ? lines : []))
    .map((line) => line.replace(/^\s*- run: /, ""))
    .filter((line) => /(^|[A-Z_]+=\S+ )chatgpt-migrate /.test(line));
}

/** Commands that need more than one plain server. */
const elsewhere = /rediss:|--sentinel|node-1/;

test("each further command of the README, the CI steps among them, exits with 0", async () => {
  const run = await workplace();
  expect(run("chatgpt-migrate --journal journal.jsonl").status).toBe(0);
  const commands = (await commandsOf("README.md")).filter((command) => !elsewhere.test(command));
  expect(commands.length).toBeGreaterThanOrEqual(6);
  for (const command of commands) expect([command, run(command).status]).toEqual([command, 0]);
});

test("the commands of the README for TLS, Sentinels and a cluster exit with 0", async () => {
  const run = await workplace();
  const [tls, group, cluster] = [
    await startTlsRedis({ clientAuth: true }),
    await startSentinelGroup(),
    await startCluster(),
  ];
  const { ca, clientCert, clientKey } = tls.certificates;
  const hosts = (ports: readonly number[]) => ports.map((port) => `127.0.0.1:${port}`).join(",");
  const commands = (await commandsOf("README.md")).filter((command) => elsewhere.test(command));
  expect(commands).toHaveLength(3);
  for (const command of commands) {
    const local = command
      .replace("redis.example.org:6380", `localhost:${tls.port}`)
      .replace("ca.pem", ca)
      .replace("me.pem", clientCert)
      .replace("me.key", clientKey)
      .replace("sentinel-1,sentinel-2,sentinel-3", hosts(group.sentinels))
      .replace("mymaster", group.name)
      .replace("node-1:7000,node-2:7000", hosts(cluster.masters.map(({ port }) => port)));
    expect([command, run(local).status]).toEqual([command, 0]);
  }
});

test.each(["README.md", "CONTRIBUTING.md"])("each npm command of %s exists", async (file) => {
  const { scripts } = JSON.parse(await readFile("package.json", "utf8")) as {
    scripts: Record<string, string>;
  };
  const commands = (await blocksOf(file))
    .flatMap(({ lines }) => lines)
    .filter((line) => line.startsWith("npm "));
  expect(commands.length).toBeGreaterThan(1);
  for (const command of commands) {
    const [, verb = "", name = ""] = command.split(/\s+/);
    if (verb === "run") expect(scripts).toHaveProperty(name);
    else expect(["ci", "cit", "test", "link", "install"]).toContain(verb);
  }
});

test("the README names every flag, and each flag that it names exists", async () => {
  const readme = await readFile("README.md", "utf8");
  const { stdout } = spawnSync(process.execPath, ["bin/chatgpt-migrate.js", "--help"], { encoding: "utf8" });
  const flagsOf = (text: string) => new Set(text.match(/--[a-z][a-z-]+/g));
  const known = flagsOf(stdout);
  // The others are redis-cli's and npx's.
  const beside = ["--help", "--version", "--scan", "--pattern", "--pipe", "--no-install", "--prefix"];
  expect([...known].filter((flag) => !beside.includes(flag) && !readme.includes(flag))).toEqual([]);
  expect([...flagsOf(readme)].filter((flag) => !beside.includes(flag) && !known.has(flag))).toEqual([]);
});
