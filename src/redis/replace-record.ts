import type { Secret } from "../secret.js";
import { compareAndSetScript } from "./compare-and-set-script.js";
import type { Connections } from "./connections.js";
import type { Failed } from "./failed-one-of-many.js";
import { getOrWrongType, noSuchKey } from "./read-record.js";
import { callScript, callScriptForAll, type ScriptCall } from "./script.js";
import type { Attempt, Sender, Unanswered } from "./send-command.js";

/** How to tell that a key still holds what it held: by the SHA-1 of its string, or, of another type, of its DUMP. */
export interface Digest {
  readonly of: "value" | "dump";
  readonly sha1: string;
}

/** When what is put there leaves Redis, in ms since 1970: wins over `ttlMs`; null or absent where that says it. */
interface ExpiresAt {
  readonly expiresAt?: number | null;
}

/** What to put in the place of what a key holds, or of its expiry alone. `ttlMs` is null for ever. */
export type Replacement =
  | ({ readonly how: "set"; readonly value: Buffer; readonly ttlMs: number | null } & ExpiresAt)
  | ({ readonly how: "expire"; readonly ttlMs: number | null } & ExpiresAt)
  | { readonly how: "restore"; readonly dump: Buffer; readonly ttlMs: number | null }
  | { readonly how: "delete" };

/** A replacement for what a key holds, if it is still what `digest` says. */
export interface Change {
  readonly redisKey: Secret;
  readonly digest: Digest;
  readonly replacement: Replacement;
}

/** What a replacement puts in the place of a value; empty where it is no value. */
export function payloadOf(replacement: Replacement): string | Buffer {
  if (replacement.how === "set") return replacement.value;
  return replacement.how === "restore" ? replacement.dump : "";
}

function callOf({ redisKey, digest, replacement }: Change): ScriptCall {
  const payload = payloadOf(replacement);
  const parameters = [digest.of, digest.sha1, replacement.how, payload, ...expiryOf(replacement)];
  return { key: redisKey.reveal(), parameters, size: payload.length };
}

/** The expiry as the script knows it. */
function expiryOf(replacement: Replacement): readonly string[] {
  if (replacement.how === "delete") return [""];
  if ("expiresAt" in replacement && replacement.expiresAt) return [String(replacement.expiresAt), "at"];
  const { ttlMs } = replacement;
  return [ttlMs === null ? "" : String(Math.max(1, Math.round(ttlMs)))];
}

/** Replaces what a key holds. One step on the server. @returns whether it still held what it was compared with */
export function replaceRecord(
  connections: Connections,
  change: Change,
  unanswered?: Unanswered,
): Promise<boolean> {
  const call = callOf(change);
  const attempt: Attempt<boolean> = async (sender, again) => {
    const done = isDone(await callScript(sender, compareAndSetScript, call));
    // What is there may be our own, put there before the answer was lost.
    return done || (again && (await isReplaced(sender, call.key, change.replacement)));
  };
  return connections.run(call.key, attempt, call.size, unanswered);
}

/** @param replaceOne what is done for each that was not answered among the others */
export function replaceManyRecords(
  connections: Connections,
  changes: readonly Change[],
  replaceOne: (change: Change, unanswered: Unanswered) => Promise<boolean>,
): Promise<readonly (boolean | Failed)[]> {
  const alone = (at: number, unanswered: Unanswered) => replaceOne(changes[at] as Change, unanswered);
  return callScriptForAll(connections, compareAndSetScript, changes.map(callOf), isDone, alone);
}

function isDone(reply: unknown): boolean {
  return Number(reply) === 1;
}

async function isReplaced(sender: Sender, key: string, replacement: Replacement): Promise<boolean> {
  // An expiry leaves the value as it was compared, so the script itself does it again.
  if (replacement.how === "expire") return false;
  if (replacement.how === "delete") return Number(await sender.send(["PTTL", key])) === noSuchKey;
  const command = replacement.how === "set" ? "GET" : "DUMP";
  const now = await getOrWrongType(sender, [command, key]);
  return now instanceof Buffer && Buffer.from(payloadOf(replacement)).equals(now);
}
