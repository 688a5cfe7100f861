import type { Kind } from "../types/kind.js";
import { type Fields, isFields } from "./json-object.js";
import { MessageSet } from "./same-message.js";

/** Counters of an API key, which only ever grow. */
const counters = ["queries", "tokens", "balance"];

/**
 * Two versions of one record as one, serialised. A conversation has the messages of both, the same one once, in order
 * of date; of an API key, each counter is the larger one. Other fields are the newer side's, or Redis' where neither is
 * newer, and what only the other has is added. Merging the result again changes nothing.
 * @returns null where one of them is no such record, or they are of different ids
 */
export function merge(
  kind: Kind,
  redis: unknown,
  file: unknown,
  newer: "redis" | "file" | null,
): string | null {
  if (!isFields(redis) || !isFields(file) || !isOfOneId(kind, redis, file)) return null;
  const [later, earlier] = newer === "file" ? [file, redis] : [redis, file];
  const merged = { ...later };
  for (const [field, value] of Object.entries(earlier)) {
    if (!Object.hasOwn(merged, field)) define(merged, field, value);
  }
  if (kind === "key") {
    for (const counter of counters) {
      const [a, b] = [later[counter], earlier[counter]];
      if (typeof a === "number" || typeof b === "number") define(merged, counter, larger(a, b));
    }
    return JSON.stringify(merged);
  }
  const [held, expected] = [redis.messages, file.messages];
  if (!isMessages(held) || !isMessages(expected)) return null;
  define(
    merged,
    "messages",
    newer === "file" ? mergeMessages(expected, held, true) : mergeMessages(held, expected, false),
  );
  return JSON.stringify(merged);
}

/** Whether two records are of one id, or one API key: under one Redis key, another may have been put by mistake. */
export function isOfOneId(kind: Kind, one: Fields, other: Fields): boolean {
  return kind === "key" ? one.key === other.key : String(one.id) === String(other.id);
}

/** Sets an own member, also one called `__proto__`. */
function define(fields: object, name: string, value: unknown): void {
  Object.defineProperty(fields, name, { value, writable: true, enumerable: true, configurable: true });
}

function isMessages(value: unknown): value is readonly Fields[] {
  return Array.isArray(value) && value.every(isFields);
}

function larger(a: unknown, b: unknown): unknown {
  if (typeof a !== "number") return b;
  return typeof b === "number" && b > a ? b : a;
}

/**
 * Messages of both sides by date; of the same one the later side's fields stay. A message without a date follows
 * the one before it on its side, and those of one date stay in the order file, Redis.
 */
function mergeMessages(later: readonly Fields[], earlier: readonly Fields[], laterIsFile: boolean): Fields[] {
  const known = new MessageSet(later);
  const added = dated(earlier).filter(({ message }) => !known.has(message));
  const all = laterIsFile ? [...dated(later), ...added] : [...added, ...dated(later)];
  return all.sort((a, b) => a.date - b.date).map(({ message }) => message);
}

interface Dated {
  readonly message: Fields;
  readonly date: number;
}

function dated(messages: readonly Fields[]): Dated[] {
  let last = Number.NEGATIVE_INFINITY;
  return messages.map((message) => {
    if (typeof message.date === "number") last = message.date;
    return { message, date: last };
  });
}
