import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { scratchFolder } from "./program.js";
import type { PrivateRedis } from "./redis.js";

/** A folder such as the documents speak of, with `chatgpt-migrate` on PATH and a private Redis as the default one. */
export interface Workplace {
  /** Puts files and Redis into a state that a document names. */
  readonly given: (state: string) => Promise<void>;
  /** Puts a script that a document shows into a file. */
  readonly save: (name: string, script: string) => Promise<void>;
  /** Runs a command of a document; what it says comes as a document shows it. */
  readonly run: (command: string) => Promise<{ readonly output: string; readonly status: number | null }>;
}

interface Place {
  readonly cwd: string;
  readonly redis: PrivateRedis;
}

interface Conversation {
  id: string;
  lastActive?: number;
  messages: { id: string; type: number; content: string; date: number }[];
}

const chat = "chatgpt:conversations:49170123450@c.us";
const month = 30 * 24 * 60 * 60;

/** The app has read the chat from Redis since, as the file has it or without its last messages, and gone on with it. */
async function goOnInRedis({ cwd, redis }: Place, withoutLast: number): Promise<void> {
  const { conversations } = JSON.parse(await readFile(join(cwd, "db.json"), "utf8")) as {
    conversations: { rows: Conversation[] };
  };
  const found = conversations.rows.find(({ id }) => chat.endsWith(`:${id}`));
  if (found === undefined) throw new Error("the demo has no such chat");
  const date = 1_767_312_000_000;
  const more = { id: "0b9f6dc2-5f0e-4a3c-9a70-0c2f6a1f8f11", type: 1, content: "And in a cluster?", date };
  const messages = [...found.messages.slice(0, found.messages.length - withoutLast), more];
  await redis.client.set(chat, JSON.stringify({ ...found, messages, lastActive: date }), { EX: month });
}

const states: Record<string, (place: Place) => Promise<unknown>> = {
  nothing: async () => {},
  "a chat that went on in Redis": (place) => goOnInRedis(place, 0),
  "a chat that went on both in the file and in Redis": (place) => goOnInRedis(place, 1),
  "keys that hold no record": async ({ redis }) => {
    await redis.client.set("chatgpt:conversations:draft", "not JSON");
    await redis.client.set(
      "chatgpt:conversations:renamed",
      '{"id":"old name","userName":"Ada","messages":[]}',
    );
    await redis.client.rPush("chatgpt:conversations:queue", "made up");
  },
  "chats that were idle for years": async ({ cwd }) => {
    const path = join(cwd, "db.json");
    const file = JSON.parse(await readFile(path, "utf8")) as { conversations: { rows: Conversation[] } };
    for (const [row, one] of file.conversations.rows.entries())
      one.lastActive = row < 5 ? Date.now() : 1_700_000_000_000;
    await writeFile(path, JSON.stringify(file, null, 4));
  },
  "no db.json": ({ cwd }) => rm(join(cwd, "db.json")),
  "a file cut off": async ({ cwd }) => {
    const file = await readFile(join(cwd, "db.json"), "utf8");
    await writeFile(join(cwd, "db.json"), file.slice(0, -1800));
  },
  "a chat that stands twice in db.json, each time with a message of its own": async ({ cwd }) => {
    const file = JSON.parse(await readFile(join(cwd, "db.json"), "utf8"));
    const { rows } = file.conversations;
    const [{ messages, ...rest }] = rows;
    rows[0].messages = messages.slice(0, -1);
    rows.push({ ...rest, messages: [messages.at(0), messages.at(-1)] });
    await writeFile(join(cwd, "db.json"), JSON.stringify(file, null, 4));
  },
  "a conversation without messages": async ({ cwd }) => {
    const file = await readFile(join(cwd, "db.json"), "utf8");
    await writeFile(join(cwd, "db.json"), file.replace('"messages"', '"massages"'));
  },
  "a Redis with a password": async ({ redis }) => {
    await redis.client.aclSetUser("user", ["on", ">password", "~*", "+@all"]);
    await redis.client.configSet("requirepass", "password");
  },
  "a Redis that may evict": ({ redis }) =>
    redis.client.configSet({ maxmemory: "1gb", "maxmemory-policy": "allkeys-lru" }),
  "a Redis without memory": ({ redis }) => redis.client.configSet("maxmemory", "1000"),
};

const settings = { requirepass: "", maxmemory: "0", "maxmemory-policy": "noeviction" };

/** What every state has: the programs, and the package for scripts that import it. */
const installed = ["bin", "node_modules"];

async function anew({ cwd, redis }: Place): Promise<void> {
  await redis.client.flushAll();
  await redis.client.configSet(settings);
  for (const name of await readdir(cwd))
    if (!installed.includes(name)) await rm(join(cwd, name), { recursive: true });
  for (const folder of ["old", "backups"]) await mkdir(join(cwd, folder));
  for (const path of ["db.json", "old/db.json", "backups/db.json"])
    await copyFile("fixtures/demo/db.json", join(cwd, path));
}

async function putOnPath(cwd: string, name: string, line: string): Promise<void> {
  const path = join(cwd, "bin", name);
  await writeFile(path, `#!/bin/sh\n${line}\n`);
  await chmod(path, 0o755);
}

const journalName = /chatgpt-migrate-\d{4}-[\dT-]+\.jsonl/g;

/** What was said, with one value for what differs from run to run and from machine to machine. */
function asDocumented(said: string, port: number): string {
  return (
    said
      .replaceAll(new RegExp(`(?<=localhost:|port: )${port}`, "g"), "6379")
      .replaceAll(/(redis|valkey) \d[\d.]*/g, "redis 7.0.15")
      .replaceAll(/(?<=(in|after) )\d+\.\d s/g, "0.1 s")
      .replaceAll(/(?<=leave Redis (from |(from [\d-]+ on, the last )?by ))\d{4}-\d\d-\d\d/g, "2026-12-23")
      // Here it stands in the place of the default server.
      .replaceAll("\n  (with REDIS_URL as for this run)", "")
      .replaceAll(journalName, "chatgpt-migrate-2026-11-23T05-18-41-123.jsonl")
      .trimEnd()
  );
}

/** The newest journal with a name of the program's own making, in place of one that a document names. */
async function withLocalJournal(cwd: string, command: string): Promise<string> {
  const journals = (await readdir(cwd)).filter((name) => name.search(journalName) === 0).sort();
  return command.replace(journalName, (named) => journals.at(-1) ?? named);
}

export async function workplace(redis: PrivateRedis): Promise<Workplace> {
  const cwd = await scratchFolder();
  const { port } = redis;
  const path = process.env.PATH ?? "";
  await mkdir(join(cwd, "bin"));
  await putOnPath(
    cwd,
    "chatgpt-migrate",
    `exec '${process.execPath}' '${resolve("bin/chatgpt-migrate.js")}' "$@"`,
  );
  await putOnPath(
    cwd,
    "redis-cli",
    `PATH='${path}'; exec $(command -v redis-cli || command -v valkey-cli) -p ${port} "$@"`,
  );
  await putOnPath(cwd, "node", `exec '${process.execPath}' "$@"`);
  await mkdir(join(cwd, "node_modules"));
  await symlink(resolve("."), join(cwd, "node_modules/chatgpt-migrate"));
  const env = { PATH: `${join(cwd, "bin")}:${path}`, REDIS_URL: `redis://localhost:${port}` };
  const place = { cwd, redis };
  const given = async (state: string) => {
    const make = states[state];
    if (make === undefined) throw new Error(`no such state: ${state}`);
    await anew(place);
    await make(place);
  };
  const run = async (command: string) => {
    const local = (await withLocalJournal(cwd, command))
      .replaceAll("localhost:6379", `localhost:${port}`)
      .replaceAll("--port 6379", `--port ${port}`);
    const child = spawn("sh", ["-c", `exec 2>&1\n${local}`], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [said, [status]] = await Promise.all([text(child.stdout), once(child, "close")]);
    return {
      output: asDocumented(said.replaceAll(cwd, "/home/ada/bot"), port),
      status: status as number | null,
    };
  };
  const save = (name: string, script: string) => writeFile(join(cwd, name), script);
  await given("nothing");
  return { given, save, run };
}
