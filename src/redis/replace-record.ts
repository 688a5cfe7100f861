import { ErrorReply } from "@redis/client";
import type { Secret } from "../secret.js";
import { compareAndSetScript } from "./compare-and-set-script.js";
import type { Connections } from "./connections.js";
import { getOrWrongType, noSuchKey } from "./read-record.js";
import type { Attempt, Sender } from "./send-command.js";

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

/** What a replacement puts in the place of a value; empty where it is no value. */
export function payloadOf(replacement: Replacement): string | Buffer {
  if (replacement.how === "set") return replacement.value;
  return replacement.how === "restore" ? replacement.dump : "";
}

/** Replaces what a key holds, if it is still what `digest` says. One step on the server. @returns whether it was */
export function replaceRecord(
  connections: Connections,
  redisKey: Secret,
  { of, sha1 }: Digest,
  replacement: Replacement,
): Promise<boolean> {
  const key = redisKey.reveal();
  const ttlMs = replacement.how === "delete" ? null : replacement.ttlMs;
  const ttl = ttlMs === null ? "" : String(Math.max(1, Math.round(ttlMs)));
  const payload = payloadOf(replacement);
  const parameters = ["1", key, of, sha1, replacement.how, payload, ttl];
  const attempt: Attempt<boolean> = async (sender, again) => {
    const done = Number(await callScript(sender, parameters)) === 1;
    // What is there may be our own, put there before the answer was lost.
    return done || (again && (await isReplaced(sender, key, replacement)));
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

async function isReplaced(sender: Sender, key: string, replacement: Replacement): Promise<boolean> {
  // An expiry leaves the value as it was compared, so the script itself does it again.
  if (replacement.how === "expire") return false;
  if (replacement.how === "delete") return Number(await sender.send(["PTTL", key])) === noSuchKey;
  const command = replacement.how === "set" ? "GET" : "DUMP";
  const now = await getOrWrongType(sender, [command, key]);
  return now instanceof Buffer && Buffer.from(payloadOf(replacement)).equals(now);
}
