import type { Kind } from "../types/kind.js";
import { isFields } from "./json-object.js";

/** How recent a record is, as numbers to compare in turn. */
export type Recency = readonly number[];

function finite(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/**
 * How recent a record is; null when nothing says so.
 * A conversation: `lastActive`, or else the `date` of its last message (ms since 1970).
 * An API key: `queries`, then `tokens`, which only ever grow.
 */
export function recencyOf(kind: Kind, record: unknown): Recency | null {
  if (!isFields(record)) return null;
  if (kind === "key") {
    const queries = finite(record.queries);
    // With something else in place of a number, two that tie in queries cannot be told apart.
    const tokens = record.tokens === undefined ? 0 : (finite(record.tokens) ?? Number.NaN);
    return queries === null ? null : [queries, tokens];
  }
  const lastActive = finite(record.lastActive);
  if (lastActive !== null) return [lastActive];
  const last: unknown = Array.isArray(record.messages) ? record.messages.at(-1) : undefined;
  const date = isFields(last) ? finite(last.date) : null;
  return date === null ? null : [date];
}

/** Whether `a` is later than `b`. What is null is never later, and earlier than anything else. */
export function isLater(a: Recency | null, b: Recency | null): boolean {
  if (a === null || b === null) return a !== null && b === null;
  const index = a.findIndex((value, place) => value !== b[place]);
  return index >= 0 && (a[index] ?? 0) > (b[index] ?? 0);
}

/** Which of two versions of a record is the newer; null when they tie, or of one it is not known. */
export function newerOf(kind: Kind, redis: unknown, file: unknown): "redis" | "file" | null {
  const [held, expected] = [recencyOf(kind, redis), recencyOf(kind, file)];
  if (held === null || expected === null) return null;
  if (isLater(held, expected)) return "redis";
  return isLater(expected, held) ? "file" : null;
}

/**
 * The same, for merging, which puts messages in the order of their dates: without `lastActive` the latest date counts,
 * wherever it stands, and a conversation that has none is the older one. Else a second merge might decide otherwise.
 */
export function newerToMerge(kind: Kind, redis: unknown, file: unknown): "redis" | "file" | null {
  if (kind === "key") return newerOf(kind, redis, file);
  const [held, expected] = [latestOf(redis), latestOf(file)];
  if (held === expected) return null;
  return held > expected ? "redis" : "file";
}

function latestOf(record: unknown): number {
  if (!isFields(record)) return Number.NEGATIVE_INFINITY;
  const messages: readonly unknown[] = Array.isArray(record.messages) ? record.messages : [];
  const dates = messages.map((message) => (isFields(message) ? finite(message.date) : null));
  const latest = dates.reduce<number>((most, date) => Math.max(most, date ?? most), Number.NEGATIVE_INFINITY);
  return finite(record.lastActive) ?? latest;
}
