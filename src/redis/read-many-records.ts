import type { Secret } from "../secret.js";
import type { Held } from "../types/comparison.js";
import type { Connections } from "./connections.js";
import { allOf, type Failed, orFailed } from "./failed-one-of-many.js";
import { getValues } from "./get-values.js";
import { heldString, noSuchKey } from "./read-record.js";
import { Unanswered, unsent } from "./send-command.js";

/**
 * @param there whether most of the keys are thought to exist, which saves a round trip where it is so
 * @param readOne what is done for each that was not answered among the others
 */
export async function readManyRecords(
  connections: Connections,
  redisKeys: readonly Secret[],
  there: boolean,
  readOne: (redisKey: Secret, unanswered: Unanswered) => Promise<Held>,
): Promise<readonly (Held | Failed)[]> {
  const keys = redisKeys.map((redisKey) => redisKey.reveal());
  const alone = (at: number, unanswered: Unanswered) =>
    orFailed(() => readOne(redisKeys[at] as Secret, unanswered));
  const held = new Array<Held | Failed | Promise<Held | Failed>>(keys.length).fill({ state: "absent" });
  const existing = there ? keys.length : await countExisting(connections, keys);
  if (existing === 0) return allOf(held);
  if (existing instanceof Unanswered) return Promise.all(keys.map((_, at) => alone(at, existing)));
  let present: readonly number[] = [...keys.keys()];
  if (existing !== keys.length) {
    const ttls = await ttlsOf(connections, keys);
    for (const [at, ttl] of ttls.entries()) if (ttl instanceof Unanswered) held[at] = alone(at, ttl);
    present = present.filter((at) => ttls[at] !== noSuchKey && !(ttls[at] instanceof Unanswered));
  }
  const asked = present.map((at) => keys[at] as string);
  const [values, ttls] = await Promise.all([getValues(connections, asked), ttlsOf(connections, asked)]);
  for (const [place, at] of present.entries()) {
    const [value, ttl] = [values[place], ttls[place]];
    if (value instanceof Unanswered || ttl instanceof Unanswered)
      held[at] = alone(at, value instanceof Unanswered ? value : (ttl as Unanswered));
    else if (value instanceof Buffer && ttl !== noSuchKey) held[at] = heldString(value, Number(ttl));
    // It is of another type, or came or went between the two answers.
    else if (value instanceof Buffer || ttl !== noSuchKey) held[at] = alone(at, unsent);
  }
  return allOf(held);
}

/** How many of the keys exist, in one command; null where that does not say, `Unanswered` where it was lost. */
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

function ttlsOf(connections: Connections, keys: readonly string[]): Promise<readonly unknown[]> {
  return connections.sendAll(keys.map((key) => ({ key, parameters: ["PTTL", key] })));
}
