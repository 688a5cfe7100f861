import { isUtf8 } from "node:buffer";
import { ErrorReply, RESP_TYPES } from "redis";
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

/** How to tell that a key still holds what it held: by the SHA-1 of its string, or, of another type, of its DUMP. */
export interface Digest {
  readonly of: "value" | "dump";
  readonly sha1: string;
}

/** What to put in the place of what a key holds. `ttlMs` is null for ever. */
export type Replacement =
  | { readonly how: "set"; readonly value: string | Buffer; readonly ttlMs: number | null }
  | { readonly how: "restore"; readonly dump: Buffer; readonly ttlMs: number | null }
  | { readonly how: "delete" };

/** The few things a migration asks of Redis. Each may throw a `Refusal`, or MigrateError `redis-lost`. */
export interface Store {
  /** Such as `redis 7.0.15`; null where the server does not tell. */
  readonly server: string | null;
  /** Writes the entry, value and expiry at once, if nothing is there yet. @returns whether it was written */
  create(entry: Entry): Promise<boolean>;
  read(redisKey: Secret): Promise<Held>;
  /** What a key of any type holds, as DUMP gives it, and its ms to live; null where there is nothing. */
  dump(redisKey: Secret): Promise<{ readonly dump: Buffer; readonly ttlMs: number | null } | null>;
  /** Replaces what a key holds, if it is still what `digest` says. One step on the server. @returns whether it was */
  replace(redisKey: Secret, digest: Digest, replacement: Replacement): Promise<boolean>;
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
    dump: (redisKey) => dump(client, address, redisKey),
    replace: (redisKey, digest, replacement) => replace(client, address, redisKey, digest, replacement),
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
    throw storeError(address, error, redisKey, value);
  }
}

async function read(client: Client, address: Address, redisKey: Secret): Promise<Held> {
  const key = redisKey.reveal();
  try {
    const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    const [value, ttl] = await Promise.all([bytes.get(key).catch(wrongTypeAsNull), client.pTTL(key)]);
    if (value === wrongType) return { state: "other", type: await client.type(key) };
    if (value === null) return { state: "absent" };
    const held = {
      state: "string",
      value: value.toString("utf8"),
      ttl: ttl < 0 ? null : ttl / 1000,
    } as const;
    return isUtf8(value) ? held : { ...held, raw: value };
  } catch (error) {
    throw storeError(address, error, redisKey);
  }
}

async function dump(client: Client, address: Address, redisKey: Secret): ReturnType<Store["dump"]> {
  const key = redisKey.reveal();
  try {
    const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    const [dumped, ttl] = await Promise.all([bytes.dump(key), client.pTTL(key)]);
    return dumped === null ? null : { dump: dumped as unknown as Buffer, ttlMs: ttl < 0 ? null : ttl };
  } catch (error) {
    throw storeError(address, error, redisKey);
  }
}

async function replace(
  client: Client,
  address: Address,
  redisKey: Secret,
  { of, sha1 }: Digest,
  replacement: Replacement,
): Promise<boolean> {
  const payload =
    replacement.how === "set" ? replacement.value : replacement.how === "restore" ? replacement.dump : "";
  const ttl = replacement.how === "delete" ? null : replacement.ttlMs;
  try {
    const life = ttl === null ? "" : String(Math.max(1, Math.round(ttl)));
    return (await client.replace(redisKey.reveal(), of, sha1, replacement.how, payload, life)) === 1;
  } catch (error) {
    throw storeError(address, error, redisKey, payload.toString());
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

/** Longer words than this are no server's own. */
const longestWords = 200;

function storeError(address: Address, error: unknown, redisKey?: Secret, value = ""): Error {
  if (error instanceof ErrorReply) {
    // A proxy may quote the key, or the id alone, which is what stands behind one of the key's colons.
    const parts = (redisKey?.reveal() ?? "").split(":");
    const tails = parts.map((_, at) => parts.slice(at).join(":")).filter((tail) => tail.length > 3);
    const words = redact(error.message, [...tails, value, address.password?.reveal() ?? ""]);
    return new Refusal(words.slice(0, longestWords), { cause: error });
  }
  const reason = error instanceof Error ? error.message : "unknown";
  return migrateError("redis-lost", { at: at(address), reason }, error);
}
