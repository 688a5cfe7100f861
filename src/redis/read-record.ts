import { ErrorReply } from "@redis/client";
import type { Secret } from "../secret.js";
import type { Held } from "../types/comparison.js";
import type { Connections } from "./connections.js";
import type { Arguments, Attempt, Sender, Unanswered } from "./send-command.js";

export function readRecord(
  connections: Connections,
  redisKey: Secret,
  unanswered?: Unanswered,
): Promise<Held> {
  const key = redisKey.reveal();
  const attempt: Attempt<Held> = async (sender) => {
    const [value, ttl] = await Promise.all([
      getOrWrongType(sender, ["GET", key]),
      sender.send(["PTTL", key]).then(Number),
    ]);
    if (value === wrongType) return { state: "other", type: String(await sender.send(["TYPE", key])) };
    if (!(value instanceof Buffer)) return { state: "absent" };
    return heldString(value, ttl);
  };
  return connections.run(key, attempt, 0, unanswered);
}

/** PTTL of a key that does not exist (https://redis.io/docs/latest/commands/pttl). */
export const noSuchKey = -2;

/** @param ttlMs as PTTL gives it */
export function heldString(value: Buffer, ttlMs: number): Held {
  return { state: "string", value, ttl: ttlMs < 0 ? null : ttlMs / 1000 };
}

export const wrongType = Symbol("wrong type");

/** The bytes that a command reads, null for none, or `wrongType` where the key holds what is no string. */
export async function getOrWrongType(sender: Sender, command: Arguments): Promise<unknown> {
  try {
    return await sender.sendForBytes(command);
  } catch (error) {
    if (error instanceof ErrorReply && error.message.startsWith("WRONGTYPE")) return wrongType;
    throw error;
  }
}

/** What a key of any type holds, as DUMP gives it; null where there is nothing. `ttlMs` is null for ever. */
export interface Dump {
  readonly dump: Buffer;
  readonly ttlMs: number | null;
}

export function dumpRecord(connections: Connections, redisKey: Secret): Promise<Dump | null> {
  const key = redisKey.reveal();
  return connections.run(key, async (sender) => {
    const [dumped, ttl] = await Promise.all([
      sender.sendForBytes(["DUMP", key]),
      sender.send(["PTTL", key]).then(Number),
    ]);
    return dumped instanceof Buffer ? { dump: dumped, ttlMs: ttl < 0 ? null : ttl } : null;
  });
}

/** What a key of any type holds, as DUMP gives it; null where there is nothing. */
export function dumpOf(connections: Connections, key: Buffer): Promise<Buffer | null> {
  return connections.run(String(key), async (sender) => {
    const dumped = await sender.sendForBytes(["DUMP", key]);
    return dumped instanceof Buffer ? dumped : null;
  });
}
