import { isUtf8 } from "node:buffer";
import type { Entry, Kind, Oddity, Rejection, Row } from "../model.js";
import { lackingHeap } from "../target/heap.js";
import { nameOf, redisKeyOf, ttlOf } from "../target/keyspace.js";
import {
  apiKey,
  conversation,
  explain,
  kindByFields,
  odditiesOfConversation,
  odditiesOfKey,
} from "./schema.js";

/** What decoding needs to know of the target. */
export interface Keyspace {
  readonly prefix: string;
  /** Expiry of conversations in seconds, null for none. */
  readonly ttl: number | null;
}

/** Told apart from an `Entry` by its `reason`. */
export type Decoded = Entry | Rejection;

/** Redis holds no value longer than this (`proto-max-bulk-len`). In bytes. */
const longestValue = 512 * 1024 * 1024;

/**
 * Parses and checks one row. The value of the entry is the original record, serialised anew: byte for byte what
 * the library itself would write, with every field, known or not, in its order.
 */
export function decode(row: Row, keyspace: Keyspace): Decoded {
  const parsed = parse(row);
  if ("reason" in parsed) return { kind: row.kind, place: row.place, reason: parsed.reason };
  const { place } = row;
  const { kind, record, checked } = recognise(parsed.record, row);
  const reject = (reason: string): Rejection => ({ kind, place, reason });
  if (kind === null || checked === null)
    return reject("is neither a conversation (id, messages) nor an API key (key)");
  if ("reason" in checked) return reject(checked.reason);
  // Redis' keys are UTF-8, where every lone surrogate would become the same U+FFFD: two ids could share one key.
  if (/\p{Surrogate}/u.test(checked.id))
    return reject("its id holds half a surrogate pair, which no Redis key can");
  const value = serialise(record);
  if (value === null) return reject("is nested too deeply, or too long, to be written as JSON again");
  const oddities = [...checked.oddities];
  if (roundsNumbers(parsed.text, record)) oddities.push("number-rounded");
  if (row.kind !== null && row.kind !== kind) oddities.push("in-other-set");
  return {
    kind,
    name: nameOf(kind, checked.id),
    redisKey: redisKeyOf(keyspace.prefix, kind, checked.id),
    value: Buffer.from(value),
    ttl: ttlOf(kind, keyspace.ttl),
    place,
    oddities,
  };
}

interface Recognised {
  readonly kind: Kind | null;
  readonly record: unknown;
  readonly checked: Checked | null;
}

/** What a record is: what its set says, or, where it is none of that and is a whole one of the other kind, that. */
function recognise(value: unknown, row: Row): Recognised {
  const told = kindByFields(value);
  const as = (kind: Kind): Recognised => {
    const record = named(value, kind, row.id);
    return { kind, record, checked: kind === "conversation" ? checkConversation(record) : checkKey(record) };
  };
  if (row.kind === null) return told === null ? { kind: null, record: value, checked: null } : as(told);
  const expected = as(row.kind);
  if (told === null || told === row.kind || expected.checked === null || "id" in expected.checked)
    return expected;
  const other = as(told);
  return other.checked !== null && "id" in other.checked ? other : expected;
}

type Parsed = { readonly record: unknown; readonly text: string } | { readonly reason: string };

function parse({ bytes }: Row): Parsed {
  if (!isUtf8(bytes)) return { reason: "holds bytes that are not UTF-8" };
  const lacking = lackingHeap([bytes]);
  if (lacking !== null) return { reason: lacking };
  const text = bytes.toString("utf8");
  try {
    return { record: JSON.parse(text), text };
  } catch (error) {
    return { reason: whyUnparsed(error) };
  }
}

/** A record that stands under its id, and does not hold it, gets it as its first member, as in the library's files. */
function named(record: unknown, kind: Kind, id: string | null): unknown {
  const field = kind === "conversation" ? "id" : "key";
  if (id === null || typeof record !== "object" || record === null || Array.isArray(record)) return record;
  return Object.hasOwn(record, field) ? record : { [field]: id, ...record };
}

type Checked = { readonly id: string; readonly oddities: readonly Oddity[] } | { readonly reason: string };

function checkConversation(record: unknown): Checked {
  const { success, data, error } = conversation.safeParse(record);
  if (!success) return { reason: explain(error) };
  return { id: String(data.id), oddities: odditiesOfConversation(data) };
}

function checkKey(record: unknown): Checked {
  const { success, data, error } = apiKey.safeParse(record);
  if (!success) return { reason: explain(error) };
  return { id: data.key, oddities: odditiesOfKey(data) };
}

/** The record as JSON; null where it is deeper than the stack or longer than Node's or Redis' limit. */
function serialise(record: unknown): string | null {
  try {
    const value = JSON.stringify(record);
    // A UTF-16 unit takes three bytes at most, so only long values need counting.
    return value.length * 3 > longestValue && Buffer.byteLength(value) > longestValue ? null : value;
  } catch {
    return null;
  }
}

/** V8's message quotes the text around the error, which may be a message or a key: only its position is safe. */
function whyUnparsed(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  // What it quotes may read like its own words, but never ends like them.
  const position = / at position (\d+)(?: \(line \d+ column \d+\))?$/.exec(message)?.[1];
  return position === undefined
    ? "is not valid JSON"
    : `is not valid JSON (character ${position} of the row)`;
}

/** Fewer digits than this are always a whole number that JavaScript holds exactly. */
const manyDigits = /[0-9]{16}/;

/**
 * Whether the record holds a whole number beyond 2^53, which the library, like any JavaScript, rounds as it loads.
 * Texts are full of digits too, so the record itself is asked.
 */
function roundsNumbers(text: string, record: unknown): boolean {
  return manyDigits.test(text) && holdsUnsafeInteger(record);
}

function holdsUnsafeInteger(record: unknown): boolean {
  const open: unknown[] = [record];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) return true;
    if (typeof value !== "object" || value === null) continue;
    for (const inner of Object.values(value)) open.push(inner);
  }
  return false;
}
