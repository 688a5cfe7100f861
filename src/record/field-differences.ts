import { maskKey, mayHoldSecret } from "../secret.js";
import type { FieldDifference } from "../types/comparison.js";
import type { Kind } from "../types/kind.js";
import { type Fields, isFields, sameValue } from "./json-object.js";
import { MessageSet } from "./same-message.js";

/** Fields whose numbers say nothing private, and say much about what happened. */
const shownNumbers: Record<Kind, readonly string[]> = {
  conversation: [],
  key: ["queries", "tokens", "balance"],
};

/** The fields in which two versions of a record differ: those of the file first, in its order. */
export function fieldDifferences(kind: Kind, redis: unknown, file: unknown): FieldDifference[] {
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

/** Describes a difference by counts, dates and presence alone: no text of the record is shown. */
function describe(kind: Kind, field: string, redis: unknown, file: unknown): FieldDifference {
  if (redis === undefined) return { field, redis: "absent", file: "present" };
  if (file === undefined) return { field, redis: "present", file: "absent" };
  if (kind === "conversation" && field === "messages" && Array.isArray(redis) && Array.isArray(file)) {
    const lengths = { field, redis: redis.length, file: file.length };
    const [onlyInRedis, onlyInFile] = [lacking(redis, file), lacking(file, redis)];
    if (onlyInRedis > 0 || onlyInFile > 0) return { ...lengths, onlyInRedis, onlyInFile };
    if (redis.length !== file.length) return lengths;
    const changed = file.filter((message, index) => !sameValue(redis[index], message)).length;
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
  const known = new MessageSet(other.filter(isFields));
  return messages.filter((message) => isFields(message) && !known.has(message)).length;
}

function asDate(value: unknown): string | null {
  if (typeof value !== "number") return null;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
