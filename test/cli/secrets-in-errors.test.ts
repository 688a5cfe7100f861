import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { migrateError } from "../../src/errors.js";
import { apiKey, records, writeLegacy } from "../support/legacy.js";
import { program, programJson, type Seen, scratchFolder } from "../support/program.js";
import { freePort, startRedis } from "../support/redis.js";
import { everyRun, expectNoSecret, password } from "../support/secrets.js";
import { startSentinelGroup } from "../support/sentinel.js";
import { onTerminal } from "../support/terminal.js";
import { makeCertificates, startTlsRedis } from "../support/tls.js";

test("neither API keys nor the password are shown when Redis cannot be reached, rejects the password or refuses the commands", async () => {
  const cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), records(2, 2));
  const keys = [apiKey("0").key, apiKey("1").key];
  const acl = ["--user", "default", "on", `>${password}`, "~nothing:*", "+@all", "-get", "-set"];
  const { port } = await startRedis({ arguments: acl, password });
  const refused = await everyRun(cwd, ["-p", String(port)]);
  expect(refused.every(({ code }) => code === 3 || code === 1)).toBe(true);
  const wrong = await everyRun(cwd, ["-u", `redis://user:${password}@localhost:${port}/0`]);
  const absent = await everyRun(cwd, ["-u", `redis://user:${password}@localhost:${await freePort()}/0`]);
  const malformed = await everyRun(cwd, ["-u", `redis://user:${password}@localhost:port/0`]);
  expectNoSecret([...refused, ...wrong, ...absent, ...malformed], keys);
});

test("a server that echoes what it does not know is not repeated", async () => {
  const cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), records(1, 1));
  const { port } = await startRedis({
    arguments: ["--rename-command", "SET", "", "--rename-command", "GET", ""],
  });
  const { stdout, stderr, code } = await program(["-p", String(port), "--force"], { cwd });
  expect(code).toBe(3);
  expect(stdout).toContain("ERR unknown command 'SET'");
  expectNoSecret([{ stdout, stderr, code }], [apiKey("0").key]);
});

/** Runs that fail, by the code of their error; stdout holds JSON, and stderr all that can be said. */
async function everyFailure(cwd: string, runs: readonly (readonly [string, ...string[]])[]): Promise<Seen[]> {
  const all: Seen[] = [];
  for (const [code, ...flags] of runs) {
    const { seen, result } = await programJson([...flags, "-v"], { cwd });
    expect([flags, seen.code, result.error?.code]).toEqual([flags, 1, code]);
    all.push(seen);
  }
  return all;
}

const user = "made-up-user";
const login = `${user}:${password}`;

test("a list of hosts that are no Sentinels, or will not serve, does not show its login", async () => {
  const cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), records(1, 1));
  const { port } = await startRedis({ arguments: ["--requirepass", password], password });
  const group = await startSentinelGroup({ password: "other", sentinelPassword: "another" });
  const open = await startSentinelGroup({ password: "other" });
  const [absent, sentinel] = [await freePort(), `127.0.0.1:${open.sentinels[0]}`];
  const list = (...hosts: string[]) => ["-u", `redis://${login}@${hosts.join(",")}/0`] as const;
  const by = (name: string) => ["--sentinel", name] as const;
  const runs = await everyFailure(cwd, [
    ["redis-no-sentinel", ...list(`127.0.0.1:${absent}`, `localhost:${absent}`), ...by("mymaster")],
    ["redis-no-sentinel", ...list(...group.sentinels.map((one) => `127.0.0.1:${one}`)), ...by("mymaster")],
    ["redis-unknown-master", ...list(`127.0.0.1:${absent}`, sentinel), ...by("other")],
    ["redis-auth-wrong", ...list(sentinel, `127.0.0.1:${absent}`), ...by("mymaster")],
    ["redis-auth-wrong", ...list(sentinel, `127.0.0.1:${absent}`)],
    ["redis-no-sentinel", ...list(`127.0.0.1:${port}`), ...by("mymaster")],
  ]);
  expectNoSecret(runs, [user]);
});

test("nor does one of the nodes of a cluster, or of what is none", async () => {
  const cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), records(1, 1));
  const acl = ["--user", user, "on", `>${password}`, "~*", "+@all"];
  const alone = await startRedis({ arguments: acl });
  // Of a cluster that has been given no slots.
  const node = await startRedis({
    arguments: async () => [...acl, "--cluster-enabled", "yes", "--cluster-port", String(await freePort())],
  });
  const absent = await freePort();
  const list = (who: string, ...ports: number[]) =>
    ["-u", `redis://${who}@${ports.map((port) => `127.0.0.1:${port}`).join(",")}/0`] as const;
  const runs = await everyFailure(cwd, [
    ["redis-not-cluster", ...list(login, absent, alone.port), "--cluster"],
    ["redis-cluster-down", ...list(login, node.port, node.port)],
    ["redis-refused", ...list(login, absent, absent)],
    ["redis-auth-wrong", ...list(`nobody:${password}`, alone.port, absent)],
    ["redis-auth-wrong", ...list(`nobody:${password}`, node.port, absent), "--cluster"],
  ]);
  expectNoSecret(runs, [user]);
});

test("an undo of a run made elsewhere names both places without their logins", async () => {
  const cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), records(1, 1));
  const { port } = await startRedis({ arguments: ["--user", user, "on", `>${password}`, "~*", "+@all"] });
  const url = `redis://${login}@127.0.0.1:${port}`;
  expect((await program(["-u", url, "--journal", "j.jsonl"], { cwd })).code).toBe(0);
  const seen = await program(["-u", `${url},localhost:1/1`, "--undo", "j.jsonl", "-v"], { cwd });
  expect(seen.stderr).toContain(`redis://127.0.0.1:${port}/0`);
  expect(seen.stderr).toContain(`redis://127.0.0.1:${port},localhost:1/1`);
  expectNoSecret([seen], [user]);
});

test("no part of a private key is shown, whatever it is of no use for", async () => {
  const cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), records(1, 1));
  const { port, certificates } = await startTlsRedis({ clientAuth: true });
  const { ca, key, clientCert, clientKey } = certificates;
  const stranger = await makeCertificates(await scratchFolder());
  const damaged = (await readFile(clientKey, "utf8")).replace("-----END", "made-up-password-----END");
  await writeFile(join(cwd, "damaged.key"), damaged);
  const url = ["-u", `rediss://localhost:${port}`] as const;
  const runs = await everyFailure(cwd, [
    ["tls-file", ...url, "--tls-ca", ca, "--tls-cert", clientCert, "--tls-key", key],
    ["tls-file", ...url, "--tls-ca", ca, "--tls-cert", clientCert, "--tls-key", "damaged.key"],
    ["tls-file", ...url, "--tls-ca", ca, "--tls-cert", clientKey, "--tls-key", clientKey],
    ["tls-file", ...url, "--tls-ca", clientKey],
    ["tls-file", ...url, "--tls-ca", await readFile(clientKey, "utf8")],
    ["tls-file", ...url, "--tls-cert", clientCert, "--tls-key", await readFile(clientKey, "utf8")],
    ["tls-file", ...url, "--tls-cert", await readFile(clientKey, "utf8"), "--tls-key", clientKey],
    ["redis-certificate", ...url, "--tls-ca", stranger.ca, "--tls-cert", clientCert, "--tls-key", clientKey],
    [
      ...(["redis-client-certificate", ...url, "--tls-ca", ca] as const),
      ...["--tls-cert", stranger.clientCert, "--tls-key", stranger.clientKey],
    ],
  ]);
  const keys = await Promise.all([key, clientKey, stranger.clientKey].map((path) => readFile(path, "utf8")));
  const lines = keys.flatMap((text) => text.trim().split("\n")).filter((line) => !line.startsWith("-----"));
  expect(lines.length).toBeGreaterThanOrEqual(9);
  expectNoSecret(runs, [...lines, "PRIVATE KEY"]);
});

test.each(["-v", "--json -v --verify"])(
  "a password that was asked for is not shown by a run with %s",
  async (flags) => {
    const cwd = await scratchFolder();
    await writeLegacy(join(cwd, "db.json"), records(1, 1));
    const { port } = await startRedis({ arguments: ["--requirepass", password], password });
    const { answer, ended, shown } = await onTerminal(`-p ${port} ${flags}`, cwd);
    await answer("Redis wants a password: ", `${password}\r`);
    const code = await ended;
    expect(code).toBe(flags.includes("--verify") ? 2 : 0);
    expectNoSecret([{ stdout: shown(), stderr: "", code }], [apiKey("0").key]);
  },
);

test.each([
  ["a mistyped flag", ["--passwort=made-up-password"]],
  ["a flag that takes no value", ["--dry-run=made-up-password"]],
  ["a URL as a source", ["redis://bob:made-up-password@localhost"]],
  ["an API key as a source", ["sk-made-up-password"]],
  ["a login as host", ["--host", "bob:made-up-password@localhost"]],
  ["a URL as host", ["--host", "redis://bob:made-up-password@localhost"]],
  ["a URL as the name of a master", ["--sentinel", "redis://bob:made-up-password@localhost"]],
  ["a # in a password", ["--url", "redis://made-up-password#x@localhost"]],
  ["a ? in a password", ["--url", "redis://made-up-password?@localhost"]],
  ["a login that is encoded whole", ["--url", "redis://bob%3Amade-up-password%40localhost"]],
  ["a login before a socket", ["--url", "unix:/bob:made-up-password@localhost/x"]],
  ["a login in a list of hosts that is malformed", ["--url", "redis://bob:made-up-password@a:1,b:x"]],
  ["a login before a later host of a list", ["--url", "redis://a:1,redis://bob:made-up-password@b:2"]],
  ["a login before each host of a list", ["--url", "redis://bob:made-up-password@a,bob:made-up-password@b"]],
  ["a value that was joined to its flag", ["--passwordmade-up-password"]],
  ["a value that was joined to its flag by a colon", ["--password:made-up-password"]],
  ["a value that was joined to an unknown letter", ["-Pmade-up-password"]],
  ["a host behind -h", ["-h", "bob:made-up-password@localhost"]],
  ["a host joined to -h", ["-hmade-up-password"]],
])("%s is refused, and does not show what it holds", async (_, flags) => {
  // On stderr it says the same with --json as without.
  const seen = await program([...flags, "--json"], { cwd: await scratchFolder() });
  expect([seen.code, seen.stderr]).toEqual([1, expect.stringMatching(/^error: /)]);
  expectNoSecret([seen], []);
});

/** How other clients write an address, and what must not stand in a URL as it is. */
const otherSpellings = [
  "localhost:6379,password=made-up-password,ssl=True,abortConnect=False",
  "localhost,password=made-up-password",
  "bob:made-up-password@localhost:6379",
  "made-up-password@localhost:6379/0",
  "tcp://:made-up-password@localhost:6379",
  "jdbc:redis://bob:made-up-password@localhost:6379/0",
  "redis://localhost:6379,password=made-up-password",
  "redis://:made-up-password#x@localhost",
  "redis://:made-up-password/x@localhost",
  "redis://:12/made-up-password@localhost",
  "redis://localhost?password=made-up-password",
];

const takers = [
  ...["--host", "--port", "--database", "--key-prefix", "--only", "--on-duplicate", "--on-conflict", "--ttl"],
  ...["--undo", "--rejects", "--journal", "--sentinel", "--tls-ca", "--details", "--retry-for", "-h"],
];

test.each(otherSpellings)("%s is refused wherever it is given, and nothing of it is shown", async (text) => {
  const cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), records(1, 1));
  const flag = takers[(3 * otherSpellings.indexOf(text)) % takers.length] ?? "";
  const runs: readonly (readonly [readonly string[], Readonly<Record<string, string>>])[] = [
    [["--json", "-v"], { REDIS_URL: text }],
    [[text], { REDIS_URL: "redis://localhost:1" }],
    [[flag, text, "-v"], { REDIS_URL: "redis://localhost:1" }],
  ];
  for (const [flags, env] of runs) {
    const seen = await program(flags, { cwd, env });
    expect([flags, seen.code]).toEqual([flags, 1]);
    expectNoSecret([seen], ["bob"]);
  }
});

test.each([
  ["mymaster", "know no master named mymaster"],
  ["redis://bob:made-up-password@localhost", "know no master of that name"],
  ["bob:made-up-password@localhost", "know no master of that name"],
])("a master's name that no Sentinel knows is told where it is none of a URL: %s", (master, told) => {
  expect(migrateError("redis-unknown-master", { at: "a:1", master }).message).toBe(
    `The Sentinels at a:1 ${told}`,
  );
});
