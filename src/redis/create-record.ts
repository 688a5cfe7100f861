import type { Entry } from "../types/entry.js";
import type { Connections } from "./connections.js";
import { allOf, type Failed, orFailed } from "./failed-one-of-many.js";
import { getOrWrongType } from "./read-record.js";
import { type Attempt, Unanswered } from "./send-command.js";

/**
 * What stands behind the value where a record is created by SET, in one command, so that no crash can leave a
 * conversation without its expiry. It stands there so that of a file of commands that is cut short, no value is set that
 * is not whole.
 */
export function creationOptions({ ttl, expiresAt }: Entry): readonly string[] {
  // Sent again after an outage, it makes no life longer.
  if (expiresAt !== null) return ["PXAT", String(expiresAt), "NX"];
  return ttl === null ? ["NX"] : ["EX", String(ttl), "NX"];
}

/** Writes the entry, value and expiry at once, if nothing is there yet. @returns whether it was written */
export function createRecord(
  connections: Connections,
  entry: Entry,
  unanswered?: Unanswered,
): Promise<boolean> {
  const key = entry.redisKey.reveal();
  const attempt: Attempt<boolean> = async (sender, again) => {
    if ((await sender.send(["SET", key, entry.value, ...creationOptions(entry)])) !== null) return true;
    // What is there may be our own, written before its answer was lost.
    if (!again) return false;
    const now = await getOrWrongType(sender, ["GET", key]);
    return now instanceof Buffer && now.equals(entry.value);
  };
  return connections.run(key, attempt, entry.value.length, unanswered);
}

/** @param createOne what is done for each that was not answered among the others */
export async function createManyRecords(
  connections: Connections,
  entries: readonly Entry[],
  createOne: (entry: Entry, unanswered: Unanswered) => Promise<boolean>,
): Promise<readonly (boolean | Failed)[]> {
  const replies = await connections.createAll(entries);
  return allOf<boolean | Failed>(
    replies.map((reply, at) => {
      return reply instanceof Unanswered
        ? orFailed(() => createOne(entries[at] as Entry, reply))
        : reply !== null;
    }),
  );
}
