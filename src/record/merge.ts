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
  const merged = mergeVersions(kind, [file, redis], newer === "file" ? [0, 1] : [1, 0]);
  return merged === null ? null : JSON.stringify(merged);
}

/**
 * Any number of versions of one record as one, by the same rules.
 * @param versions in the order in which messages of one date stay
 * @param ranked their places in that order, the newest one's first
 * @returns null where one of them is no such record, or they are of different ids
 */
export function mergeVersions(
  kind: Kind,
  versions: readonly unknown[],
  ranked: readonly number[],
): Fields | null {
  const [latest, ...others] = ranked.map((place) => versions[place]);
  if (!isFields(latest)) return null;
  const merged = { ...latest };
  for (const other of others) {
    if (!isFields(other) || !isOfOneId(kind, latest, other)) return null;
    for (const [field, value] of Object.entries(other)) {
      if (!Object.hasOwn(merged, field)) define(merged, field, value);
    }
    if (kind === "conversation") continue;
    for (const counter of counters) {
      const [a, b] = [merged[counter], other[counter]];
      if (typeof a === "number" || typeof b === "number") define(merged, counter, larger(a, b));
    }
  }
  if (kind === "key") return merged;
  const messages = messagesOfAll(versions);
  if (messages === null) return null;
  define(merged, "messages", mergeMessages(messages, ranked));
  return merged;
}

/** Whether two records are of one id, or one API key: under one Redis key, another may have been put by mistake. */
export function isOfOneId(kind: Kind, one: Fields, other: Fields): boolean {
  return kind === "key" ? one.key === other.key : String(one.id) === String(other.id);
}

/** Sets an own member, also one called `__proto__`. */
function define(fields: object, name: string, value: unknown): void {
  Object.defineProperty(fields, name, { value, writable: true, enumerable: true, configurable: true });
}

type Messages = readonly Fields[];

/** The messages of conversations; null where one of them has no list of such. */
function messagesOfAll(conversations: readonly unknown[]): readonly Messages[] | null {
  const all = conversations.map((one) => (isFields(one) ? one.messages : null));
  return all.every(isMessages) ? all : null;
}

function isMessages(value: unknown): value is Messages {
  return Array.isArray(value) && value.every(isFields);
}

function larger(a: unknown, b: unknown): unknown {
  if (typeof a !== "number") return b;
  return typeof b === "number" && b > a ? b : a;
}

/**
 * Messages of all versions by date; of the same one the newest version's fields stay. A message without a date follows
 * the one before it in its version, and those of one date stay in the order of the versions.
 */
function mergeMessages(versions: readonly Messages[], ranked: readonly number[]): Fields[] {
  const known = new MessageSet([]);
  const kept: (readonly Dated[])[] = [];
  for (const [rank, place] of ranked.entries()) {
    const all = dated(versions[place] ?? []);
    const added = rank === 0 ? all : all.filter(({ message }) => !known.has(message));
    kept[place] = added;
    if (rank + 1 < ranked.length) known.add(added.map(({ message }) => message));
  }
  return kept
    .flat()
    .sort((a, b) => a.date - b.date)
    .map(({ message }) => message);
}

interface Dated {
  readonly message: Fields;
  readonly date: number;
}

function dated(messages: Messages): Dated[] {
  let last = Number.NEGATIVE_INFINITY;
  return messages.map((message) => {
    if (typeof message.date === "number") last = message.date;
    return { message, date: last };
  });
}
