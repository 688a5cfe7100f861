import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Options } from "../../src/options.js";
import { commandNeeds } from "../../src/preflight/commands-needed.js";
import { run } from "../../src/run.js";
import { Secret } from "../../src/secret.js";
import type { RunResult } from "../../src/types/run-result.js";
import { startOneNodeCluster } from "../support/cluster.js";
import { apiKey, conversation, writeLegacy } from "../support/legacy.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { type Client, startRedis } from "../support/redis.js";

/** Every command of the table, and what a client of Redis sends while it connects. */
const commands = [
  ...new Set([
    ...commandNeeds.map(({ command }) => command.split(" ")[0] ?? ""),
    "CLIENT",
    "COMMAND",
    "HELLO",
  ]),
];

const file = {
  conversations: ["new", "differs", "lives for ever", "is a list"].map((seed) => conversation(seed)),
  keys: ["new", "would expire"].map(apiKey),
};

/** What a run creates, replaces, gives an expiry and takes one from; by commands that the tool does not use. */
async function seed(client: Client, prefix: string): Promise<void> {
  const [, differs, forEver, list] = file.conversations.map(({ id }) => `${prefix}conversations:${id}`);
  const [, expires] = file.keys.map(({ key }) => `${prefix}keys:${key}`);
  if (!differs || !forEver || !list || !expires) throw new Error("nothing to seed");
  const [, one, other] = file.conversations.map((record) => JSON.stringify(record));
  await client.mSet([
    ...([
      [differs, `${one} `],
      [forEver, other ?? ""],
    ] as [string, string][]),
    [expires, JSON.stringify(file.keys[1])],
  ]);
  await client.expire(expires, 5_000);
  await client.rPush(list, ["a", "b"]);
}

interface Place {
  readonly port: number;
  readonly prefix: string;
  readonly username: string | null;
  /** Differing options of its runs. */
  readonly options?: Partial<Options>;
}

/** What makes a run use a command that by default it does not. */
const usedWith: Readonly<Record<string, Partial<Options>>> = {
  PEXPIREAT: { ttlFrom: "last-active", ttl: 100 * 366 * 24 * 60 * 60, archive: "none.json" },
};

const asUser = { password: new Secret("made-up") };

async function runs(folder: string, place: Place, differing: Partial<Options>) {
  const { port, prefix, username } = place;
  const base = { ...optionsFor({ port }), ...place.options };
  const address = username === null ? base.address : { ...base.address, username, ...asUser };
  const common = { address: { ...address, retryForMs: 0 }, prefix, sources: [join(folder, "db.json")] };
  const act = (more: Partial<Options>): Promise<RunResult> =>
    run({ ...base, ...common, onConflict: "overwrite", ...differing, ...more });
  const undoing = differing.mode === "undo";
  const dry = await act(undoing ? { dryRun: true } : { mode: "dry-run", dryRun: true });
  return { dry, live: await act({}) };
}

/** A run that needs the command not, and does its work; or one that refuses, naming it, as its dry run does. */
function expectMirrored(command: string, { dry, live }: { dry: RunResult; live: RunResult }): boolean {
  expect([dry.exitCode, dry.error]).toEqual([live.exitCode, live.error]);
  if (live.exitCode === 0) return true;
  expect(live.exitCode).toBe(1);
  expect(`${live.error?.message}`).toMatch(new RegExp(`\\b${command}\\b`, "i"));
  return false;
}

/** The tool's modes, on a server or for a user that has all commands but one. */
async function expectMirrorsWithout(command: string, client: Client, place: Place): Promise<string> {
  const folder = await scratchFolder();
  await writeLegacy(join(folder, "db.json"), file);
  await seed(client, place.prefix);
  const before = await client.dbSize();
  const journal = join(folder, "journal.jsonl");
  const migrated = await runs(folder, place, { journal });
  let done = "";
  if (expectMirrored(command, migrated)) {
    done += "migrate ";
    expect(await client.dbSize()).toBe(before + 2);
  } else {
    expect(await client.dbSize()).toBe(before);
    // Another run's journal, of the same records: what it says was not done here.
    await writeFile(journal, await journalOfAnother(folder, place));
  }
  const verified = await runs(folder, place, { mode: "verify", onConflict: "newer" });
  if (verified.live.exitCode !== 1) done += "verify ";
  else expect(`${verified.live.error?.message}`).toMatch(new RegExp(`\\b${command}\\b`, "i"));
  const undone = await runs(folder, place, { mode: "undo", undo: journal });
  if (undone.live.exitCode !== 1) {
    expect(undone.dry.exitCode).toBe(undone.live.exitCode);
    if (done.startsWith("migrate"))
      expect([undone.live.exitCode, await client.dbSize()]).toEqual([0, before]);
    return `${done}undo`;
  }
  expectMirrored(command, undone);
  return done.trimEnd();
}

async function journalOfAnother(folder: string, place: Place): Promise<string> {
  const { port, client } = await startRedis();
  const path = join(folder, "another.jsonl");
  await seed(client, place.prefix);
  await runs(folder, { port, prefix: place.prefix, username: null }, { journal: path });
  const text = await readFile(path, "utf8");
  return text.replace(`//127.0.0.1:${port}`, `//127.0.0.1:${place.port}`);
}

/** The modes that can do without a command; what is not named here can do without it in none. */
const canDoWithout: Readonly<Record<string, string>> = Object.fromEntries([
  ...["SET", "EVAL", "EVALSHA", "PEXPIRE", "PERSIST"].map((command) => [command, "verify"]),
  ...["RESTORE", "DEL"].map((command) => [command, "migrate verify"]),
  ["DUMP", "verify"],
  ["PEXPIREAT", "verify undo"],
  ...["SCAN", "TIME", "INFO", "CONFIG", "PING", "SELECT", "CLUSTER", "WAIT", "EXISTS", "MGET", "STRLEN"].map(
    (command) => [command, "migrate verify undo"],
  ),
  ...["CLIENT", "COMMAND", "HELLO"].map((command) => [command, "migrate verify undo"]),
]);

test.each(commands.filter((command) => command !== "HELLO"))(
  "a server that does not know %s: a dry run exits as the run does, naming it, or both do without",
  async (command) => {
    const { port, client } = await startRedis({ arguments: ["--rename-command", command, ""] });
    const place = { port, prefix: "chatgpt:", username: null, options: usedWith[command] ?? {} };
    expect(await expectMirrorsWithout(command, client, place)).toBe(canDoWithout[command] ?? "");
  },
);

test("users who may call all but one command: a dry run exits as the run does, naming it, or both do without", async () => {
  const { port, client } = await startRedis();
  for (const command of commands) {
    const [username, prefix] = [`no-${command.toLowerCase()}`, `${command}:`];
    const rules = ["on", ">made-up", "+@all", `-${command.toLowerCase()}`, `~${prefix}*`];
    await client.sendCommand(["ACL", "SETUSER", username, ...rules]);
    const place = { port, prefix, username, options: usedWith[command] ?? {} };
    const done = await expectMirrorsWithout(command, client, place);
    expect([command, done]).toEqual([command, canDoWithout[command] ?? ""]);
  }
});

const password = `made-up ${"long ".repeat(60)}`;
const user = { username: "some", password: new Secret("made-up") };
const without = (...rules: readonly string[]) => [
  "--user",
  "some",
  "on",
  ">made-up",
  "~*",
  "+@all",
  ...rules,
];

test.each<[string, () => Promise<{ port: number }>, Partial<Options["address"]>]>([
  ["SELECT", () => startRedis({ arguments: ["--rename-command", "SELECT", ""] }), { database: 1 }],
  ["select", () => startRedis({ arguments: without("-select") }), { database: 1, ...user }],
  [
    "AUTH",
    () => startRedis({ arguments: ["--rename-command", "AUTH", ""] }),
    { password: new Secret(password) },
  ],
  ["cluster", () => startOneNodeCluster(without("-cluster")), user],
  ["cluster", () => startOneNodeCluster(without("-cluster", "-info")), { ...user, cluster: true }],
])("what connecting needs and is not to be had, is named: %s", async (command, start, login) => {
  const folder = await scratchFolder();
  await writeLegacy(join(folder, "db.json"), file);
  const base = optionsFor(await start());
  const options = { ...base, sources: [folder], address: { ...base.address, ...login, retryForMs: 0 } };
  for (const mode of ["dry-run", "migrate", "verify"] as const) {
    const { exitCode, error } = await run({ ...options, mode });
    expect([mode, exitCode]).toEqual([mode, 1]);
    expect(error?.message).toMatch(
      new RegExp(`(refuses to serve|does not let this user do that): .*['\`]${command}`),
    );
    expect(error?.message).not.toContain("made-up");
  }
});

test("no mode uses a command that is not in the table", async () => {
  const folder = await scratchFolder();
  const { port, client } = await startRedis();
  await writeLegacy(join(folder, "db.json"), file);
  await seed(client, "chatgpt:");
  await client.configResetStat();
  const place = { port, prefix: "chatgpt:", username: null };
  const journal = join(folder, "journal.jsonl");
  await runs(folder, place, { journal });
  await runs(folder, { ...place, options: usedWith.PEXPIREAT ?? {} }, {});
  await runs(folder, place, { mode: "verify" });
  await runs(folder, place, { mode: "undo", undo: journal });
  const stats = await client.info("commandstats");
  const used = [...stats.matchAll(/^cmdstat_([^:|]+)/gm)].map(([, name = ""]) => name.toUpperCase());
  expect(used).toContain("EVALSHA");
  expect(used.filter((name) => !commands.includes(name))).toEqual([]);
});
