import { isUtf8 } from "node:buffer";
import { maskKey, mayHoldSecret } from "../secret.js";
import type { Comparison, Entry, FieldDifference, Held, Kind } from "../types.js";
import { laterOf } from "./continuation.js";
import { formatDuration } from "./duration.js";
import { type Fields, isFields, sameValue } from "./fields.js";
import { lackingHeap } from "./heap-needed.js";
import { Sameness } from "./merge.js";

/** Fields whose numbers say nothing private, and say much about what happened. */
const shownNumbers: Record<Kind, readonly string[]> = {
  conversation: [],
  key: ["queries", "tokens", "balance"],
};

/**
 * The one comparator: how what Redis holds differs from what the file says should be there. Dry-run,
 * migration and verification all ask here, so that they cannot disagree.
 *
 * Two values are the same when they are the same JSON value, whatever their white space and order of members.
 */
export function compare(entry: Entry, held: Held): Comparison {
  const simple = (relation: Comparison["relation"], fields: readonly FieldDifference[] = []): Comparison => ({
    relation,
    later: null,
    fields,
  });
  if (held.state === "absent") return simple("missing");
  if (held.state === "other")
    return simple("wrongType", [{ field: "type", redis: held.type, file: "string" }]);
  const expiry = expiryDifference(entry, held.ttl);
  const same = () => simple(expiry.length > 0 ? "expiry" : "same", expiry);
  if (held.value.equals(entry.value)) return same();
  if (lackingHeap([held.value, entry.value]) !== null) return simple("incomparable", [{ field: "value" }]);
  const [redis, file] = [parse(held.value), parse(entry.value)];
  if (redis === notJson) return simple("incomparable", [{ field: "value", redis: "not JSON", file: "JSON" }]);
  if (sameValue(redis, file)) return same();
  const fields = [...fieldDifferences(entry.kind, redis, file), ...expiry];
  return { relation: "different", later: laterOf(entry.kind, redis, file), fields };
}

const notJson = Symbol("not JSON");

function parse(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) return notJson;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return notJson;
  }
}

/** A conversation may have lived part of its time already; an API key must have none. */
function expiryDifference(entry: Entry, ttl: number | null): FieldDifference[] {
  const right = entry.ttl === null ? ttl === null : ttl !== null && ttl <= entry.ttl;
  if (right) return [];
  return [
    {
      field: "expiry",
      redis: formatDuration(ttl === null ? null : Math.round(ttl)),
      file: formatDuration(entry.ttl),
    },
  ];
}

function fieldDifferences(kind: Kind, redis: unknown, file: unknown): FieldDifference[] {
  if (!isFields(redis) || !isFields(file)) return [{ field: "value" }];
  const names = new Set([...Object.keys(file), ...Object.keys(redis)]);
  const differences: FieldDifference[] = [];
  for (const field of names) {
    const inRedis = own(redis, field);
    const inFile = own(file, field);
    if (!sameValue(inRedis, inFile)) differences.push(describe(kind, shownName(field), inRedis, inFile));
  }
  return differences;
}

/** Of a damaged or odd record, an API key may stand where a name does. */
function shownName(field: string): string {
  return mayHoldSecret(field) ? maskKey(field) : field;
}

/** A field `__proto__` is data like any other, so only own members count. */
function own(record: Fields, field: string): unknown {
  return Object.getOwnPropertyDescriptor(record, field)?.value;
}

/** Tells a difference by counts, dates and presence alone: a text of the record never leaves here. */
function describe(kind: Kind, field: string, redis: unknown, file: unknown): FieldDifference {
  if (redis === undefined) return { field, redis: "absent", file: "present" };
  if (file === undefined) return { field, redis: "present", file: "absent" };
  if (kind === "conversation" && field === "messages" && Array.isArray(redis) && Array.isArray(file)) {
    const lengths = { field, redis: redis.length, file: file.length };
    const [onlyInRedis, onlyInFile] = [lacking(redis, file), lacking(file, redis)];
    if (onlyInRedis > 0 || onlyInFile > 0) return { ...lengths, onlyInRedis, onlyInFile };
    if (redis.length !== file.length) return lengths;
    const changed = file.filter((message, at) => !sameValue(redis[at], message)).length;
    return { ...lengths, changed };
  }
  if (kind === "conversation" && field === "lastActive") {
    const [held, expected] = [asDate(redis), asDate(file)];
    if (held !== null && expected !== null) return { field, redis: held, file: expected };
  }
  if (shownNumbers[kind].includes(field) && typeof redis === "number" && typeof file === "number") {
    return { field, redis, file };
  }
  return { field };
}

/** How many messages of one side the other lacks. */
function lacking(messages: readonly unknown[], other: readonly unknown[]): number {
  const known = new Sameness(other.filter(isFields));
  return messages.filter((message) => isFields(message) && !known.has(message)).length;
}

function asDate(value: unknown): string | null {
  if (typeof value !== "number") return null;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
