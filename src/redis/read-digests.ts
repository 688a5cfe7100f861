import type { Secret } from "../secret.js";
import type { Connections } from "./connections.js";
import type { Failed } from "./failed-one-of-many.js";
import { callScript, callScriptForAll, type ScriptCall, scriptOf } from "./script.js";
import type { Sender, Unanswered } from "./send-command.js";

/** What a key holds, by the SHA-1 of its string; `ttlMs` is null for ever. */
export type HeldDigest =
  | { readonly state: "absent" | "other" }
  | { readonly state: "string"; readonly sha1: string; readonly ttlMs: number | null };

/** KEYS[1]. @returns the SHA-1 in hex of its string and its PTTL; or `absent`, or `other` for another type */
const digestScript = scriptOf(`
local held = redis.pcall('GET', KEYS[1])
if type(held) == 'string' then return {redis.sha1hex(held), redis.call('PTTL', KEYS[1])} end
if not held then return {'absent'} end
if string.find(held.err, 'WRONGTYPE', 1, true) then return {'other'} end
return held`);

function callOf(redisKey: Secret): ScriptCall {
  return { key: redisKey.reveal(), parameters: [], size: 0 };
}

export function readDigest(
  connections: Connections,
  redisKey: Secret,
  unanswered?: Unanswered,
): Promise<HeldDigest> {
  const call = callOf(redisKey);
  const attempt = (sender: Sender) => callScript(sender, digestScript, call).then(heldDigest);
  return connections.run(call.key, attempt, 0, unanswered);
}

/** @param readOne what is done for each that was not answered among the others */
export function readManyDigests(
  connections: Connections,
  redisKeys: readonly Secret[],
  readOne: (redisKey: Secret, unanswered: Unanswered) => Promise<HeldDigest>,
): Promise<readonly (HeldDigest | Failed)[]> {
  const alone = (at: number, unanswered: Unanswered) => readOne(redisKeys[at] as Secret, unanswered);
  return callScriptForAll(connections, digestScript, redisKeys.map(callOf), heldDigest, alone);
}

function heldDigest(reply: unknown): HeldDigest {
  const [text, ttlMs = -1] = reply as readonly [string | Buffer, number?];
  const found = String(text);
  if (found === "absent" || found === "other") return { state: found };
  return { state: "string", sha1: found, ttlMs: ttlMs < 0 ? null : Number(ttlMs) };
}

/** Whether all of many keys are there, for certain: false in a cluster, where no command asks for keys of several slots. */
export async function allExist(connections: Connections, redisKeys: readonly Secret[]): Promise<boolean> {
  const keys = redisKeys.map((redisKey) => redisKey.reveal());
  const [key] = keys;
  if (key === undefined || connections.masters.topology === "cluster") return false;
  const [count] = await connections.sendAll([{ key, parameters: ["EXISTS", ...keys] }]);
  return Number(count) === keys.length;
}
