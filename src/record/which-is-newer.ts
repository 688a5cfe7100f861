import type { Kind } from "../types/kind.js";
import { type Fields, isFields, sameValue } from "./json-object.js";
import { isOfOneId } from "./merge.js";
import { isLater, newerOf, recencyOf } from "./recency.js";
import { hasId, isAmong, MessageSet } from "./same-message.js";

/**
 * Whether one version of a record provably continues another (it "goes on from it", where people read it), so that
 * nothing is lost where it takes the other's place. Every version continues its equal; of two versions neither may
 * continue the other, or each.
 *
 * Records of different ids never do. A conversation does when it holds the other's last message: the app trims old
 * messages, and adds new ones. Where each holds the other's last, and each has some that the other lacks, trimming does not
 * explain that, and neither does. One without messages, which may have been emptied on purpose, is continued by any
 * version that is not less recent. An API key does by `queries`, then `tokens`; where both are equal, all but `balance` must be.
 */
export function continues(kind: Kind, later: unknown, earlier: unknown): boolean {
  if (!isFields(later) || !isFields(earlier) || !isOfOneId(kind, later, earlier)) return false;
  if (kind === "key") return keyContinues(later, earlier);
  const [now, before]: unknown[] = [later.messages, earlier.messages];
  if (!Array.isArray(now) || !Array.isArray(before)) return false;
  if (before.length === 0) return !isLater(recencyOf(kind, earlier), recencyOf(kind, later));
  if (!holdsLastOf(before, now)) return false;
  return !holdsLastOf(now, before) || holdsAllOf(before, now) || holdsAllOf(now, before);
}

/** Whether the last of some messages is among others. */
function holdsLastOf(messages: readonly unknown[], others: readonly unknown[]): boolean {
  const last = messages.at(-1);
  if (hasIdOrDate(last)) return isAmong(last, others.filter(isFields));
  // By its content alone a message proves nothing, for people often say the same: then all of them must be held.
  return holdsAllOf(messages, others);
}

function holdsAllOf(messages: readonly unknown[], others: readonly unknown[]): boolean {
  const set = new MessageSet(others.filter(isFields));
  return messages.every((message) => isFields(message) && set.has(message));
}

/**
 * Which of two different versions of a record stays under the policy `newer`: the one that continues the other. Where
 * each does, a conversation is the one that was active later, else the longer one; of an API key, whose `balance` alone
 * differs then, Redis' version stays. Null where neither is proven to.
 */
export function laterOf(kind: Kind, redis: unknown, file: unknown): "redis" | "file" | null {
  const fileContinues = continues(kind, file, redis);
  const redisContinues = continues(kind, redis, file);
  if (fileContinues !== redisContinues) return fileContinues ? "file" : "redis";
  if (!fileContinues) return null;
  if (kind === "key") return "redis";
  return newerOf(kind, redis, file) ?? longerOf(redis, file);
}

function longerOf(redis: unknown, file: unknown): "redis" | "file" | null {
  const [held, expected] = [redis, file].map(
    (side) => (side as { messages: readonly unknown[] }).messages.length,
  );
  if (held === undefined || expected === undefined || held === expected) return null;
  return held > expected ? "redis" : "file";
}

/** Whether something distinguishes a message from others with the same content. */
function hasIdOrDate(message: unknown): message is Fields {
  return isFields(message) && (hasId(message) || typeof message.date === "number");
}

function keyContinues(later: Fields, earlier: Fields): boolean {
  const [now, before] = [recencyOf("key", later), recencyOf("key", earlier)];
  // Without counters on both sides nothing says which came first.
  if (now !== null && before !== null && isLater(now, before)) return true;
  return (
    !isLater(before, now) &&
    !isLater(now, before) &&
    sameValue(withoutBalance(later), withoutBalance(earlier))
  );
}

function withoutBalance(key: Fields): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(key).filter(([field]) => field !== "balance"));
}
