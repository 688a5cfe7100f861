import type { Kind } from "../model.js";

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function finite(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/**
 * How recent a record is, as numbers to compare in turn; null when it does not tell.
 * A conversation: `lastActive`, or else the `date` of its last message (ms since 1970).
 * An API key: `queries`, then `tokens`, which only ever grow.
 */
function recencyOf(kind: Kind, record: unknown): readonly number[] | null {
  if (!isObject(record)) return null;
  if (kind === "key") {
    const queries = finite(record.queries);
    return queries === null ? null : [queries, finite(record.tokens) ?? 0];
  }
  const lastActive = finite(record.lastActive);
  if (lastActive !== null) return [lastActive];
  const last: unknown = Array.isArray(record.messages) ? record.messages.at(-1) : undefined;
  const date = isObject(last) ? finite(last.date) : null;
  return date === null ? null : [date];
}

/** Which of two versions of a record is the newer; null when they tie or do not tell. */
export function newerOf(kind: Kind, redis: unknown, file: unknown): "redis" | "file" | null {
  const held = recencyOf(kind, redis);
  const expected = recencyOf(kind, file);
  if (held === null || expected === null) return null;
  for (const [at, value] of held.entries()) {
    const other = expected[at] ?? 0;
    if (value !== other) return value > other ? "redis" : "file";
  }
  return null;
}
