import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { expect, test } from "vitest";
import type { Policy } from "../../src/types/mode-and-policy.js";
import type { RunResult } from "../../src/types/run-result.js";
import { pick, type Random, randomFrom } from "../bench/random.js";
import { apiKey, conversation, message } from "../support/legacy.js";
import { type Seen, scratchFolder, startProgram } from "../support/program.js";
import { startProxy, type Proxy as ToRedis } from "../support/proxy.js";
import { type Client, startRedis } from "../support/redis.js";
import { type Snapshot, type Standing, snapshotOf } from "../support/snapshot.js";

// A run that is killed, and killed again, then run to its end, and then taken back by all its journals. What Redis must
// hold is worked out here from how it was made to differ from the file, by nothing of the program's.

/** How many kills of a migration there are in all, at least, beside those of undos; `npm run test:long` makes more. */
const kills = Number(process.env.TEST_KILLS ?? 4);

const day = 24 * 60 * 60;

/** How Redis differs from the file before the run. */
const fates = {
  conversation: [
    ...Array.from({ length: 8 }, () => "absent" as const),
    ...(["older", "older", "older", "stub", "newer", "same", "spaced", "immortal", "lasting"] as const),
  ],
  key: ["absent", "absent", "older", "newer", "same", "mortal"],
} as const;

/** Where neither version goes on from the other, or what Redis holds is no record. */
const conflicts = ["diverged", "list", "text"] as const;

type Fate = (typeof fates)["conversation" | "key"][number] | (typeof conflicts)[number];

/** One record of the file, and what is to become of it. */
interface Row {
  readonly redisKey: string;
  readonly fate: Fate;
  readonly value: object;
}

type Conversation = ReturnType<typeof conversation>;

const counts = { conversation: 1_500, key: 60 };

function rowsFrom(random: Random, calm: boolean): Row[] {
  const conversations = Array.from({ length: counts.conversation }, (_, at): Row => {
    const value = conversation(`${at}`, 1 + random(5));
    const fate = pick(random, calm ? fates.conversation : [...fates.conversation, ...conflicts]);
    return { redisKey: `chatgpt:conversations:${value.id}`, fate, value };
  });
  const keys = Array.from({ length: counts.key }, (_, at): Row => {
    const value = apiKey(`${at}`);
    return { redisKey: `chatgpt:keys:${value.key}`, fate: pick(random, fates.key), value };
  });
  return [...conversations, ...keys];
}

const isKey = ({ redisKey }: Row) => redisKey.startsWith("chatgpt:keys:");

async function makeStand(client: Client, row: Row): Promise<void> {
  const { redisKey, fate, value } = row;
  const set = (held: unknown, life: number | null, space = 0) => {
    const text = typeof held === "string" ? held : JSON.stringify(held, null, space);
    return client.set(redisKey, text, life === null ? {} : { expiration: { type: "EX", value: life } });
  };
  if (fate === "absent") return;
  if (fate === "list") return void (await client.rPush(redisKey, ["a", "b\u2028"]));
  if (fate === "text") return void (await set("not JSON", 5_000));
  if (fate === "spaced") return void (await set(value, null, 1));
  if (fate === "immortal") return void (await set(value, null));
  if (fate === "lasting") return void (await set(value, 90 * day));
  if (fate === "mortal") return void (await set(value, 8 * day));
  if (isKey(row)) {
    const used = { older: 1, same: 3, newer: 7 }[fate as "older" | "same" | "newer"];
    return void (await set({ ...value, queries: used, tokens: used * 40 }, null));
  }
  if (fate === "same") return void (await set(value, 9 * day));
  await set(otherVersion(value as Conversation, fate), 20_000);
}

function otherVersion({ id, userName, messages, lastActive }: Conversation, fate: Fate): object {
  if (fate === "stub") return { id, userName, messages: [] };
  const other = message(`of Redis alone, ${id}`, 9);
  if (fate === "newer") return { id, userName, messages: [...messages, other], lastActive: lastActive + 9 };
  const earlier = messages.slice(0, -1);
  if (fate === "older" && earlier.length > 0)
    return { id, userName, messages: earlier, lastActive: lastActive - 1 };
  return fate === "older"
    ? { id, userName, messages: [], lastActive: lastActive - 1 }
    : { id, userName, messages: [other], lastActive };
}

/** What a run makes of a record: the file's version, the expiry alone, the messages of both, or nothing. */
function endOf({ fate, ...row }: Row, policy: Policy): "file" | "expiry" | "both" | "left" {
  if (fate === "absent") return "file";
  if (fate === "same" || policy === "keep") return "left";
  if (["spaced", "immortal", "lasting", "mortal"].includes(fate)) return "expiry";
  if (policy === "overwrite") return "file";
  if (fate === "list" || fate === "text") return "left";
  if (policy === "merge" && !isKey({ fate, ...row })) return "both";
  return fate === "older" || fate === "stub" ? "file" : "left";
}

/** The library's way with a conversation: it is read, gets a message, may lose its first, and is saved whole. */
class App {
  readonly saved = new Map<string, string>();
  readonly #client: Client;
  readonly #random: Random;
  #written = 0;

  constructor(client: Client, random: Random) {
    this.#client = client;
    this.#random = random;
  }

  async save({ redisKey, value, fate }: Row): Promise<void> {
    if (fate === "list" || fate === "text" || redisKey.startsWith("chatgpt:keys:")) return;
    const { id, userName } = value as Conversation;
    const held = JSON.parse((await this.#client.get(redisKey)) ?? "null") as Conversation | null;
    const kept = held?.messages.slice(this.#random(3) === 0 ? 1 : 0) ?? [];
    this.#written += 1;
    const messages = [...kept, message(`of the app, ${this.#written}`, 9)];
    const text = JSON.stringify({ ...(held ?? { id, userName }), messages, lastActive: Date.now() });
    await this.#client.set(redisKey, text, { expiration: { type: "EX", value: 30 * day } });
    this.saved.set(redisKey, text);
  }
}

/** Times to live run on, and are told to the millisecond by two clocks. In ms. */
const tolerance = 20_000;

const isAbout = (deadline: number | null, wanted: number | null) =>
  deadline === null || wanted === null ? deadline === wanted : Math.abs(deadline - wanted) < tolerance;

const isAs = (now: Standing | undefined, was: Standing | undefined) =>
  now?.type === was?.type &&
  now?.content === was?.content &&
  isAbout(now?.deadline ?? null, was?.deadline ?? null);

function messageIds(text: string): string {
  return (JSON.parse(text) as Conversation).messages
    .map(({ id }) => id)
    .sort()
    .join();
}

interface Trial {
  readonly rows: readonly Row[];
  readonly before: Snapshot;
  readonly policy: Policy;
  readonly app: App;
}

/** Records that are not as they should be after the run, each with why. */
function wrongAfterRun({ rows, before, policy, app }: Trial, now: Snapshot): string[] {
  const wrong = rows.flatMap((row) => {
    const { redisKey, value } = row;
    const [held, was] = [now.get(redisKey), before.get(redisKey)];
    const asSaved = app.saved.get(redisKey);
    const end = endOf(row, policy);
    const monthFrom = isKey(row) ? null : Date.now() + 30 * day * 1000;
    // The app renews the expiry, too.
    const expires = isAbout(held?.deadline ?? null, monthFrom === null ? null : monthFrom - tolerance);
    const asFile = held?.content === JSON.stringify(value) && expires;
    const holds = (...texts: readonly string[]) => {
      const ids = texts.flatMap((text) => messageIds(text).split(","));
      return (
        messageIds(held?.content ?? "") ===
        [...new Set(ids)]
          .filter((id) => id !== "")
          .sort()
          .join()
      );
    };
    const right = () => {
      if (asSaved !== undefined) {
        if (!expires) return false;
        if (held?.content === asSaved) return true;
        if (policy === "overwrite") return asFile;
        return policy === "merge" && holds(asSaved, JSON.stringify(value));
      }
      if (end === "left") return isAs(held, was);
      if (end === "file") return asFile;
      if (end === "expiry") return held?.content === was?.content && expires;
      return holds(was?.content ?? "", JSON.stringify(value)) && (expires || isAs(held, was));
    };
    return right() ? [] : [`${row.fate} ${redisKey}${asSaved === undefined ? "" : ", saved by the app"}`];
  });
  return [...wrong, ...strangers(rows, now)];
}

/** Records that are neither as before nor as the app saved them. */
function wrongAfterUndo({ rows, before, app }: Trial, now: Snapshot): string[] {
  const wrong = rows.flatMap(({ redisKey, fate }) => {
    const saved = app.saved.get(redisKey);
    const held = now.get(redisKey);
    const right = saved === undefined ? isAs(held, before.get(redisKey)) : held?.content === saved;
    return right ? [] : [`${fate} ${redisKey}${saved === undefined ? "" : ", saved by the app"}`];
  });
  return [...wrong, ...strangers(rows, now)];
}

function strangers(rows: readonly Row[], now: Snapshot): string[] {
  const known = new Set(rows.map(({ redisKey }) => redisKey));
  return [...now.keys()].filter((key) => !known.has(key));
}

/** What is done when so many more bytes went to Redis. */
interface Event {
  readonly after: number;
  readonly act: () => unknown;
}

/** What is to happen in a run; `die` kills it. */
type EventsOf = (die: () => Promise<unknown>) => readonly Event[];

/** Runs the program to its end, or to its death; each event falls on one byte of what it sends. */
async function runWith(
  proxy: ToRedis,
  cwd: string,
  flags: readonly string[],
  eventsOf: EventsOf,
): Promise<Seen> {
  const parameters = ["--host", "127.0.0.1", "-p", String(proxy.port), ...flags, "--json"];
  const { child, seen } = startProgram(parameters, { cwd });
  const events = [
    ...eventsOf(() => {
      child.kill("SIGKILL");
      return once(child, "exit");
    }),
  ].sort((a, b) => a.after - b.after);
  const arm = (from: number) => {
    const event = events.shift();
    if (event === undefined) return;
    proxy.after(Math.max(1, event.after - from), async () => {
      arm(event.after);
      await event.act();
    });
  };
  arm(0);
  const ended = await seen;
  proxy.after(Number.POSITIVE_INFINITY, () => {});
  return ended;
}

/** Whether a run wrote more to its journal than a torn first line: one that did not has changed nothing. */
function isBegun(journal: string): boolean {
  return existsSync(journal) && readFileSync(journal).includes("\n");
}

/** How often a migration is killed before it may end. */
const killsOfRun = 2;

test.each(Array.from({ length: Math.ceil(kills / killsOfRun) }, (_, at) => at + 1))(
  "a run that is killed at any byte, while the app writes, is done by its rerun, and taken back by its journals: seed %d",
  async (seed) => {
    const random = randomFrom(seed);
    const calm = random(3) === 0;
    const policy = calm ? "newer" : pick<Policy>(random, ["newer", "newer", "overwrite", "merge", "keep"]);
    const [redis, cwd] = await Promise.all([startRedis(), scratchFolder()]);
    const proxy = await startProxy(redis.port);
    const rows = rowsFrom(random, calm);
    const of = (keys: boolean) => rows.filter((row) => isKey(row) === keys).map(({ value }) => value);
    const text = JSON.stringify({ keys: { rows: of(true) }, conversations: { rows: of(false) } }, null, 4);
    await writeFile(join(cwd, "db.json"), text);
    await Promise.all(rows.map((row) => makeStand(redis.client, row)));
    const before = await snapshotOf(redis.client);
    const app = new App(redis.client, random);
    const told = { rows, before, policy, app };
    const saves = (among: number): Event[] =>
      Array.from({ length: calm ? 0 : 12 }, () => ({
        after: 1 + random(among),
        act: () => app.save(pick(random, rows)),
      }));
    // About as much as a run sends.
    const bytes = rows.reduce((sum, { value }) => sum + 150 + JSON.stringify(value).length, 0);
    let left = bytes;
    let deaths = 0;
    const journals: string[] = [];
    const migrate = (eventsOf: EventsOf) => {
      const journal = join(cwd, `journal-${journals.length}.jsonl`);
      journals.push(journal);
      return runWith(proxy, cwd, ["--on-conflict", policy, "--journal", journal], eventsOf);
    };
    while (deaths < killsOfRun) {
      const at = 1 + random(left);
      const { code } = await migrate((die) => [...saves(at), { after: at, act: die }]);
      if (code === null) deaths += 1;
      // What is there already is only asked for; where too little was left to be killed in, it is killed sooner.
      left = Math.max(2_000, code === null ? left - at : at / 2);
    }
    const { code, stdout, stderr } = await migrate(() => saves(left));
    expect([code, stderr]).toEqual([calm ? 0 : expect.any(Number), expect.not.stringContaining("    at ")]);
    expect((JSON.parse(stdout) as RunResult).error).toBeNull();
    expect(wrongAfterRun(told, await snapshotOf(redis.client))).toEqual([]);

    for (const journal of journals.reverse().filter(isBegun)) {
      const flags = ["--undo", journal];
      const at = 1 + random(bytes / 4);
      let undone = await runWith(proxy, cwd, flags, (die) => [...saves(at), { after: at, act: die }]);
      if (undone.code === null) {
        undone = await runWith(proxy, cwd, flags, () => saves(bytes / 4));
      }
      expect([undone.code, undone.stderr]).toEqual([calm ? 0 : expect.any(Number), expect.any(String)]);
      expect((JSON.parse(undone.stdout) as RunResult).error).toBeNull();
    }
    expect(wrongAfterUndo(told, await snapshotOf(redis.client))).toEqual([]);
  },
);
