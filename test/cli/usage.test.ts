import { join } from "node:path";
import { expect, test } from "vitest";
import { writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";

test.each([
  ["two modes", ["--dry-run", "--verify"], ["--dry-run and --verify exclude each other: choose one"]],
  ["an unknown flag", ["--dry-rum"], ["unknown option '--dry-rum' (Did you mean --dry-run?)"]],
  ["a port that is no number", ["--port", "x"], ["--port: expected a port, a whole number from 1 to 65535"]],
  ["a port out of range", ["--port", "70000"], ["--port: expected a port, a whole number from 1 to 65535"]],
  [
    "a duration that is none",
    ["--ttl", "soon"],
    ["--ttl: expected a duration such as 30d, 12h, 90m or 3600 (seconds), or none"],
  ],
  ["a flag without its value", ["--host"], ["option '--host <name>' argument missing"]],
  [
    "URL and host at once",
    ["-u", "redis://a", "--host", "b"],
    ["--url names the server already: leave out --host and --port"],
  ],
  ["a URL of another scheme", ["-u", "http://a"], ["--url: its scheme is not one of redis:, rediss:, unix:"]],
  ["what is no URL", ["-u", "::"], ["--url: not a URL; expected redis://host:port/database"]],
  [
    "many problems at once",
    ["--dry-run", "--verify", "--nonsense", "--port", "x", "--ttl", "soon", "--database", "-1"],
    [
      "unknown option '--nonsense'",
      "--dry-run and --verify exclude each other: choose one",
      "--ttl: expected a duration such as 30d, 12h, 90m or 3600 (seconds), or none",
      "--port: expected a port, a whole number from 1 to 65535",
      "--database: expected a database number, a whole number from 0 to 2147483647",
    ],
  ],
])("%s is refused in clear sentences", async (_, flags, sentences) => {
  const { stdout, stderr, code } = await program(flags);
  expect(code).toBe(1);
  expect(stdout).toBe("");
  const lines = [
    ...sentences.map((sentence) => `error: ${sentence}`),
    "Run chatgpt-migrate --help for the options.",
    "",
  ];
  expect(stderr).toBe(lines.join("\n"));
});

test.each([[["-h", "localhost"]], [["-p", "1", "-h"]], [["-hv"]], [["-h", "--verify"]]])(
  "-h beside anything is no help, but an error that names what was meant: %j",
  async (flags) => {
    const { stdout, stderr, code } = await program(flags);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("-h is help where it stands alone: a host is --host, help is --help");
  },
);

test("--json reports a wrong command line as JSON too", async () => {
  const { seen, result } = await programJson(["--verify", "--port", "x"]);
  expect(seen.code).toBe(1);
  expect(result).toMatchObject({ schemaVersion: 1, mode: "verify", exitCode: 1, error: { code: "usage" } });
  expect(result.counts.keys).toMatchObject({ read: 0, matched: 0, extra: 0 });
});

test("--help and --version print to stdout and exit with 0", async () => {
  const help = await program(["--help"]);
  expect([help.code, help.stderr]).toEqual([0, ""]);
  expect(help.stdout).toMatch(/^Usage: chatgpt-migrate \[options\] \[source\.\.\.\]/);
  expect(help.stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  const titles = help.stdout.match(/^\w.*:$/gm);
  expect(titles?.slice(1)).toEqual([
    "Modes (none: migrate):",
    "Records:",
    "Redis:",
    "Output:",
    "Examples:",
    "Environment:",
    "Exit codes:",
  ]);
  const [, examples = ""] = /Examples:\n([\s\S]*?)\n\n/.exec(help.stdout) ?? [];
  expect(examples.split("\n").filter((line) => line.startsWith("  chatgpt-migrate -"))).toHaveLength(9);
  expect(help.stdout).toContain("Documentation: ");
  expect((await program(["--help", "-p", "x"])).stdout).toBe(help.stdout);
  const version = await program(["--version"]);
  expect([version.code, version.stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
});

test.each([
  ["a file that is not there", ["old/db.json"], "old/db.json: there is no such file or folder"],
  ["the default file, not there", [], "db.json: there is no such file or folder"],
  ["a glob that matches nothing", ["*.json"], "*.json: no .json file found"],
])("%s is reported before Redis is asked", async (_, sources, sentence) => {
  const cwd = await scratchFolder();
  const { code, stderr } = await program(["-p", "1", ...sources], { cwd });
  expect(code).toBe(1);
  expect(stderr).toContain(`error: ${sentence}\n`);
});

test("a dry run with work to do exits with 2 when asked by --exit-code, and with 0 once it is done", async () => {
  const cwd = await scratchFolder();
  const { port } = await startRedis();
  await writeLegacy(join(cwd, "db.json"), { conversations: [{ id: "a", messages: [] }], keys: [] });
  const dryRun = (...flags: string[]) => program(["-p", String(port), "--dry-run", ...flags], { cwd });
  expect((await dryRun()).code).toBe(0);
  expect((await dryRun("--exit-code")).code).toBe(2);
  await program(["-p", String(port)], { cwd });
  expect((await dryRun("--exit-code")).code).toBe(0);
});
