import { ErrorReply } from "@redis/client";
import { MigrateError, migrateError } from "../errors.js";
import type { Address } from "../options.js";
import type { Secret } from "../secret.js";
import type { Entry, Held, Topology } from "../types.js";
import { at } from "./address.js";
import { compareAndSetScript } from "./compare-and-set-script.js";
import { type Login, wordsOf } from "./connect.js";
import { Connections, isProtocolError } from "./connections.js";
import { discoverTopology } from "./discover-topology.js";
import { diagnose, HangUp, isRefusal } from "./error-replies.js";
import { scanKeys } from "./scan-keys.js";
import { type Attempt, type Sender, Unanswered } from "./sender.js";
import { serverOf } from "./server-info.js";
import { readTls } from "./tls.js";

/**
 * Redis answered one command with an error, or closes the connection each time it is sent; `message` holds its words,
 * without keys or arguments.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";

  /** Whether it is the size of one value that Redis refuses. */
  get ofOneValue(): boolean {
    return this.cause instanceof HangUp;
  }
}

/** What one of many could not be done for. */
export class Failed {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** How to tell that a key still holds what it held: by the SHA-1 of its string, or, of another type, of its DUMP. */
export interface Digest {
  readonly of: "value" | "dump";
  readonly sha1: string;
}

/** What to put in the place of what a key holds, or of its expiry alone. `ttlMs` is null for ever. */
export type Replacement =
  | { readonly how: "set"; readonly value: Buffer; readonly ttlMs: number | null }
  | { readonly how: "expire"; readonly ttlMs: number | null }
  | { readonly how: "restore"; readonly dump: Buffer; readonly ttlMs: number | null }
  | { readonly how: "delete" };

/** The largest value that a server takes in a command, and the setting that says so; endless where none does. */
export interface LargestValue {
  readonly bytes: number;
  readonly setting: string;
}

/**
 * The few things a migration asks of Redis. A lost connection is made anew, and what got no answer is asked again, as
 * long as the address allows. Each may throw a `Refusal`, MigrateError `redis-…` or `Interruption`.
 */
export interface Store {
  readonly topology: Topology;
  /** Such as `redis 7.0.15`; null where the server does not tell. */
  readonly server: string | null;
  /** Writes the entry, value and expiry at once, if nothing is there yet. @returns whether it was written */
  create(entry: Entry): Promise<boolean>;
  read(redisKey: Secret): Promise<Held>;
  /** `create`, for many at once. */
  createAll(entries: readonly Entry[]): Promise<(boolean | Failed)[]>;
  /**
   * `read`, for many at once.
   * @param there whether most of the keys are thought to exist, which saves a round trip where it is so
   */
  readAll(redisKeys: readonly Secret[], there: boolean): Promise<(Held | Failed)[]>;
  /** What a key of any type holds, as DUMP gives it, and its ms to live; null where there is nothing. */
  dump(redisKey: Secret): Promise<{ readonly dump: Buffer; readonly ttlMs: number | null } | null>;
  /** Replaces what a key holds, if it is still what `digest` says. One step on the server. @returns whether it was */
  replace(redisKey: Secret, digest: Digest, replacement: Replacement): Promise<boolean>;
  /** Of a command that failed: whether it may have been carried out all the same, since it lost its answer once. */
  mayHaveDone(redisKey: Secret): boolean;
  /**
   * The time by the clock of the server that holds a key, in ms since 1970: its expiries run by that clock, and this
   * machine's may be wrong. Where Redis does not tell its time, this machine's.
   */
  timeAt(redisKey: Secret): Promise<number>;
  /** Keys that match a glob pattern, of all masters, in batches; a key may come twice (SCAN's guarantee). */
  scan(pattern: string): AsyncIterable<readonly string[]>;
  /** Why Redis would take no value of so many bytes under a key; null where it would, or its limits are not known. */
  refusalOf(redisKey: Secret, bytes: number): Refusal | null;
  /** Asks something else of the servers, by the same connections and with the same errors. */
  ask<T>(act: (connections: Connections) => Promise<T>): Promise<T>;
  /** Says how large a value each master takes, by its name; null where that is not known. */
  limitValues(masters: readonly { readonly at: string; readonly largestValue: LargestValue | null }[]): void;
  /** How often Redis may have lost what it had confirmed, by a restart or a failover, since the run began. */
  readonly possibleLosses: number;
  /** What happened to Redis in these lapses, as the rest of a sentence. */
  readonly lossWords: string;
  /**
   * Asks every master once more who it is, before a run calls itself done: what may have been lost counts in `lapses`.
   * @param wrote whether replicas get some time to acknowledge what was written
   * @returns a sentence for each master whose replicas did not
   */
  confirm(wrote: boolean): Promise<readonly string[]>;
  /** Keys evicted since the run began; null where none is known of, and not all masters tell. */
  evicted(): Promise<number | null>;
  /** Ends all connections, for good: what is under way fails, at once, and nothing is sent any more. */
  close(): void;
}

/** Where news about the connection goes. */
export interface Watcher {
  readonly signal?: AbortSignal | undefined;
  readonly alert?: ((text: string) => void) | undefined;
}

/**
 * Connects to the server, or to all masters of a cluster, or to the master that Sentinels name.
 * @throws MigrateError `redis-…`, `tls-file`; `Interruption` once the signal aborts
 */
export async function openStore(address: Address, { signal, alert }: Watcher = {}): Promise<Store> {
  const tls = address.tls === null ? null : await readTls(address.tls);
  const closing = abortingWith(signal);
  const login = { ...address, tls, signal: closing.signal };
  const connections = await openConnections(address, login, alert).catch((error: unknown) => {
    // Those to other masters may still be in the making.
    closing.abort();
    throw error;
  });
  const [first] = connections.masters.all;
  const told = tellerOf(address);
  const largest = new Map<string, LargestValue>();
  let smallestLimit = Number.POSITIVE_INFINITY;
  const createOne = (entry: Entry, unanswered?: Unanswered) =>
    told(() => create(connections, entry, unanswered), entry.redisKey, entry.value);
  const readOne = (redisKey: Secret, unanswered?: Unanswered) =>
    told(() => read(connections, redisKey, unanswered), redisKey);
  return {
    topology: connections.masters.topology,
    server: first === undefined ? null : serverOf(connections.masters.infoOf(first)),
    create: (entry) => createOne(entry),
    read: (redisKey) => readOne(redisKey),
    createAll: (entries) => createAll(connections, entries, createOne),
    readAll: (redisKeys, there) => readAll(connections, redisKeys, there, readOne),
    dump: (redisKey) => told(() => dump(connections, redisKey), redisKey),
    replace: (redisKey, digest, replacement) =>
      told(() => replace(connections, redisKey, digest, replacement), redisKey, payloadOf(replacement)),
    mayHaveDone: (redisKey) => connections.mayHaveDone(redisKey.reveal()),
    timeAt: timeTeller(connections),
    scan: (pattern) => scanKeys(connections, pattern, told),
    refusalOf: (redisKey, bytes) => {
      if (bytes <= smallestLimit) return null;
      const limit = largest.get(connections.masters.nameOfOwner(redisKey.reveal()));
      return limit === undefined || bytes <= limit.bytes ? null : new Refusal(wordsOfLimit(limit, bytes));
    },
    ask: (act) => told(() => act(connections)),
    limitValues: (masters) => {
      for (const { at, largestValue } of masters) if (largestValue) largest.set(at, largestValue);
      smallestLimit = Math.min(...[...largest.values()].map(({ bytes }) => bytes));
    },
    get possibleLosses() {
      return connections.masters.possibleLosses;
    },
    get lossWords() {
      return connections.masters.lossWords;
    },
    confirm: (wrote) => told(() => connections.confirm(wrote)),
    evicted: () => connections.masters.evicted(),
    close: () => {
      closing.abort();
      connections.close();
    },
  };
}

/** A controller whose signal aborts once another one does, too. */
function abortingWith(signal: AbortSignal | undefined): AbortController {
  const controller = new AbortController();
  if (signal?.aborted) controller.abort();
  signal?.addEventListener("abort", () => controller.abort(), { once: true });
  return controller;
}

async function openConnections(
  address: Address,
  login: Login,
  alert: Watcher["alert"] = () => {},
): Promise<Connections> {
  const name = at(address);
  try {
    const { finder, entry } = await discoverTopology(address, login);
    return await Connections.open({ finder, login, at: name, retryForMs: address.retryForMs, alert }, entry);
  } catch (error) {
    // A server may go away, or refuse a command, between its first answer and the next.
    if (error instanceof ErrorReply)
      throw migrateError("redis-denied", { at: name, words: wordsOf(error, login) }, error);
    const trouble = diagnose(error);
    if (error instanceof MigrateError || trouble.kind !== "lost") throw error;
    throw migrateError("redis-lost", { at: name, reason: trouble.reason, seconds: 0 }, error);
  }
}

/** One command, so that no crash can leave a conversation without its expiry. */
function setCommand(key: string, { value, ttl }: Entry): readonly (string | Buffer)[] {
  return ttl === null ? ["SET", key, value, "NX"] : ["SET", key, value, "EX", String(ttl), "NX"];
}

function create(connections: Connections, entry: Entry, unanswered?: Unanswered): Promise<boolean> {
  const key = entry.redisKey.reveal();
  const attempt: Attempt<boolean> = async (sender, again) => {
    if ((await sender.send(setCommand(key, entry))) !== null) return true;
    // What is there may be our own, written before its answer was lost.
    if (!again) return false;
    const now = await sender.sendForBytes(["GET", key]).catch(wrongTypeAsSuch);
    return now instanceof Buffer && now.equals(entry.value);
  };
  return connections.run(key, attempt, entry.value.length, unanswered);
}

/** The long way, for what the short one could not do; its failure is one of this one alone. */
async function alone<T>(act: () => Promise<T>): Promise<T | Failed> {
  try {
    return await act();
  } catch (error) {
    return new Failed(error);
  }
}

async function createAll(
  connections: Connections,
  entries: readonly Entry[],
  createOne: (entry: Entry, unanswered: Unanswered) => Promise<boolean>,
): Promise<(boolean | Failed)[]> {
  const replies = await connections.sendAll(
    entries.map((entry) => {
      const key = entry.redisKey.reveal();
      return { key, parameters: setCommand(key, entry), size: entry.value.length };
    }),
  );
  return Promise.all(
    entries.map((entry, at) => {
      const reply = replies[at];
      return reply instanceof Unanswered ? alone(() => createOne(entry, reply)) : reply !== null;
    }),
  );
}

const absent: Held = { state: "absent" };

/** How many of the keys exist, in one command; null where it cannot be told so, and a `Miss` where it was lost. */
async function countExisting(
  connections: Connections,
  keys: readonly string[],
): Promise<number | Unanswered | null> {
  const [key] = keys;
  // The slots of a cluster are asked one by one.
  if (key === undefined || connections.masters.topology === "cluster") return null;
  const [existing] = await connections.sendAll([{ key, parameters: ["EXISTS", ...keys] }]);
  if (existing instanceof Unanswered) return existing.lostWith === null ? null : existing;
  return Number(existing);
}

/** PTTL of a key that does not exist (https://redis.io/docs/latest/commands/pttl). */
const noSuchKey = -2;

async function readAll(
  connections: Connections,
  redisKeys: readonly Secret[],
  there: boolean,
  readOne: (redisKey: Secret, unanswered: Unanswered) => Promise<Held>,
): Promise<(Held | Failed)[]> {
  const keys = redisKeys.map((redisKey) => redisKey.reveal());
  const held = new Array<Held | Failed | Promise<Held | Failed>>(keys.length).fill(absent);
  let present: readonly number[] = [...keys.keys()];
  const existing = there ? keys.length : await countExisting(connections, keys);
  if (existing === 0) return held as Held[];
  if (existing instanceof Unanswered) {
    return Promise.all(redisKeys.map((redisKey) => alone(() => readOne(redisKey, existing))));
  }
  if (existing !== keys.length) {
    const lives = await connections.sendAll(keys.map((key) => ({ key, parameters: ["PTTL", key] })));
    for (const [at, life] of lives.entries()) {
      if (life instanceof Unanswered) held[at] = alone(() => readOne(redisKeys[at] as Secret, life));
    }
    present = present.filter((at) => lives[at] !== noSuchKey && !(lives[at] instanceof Unanswered));
  }
  const asked = present.map((at) => keys[at] as string);
  const [values, lives] = await Promise.all([
    getAll(connections, asked),
    connections.sendAll(asked.map((key) => ({ key, parameters: ["PTTL", key] }))),
  ]);
  for (const [place, at] of present.entries()) {
    const [value, life] = [values[place], lives[place]];
    const unanswered = value instanceof Unanswered ? value : life;
    if (unanswered instanceof Unanswered)
      held[at] = alone(() => readOne(redisKeys[at] as Secret, unanswered));
    else if (value instanceof Buffer && life !== noSuchKey) held[at] = heldString(value, Number(life));
    // It is of another type, or came or went between the two answers.
    else if (value instanceof Buffer || life !== noSuchKey)
      held[at] = alone(() => readOne(redisKeys[at] as Secret, new Unanswered()));
  }
  return Promise.all(held);
}

/** The values of keys as bytes, in one command where one server has them all; a `Miss` where it was not answered. */
async function getAll(connections: Connections, keys: readonly string[]): Promise<unknown[]> {
  const [key] = keys;
  if (key === undefined) return [];
  if (connections.masters.topology !== "cluster") {
    const [values] = await connections.sendAll([{ key, parameters: ["MGET", ...keys], bytes: true }]);
    if (Array.isArray(values)) return values;
    if (values instanceof Unanswered && values.lostWith !== null) return keys.map(() => values);
    // Some may not MGET.
  }
  return connections.sendAll(keys.map((one) => ({ key: one, parameters: ["GET", one], bytes: true })));
}

function heldString(value: Buffer, ttlMs: number): Held {
  return { state: "string", value, ttl: ttlMs < 0 ? null : ttlMs / 1000 };
}

function read(connections: Connections, redisKey: Secret, unanswered?: Unanswered): Promise<Held> {
  const key = redisKey.reveal();
  const attempt: Attempt<Held> = async (sender) => {
    const [value, ttl] = await Promise.all([
      sender.sendForBytes(["GET", key]).catch(wrongTypeAsSuch),
      sender.send(["PTTL", key]).then(Number),
    ]);
    if (value === wrongType) return { state: "other", type: String(await sender.send(["TYPE", key])) };
    if (!(value instanceof Buffer)) return { state: "absent" };
    return heldString(value, ttl);
  };
  return connections.run(key, attempt, 0, unanswered);
}

const wrongType = Symbol("wrong type");

function wrongTypeAsSuch(error: unknown): typeof wrongType {
  if (error instanceof ErrorReply && error.message.startsWith("WRONGTYPE")) return wrongType;
  throw error;
}

function dump(connections: Connections, redisKey: Secret): ReturnType<Store["dump"]> {
  const key = redisKey.reveal();
  return connections.run(key, async (sender) => {
    const [dumped, ttl] = await Promise.all([
      sender.sendForBytes(["DUMP", key]),
      sender.send(["PTTL", key]).then(Number),
    ]);
    return dumped instanceof Buffer ? { dump: dumped, ttlMs: ttl < 0 ? null : ttl } : null;
  });
}

/**
 * Asks each server for its time once, and from then on goes by this machine's monotonic clock, which nobody sets.
 */
function timeTeller(connections: Connections): Store["timeAt"] {
  const startOf = new Map<string, Promise<number>>();
  const ask = async (key: string): Promise<number> => {
    try {
      // Within one try: waiting for Redis to come back is no part of its answer.
      return await connections.run(key, async (sender) => {
        const sent = performance.now();
        const reply = await sender.send(["TIME"]);
        const [seconds = 0, microseconds = 0] = (reply as readonly unknown[]).map(Number);
        return seconds * 1000 + microseconds / 1000 - (sent + performance.now()) / 2;
      });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return Date.now() - performance.now();
    }
  };
  return async (redisKey) => {
    const key = redisKey.reveal();
    const server = connections.masters.nameOfOwner(key);
    let start = startOf.get(server);
    if (start === undefined) {
      start = ask(key);
      startOf.set(server, start);
      // One that failed is no answer for those who ask later.
      start.catch(() => startOf.delete(server));
    }
    return Math.round((await start) + performance.now());
  };
}

/** What a replacement puts in the place of a value; empty where it is no value. */
export function payloadOf(replacement: Replacement): string | Buffer {
  if (replacement.how === "set") return replacement.value;
  return replacement.how === "restore" ? replacement.dump : "";
}

function replace(
  connections: Connections,
  redisKey: Secret,
  { of, sha1 }: Digest,
  replacement: Replacement,
): Promise<boolean> {
  const key = redisKey.reveal();
  const ttlMs = replacement.how === "delete" ? null : replacement.ttlMs;
  const life = ttlMs === null ? "" : String(Math.max(1, Math.round(ttlMs)));
  const payload = payloadOf(replacement);
  const parameters = ["1", key, of, sha1, replacement.how, payload, life];
  const attempt: Attempt<boolean> = async (sender, again) => {
    const done = Number(await callScript(sender, parameters)) === 1;
    // What is there may be our own, put there before the answer was lost.
    return done || (again && (await hasLanded(sender, key, replacement)));
  };
  return connections.run(key, attempt, payload.length);
}

/** EVALSHA, and EVAL where this node does not know the script yet. */
async function callScript(sender: Sender, parameters: readonly (string | Buffer)[]): Promise<unknown> {
  try {
    return await sender.send(["EVALSHA", compareAndSetScript.sha1, ...parameters]);
  } catch (error) {
    if (!(error instanceof ErrorReply && error.message.startsWith("NOSCRIPT"))) throw error;
    return sender.send(["EVAL", compareAndSetScript.lua, ...parameters]);
  }
}

async function hasLanded(sender: Sender, key: string, replacement: Replacement): Promise<boolean> {
  // An expiry leaves the value as it was compared, so the script itself does it again.
  if (replacement.how === "expire") return false;
  if (replacement.how === "delete") return Number(await sender.send(["PTTL", key])) === noSuchKey;
  const command = replacement.how === "set" ? "GET" : "DUMP";
  const now = await sender.sendForBytes([command, key]).catch(wrongTypeAsSuch);
  return now instanceof Buffer && Buffer.from(payloadOf(replacement)).equals(now);
}

function wordsOfLimit({ bytes, setting }: LargestValue, length: number): string {
  return `this value has ${length} bytes, and Redis takes no more than ${bytes} (${setting})`;
}

/** @param sent bytes of the value that was sent; 0 where one was read */
function wordsOfHangUp({ held }: HangUp, sent: number): string {
  const who = "Redis, or a proxy before it, closes the connection each time";
  if (sent > 0) {
    return `${who} this value of ${sizeOf(sent)} is sent: see client-query-buffer-limit and proto-max-bulk-len`;
  }
  const value = held === null ? "value" : `value of ${sizeOf(held)}`;
  return `${who} the ${value} under its key is read: see client-output-buffer-limit`;
}

function sizeOf(bytes: number): string {
  return bytes < 1e5 ? `${bytes} bytes` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Turns Redis' error replies into refusals whose words are fit to print. */
type Teller = <T>(act: () => Promise<T>, redisKey?: Secret, value?: string | Buffer) => Promise<T>;

function tellerOf(address: Address): Teller {
  return async (act, redisKey, value = "") => {
    try {
      return await act();
    } catch (error) {
      if (error instanceof HangUp) throw new Refusal(wordsOfHangUp(error, value.length), { cause: error });
      if (!(error instanceof ErrorReply)) throw error;
      // A proxy may quote the key, or the id alone, which is what stands behind one of the key's colons.
      const parts = (redisKey?.reveal() ?? "").split(":");
      const tails = parts.map((_, at) => parts.slice(at).join(":"));
      const words = wordsOf(error, address, [...tails, value.toString()]);
      const why = isProtocolError(error)
        ? ` (${sizeOf(value.length)} were sent: see proto-max-bulk-len)`
        : "";
      throw new Refusal(`${words}${why}`, { cause: error });
    }
  };
}
