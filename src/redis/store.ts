import { ErrorReply } from "redis";
import { migrateError } from "../errors.js";
import type { Entry, Held } from "../model.js";
import type { Secret } from "../secret.js";
import { redact } from "../secret.js";
import type { Address } from "../target/address.js";
import { at } from "../target/address.js";
import type { Client } from "./connect.js";
import { connect } from "./connect.js";

/** Redis answered one command with an error; `message` holds its words, without keys or arguments. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** The few things a migration asks of Redis. Each may throw a `Refusal`, or MigrateError `redis-lost`. */
export interface Store {
  /** Such as `redis 7.0.15`; null where the server does not tell. */
  readonly server: string | null;
  /** Writes the entry, value and expiry at once, if nothing is there yet. @returns whether it was written */
  create(entry: Entry): Promise<boolean>;
  read(redisKey: Secret): Promise<Held>;
  /** Keys that match a glob pattern, in batches; a key may come twice (SCAN's guarantee). */
  scan(pattern: string): AsyncIterable<readonly string[]>;
  close(): Promise<void>;
}

/** Keys asked for at a time: SCAN's COUNT. */
const scanCount = 1000;

/**
 * Connects to a standalone server.
 * @throws MigrateError as `connect` does
 */
export async function openStore(address: Address, signal?: AbortSignal): Promise<Store> {
  const client = await connect(address, signal);
  return {
    server: await serverOf(client),
    create: (entry) => create(client, address, entry),
    read: (redisKey) => read(client, address, redisKey),
    scan: (pattern) => scan(client, address, pattern),
    close: async () => {
      if (client.isReady) await client.close();
      else if (client.isOpen) client.destroy();
    },
  };
}

async function serverOf(client: Client): Promise<string | null> {
  try {
    const info = await client.info("server");
    const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1];
    if (valkey !== undefined) return `valkey ${valkey}`;
    const redis = /^redis_version:(\S+)/m.exec(info)?.[1];
    return redis === undefined ? null : `redis ${redis}`;
  } catch {
    // Some users may not call INFO; nothing depends on it.
    return null;
  }
}

async function create(client: Client, address: Address, entry: Entry): Promise<boolean> {
  const { redisKey, value, ttl } = entry;
  try {
    // One command, so that no crash can leave a conversation without its expiry.
    const reply = await client.set(redisKey.reveal(), value, {
      condition: "NX",
      ...(ttl === null ? {} : { expiration: { type: "EX", value: ttl } }),
    });
    return reply === "OK";
  } catch (error) {
    throw storeError(address, error, redisKey);
  }
}

async function read(client: Client, address: Address, redisKey: Secret): Promise<Held> {
  const key = redisKey.reveal();
  try {
    const [value, ttl] = await Promise.all([client.get(key).catch(wrongTypeAsNull), client.ttl(key)]);
    if (value === wrongType) return { state: "other", type: await client.type(key) };
    // TTL answers -1 for a key without expiry, -2 for none such (https://redis.io/docs/latest/commands/ttl).
    return value === null ? { state: "absent" } : { state: "string", value, ttl: ttl < 0 ? null : ttl };
  } catch (error) {
    throw storeError(address, error, redisKey);
  }
}

const wrongType = Symbol("wrong type");

function wrongTypeAsNull(error: unknown): typeof wrongType {
  if (error instanceof ErrorReply && error.message.startsWith("WRONGTYPE")) return wrongType;
  throw error;
}

async function* scan(client: Client, address: Address, pattern: string): AsyncGenerator<string[]> {
  try {
    for await (const keys of client.scanIterator({ MATCH: pattern, COUNT: scanCount })) yield keys;
  } catch (error) {
    throw storeError(address, error);
  }
}

function storeError(address: Address, error: unknown, redisKey?: Secret): Error {
  if (error instanceof ErrorReply) {
    const key = redisKey?.reveal() ?? "";
    return new Refusal(redact(error.message, [key, address.password?.reveal() ?? ""]), { cause: error });
  }
  const reason = error instanceof Error ? error.message : "unknown";
  return migrateError("redis-lost", { at: at(address), reason }, error);
}
