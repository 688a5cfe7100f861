import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { apiKey, conversation, messageText, records, writeLegacy } from "../support/legacy.js";
import { program, type Seen, scratchFolder } from "../support/program.js";
import { freePort, startRedis } from "../support/redis.js";

const password = "made-up-password";

/** Every way of running that the tool has, as text and as JSON, quiet and verbose. */
const modes = [[], ["--dry-run"], ["--verify"]];
const looks = [[], ["--json", "-v", "--details", "0"], ["-q"]];

async function everyRun(cwd: string, flags: readonly string[]): Promise<Seen[]> {
  const runs: Seen[] = [];
  for (const mode of modes) {
    for (const look of looks) {
      runs.push(await program([...flags, ...mode, ...look], { cwd, env: { REDIS_PASSWORD: password } }));
    }
  }
  return runs;
}

function expectNoSecret(runs: readonly Seen[], keys: readonly string[]): void {
  for (const { stdout, stderr } of runs) {
    for (const secret of [password, messageText, ...keys]) {
      expect(stdout).not.toContain(secret);
      expect(stderr).not.toContain(secret);
    }
  }
}

test("neither API keys, nor the password, nor a message's text are shown in any mode", async () => {
  const cwd = await scratchFolder();
  const { client, port } = await startRedis({ arguments: ["--requirepass", password], password });
  const legacy = records(3, 4);
  const keys = legacy.keys.map((record) => (record as { key: string }).key);
  const short = { ...apiKey("short"), key: "sk-short" };
  const same = conversation("same");
  await writeLegacy(join(cwd, "db.json"), {
    conversations: [
      ...legacy.conversations,
      same,
      { ...same, userName: "again" },
      { messages: [{ content: messageText }] },
    ],
    keys: [...legacy.keys, short, { ...short, tokens: 5 }, { ...apiKey("wrong"), key: [keys[0]] }],
  });
  // Differences of each sort, so that each has its chance to tell too much.
  await client.set(
    `chatgpt:conversations:${same.id}`,
    JSON.stringify({ ...conversation("same", 5), messages: [messageText] }),
  );
  await client.set(`chatgpt:keys:${keys[0]}`, JSON.stringify({ key: keys[1], queries: 9 }));
  await client.set(`chatgpt:keys:${keys[1]}`, messageText);
  await client.hSet(`chatgpt:keys:${keys[2]}`, "a", "b");
  await client.set(`chatgpt:keys:${keys[3]}extra`, "{}");
  const runs = await everyRun(cwd, ["-p", String(port)]);
  expectNoSecret(runs, [...keys, short.key]);
  expect(new Set(runs.map(({ code }) => code))).toEqual(new Set([3, 2]));
});

test("nor are they when the file is damaged, right within a key or a message", async () => {
  const cwd = await scratchFolder();
  const { port } = await startRedis({ arguments: ["--requirepass", password], password });
  await writeLegacy(join(cwd, "whole.json"), records(2, 2));
  const whole = await readFile(join(cwd, "whole.json"), "utf8");
  const keys = [apiKey("0").key, apiKey("1").key];
  await writeFile(join(cwd, "a.json"), whole.replace(`${messageText}`, `${messageText}" ${messageText}`));
  await writeFile(join(cwd, "b.json"), whole.replace(`"${keys[0]}"`, `${keys[0]}`));
  await writeFile(join(cwd, "c.json"), whole.slice(0, whole.lastIndexOf(messageText) + 10));
  await appendFile(join(cwd, "c.json"), keys[0] ?? "");
  const runs = await everyRun(cwd, ["-p", String(port), "a.json", "b.json", "c.json"]);
  expectNoSecret(runs, keys);
  expect(runs.some(({ stdout }) => stdout.includes("invalid"))).toBe(true);
});

test("nor are they when Redis cannot be reached, rejects the password or refuses the commands", async () => {
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
  const { stdout, stderr, code } = await program(["-p", String(port)], { cwd });
  expect(code).toBe(3);
  expect(stdout).toContain("ERR unknown command 'GET'");
  expectNoSecret([{ stdout, stderr, code }], [apiKey("0").key]);
});

test.each([
  ["a mistyped flag", ["--passwort=made-up-password"]],
  ["a flag that takes no value", ["--dry-run=made-up-password"]],
  ["a URL as a source", ["redis://bob:made-up-password@localhost"]],
  ["an API key as a source", ["sk-made-up-password"]],
  ["a login as host", ["--host", "bob:made-up-password@localhost"]],
  ["a URL as host", ["--host", "redis://bob:made-up-password@localhost"]],
  ["a # in a password", ["--url", "redis://made-up-password#x@localhost"]],
  ["a ? in a password", ["--url", "redis://made-up-password?@localhost"]],
  ["a login that is encoded whole", ["--url", "redis://bob%3Amade-up-password%40localhost"]],
  ["a login before a socket", ["--url", "unix:/bob:made-up-password@localhost/x"]],
])("%s is refused, and does not show what it holds", async (_, flags) => {
  const cwd = await scratchFolder();
  for (const more of [[], ["--json"]]) {
    const seen = await program([...flags, ...more], { cwd });
    expect(seen.code).toBe(1);
    expectNoSecret([seen], []);
  }
});
