import { isUtf8 } from "node:buffer";
import { lackingHeap } from "../record/heap-needed.js";
import { nameOf, redisKeyOf, ttlOf } from "../record/redis-key.js";
import type { Entry, Kind, Oddity, Rejection, Row } from "../types.js";
import { exactNumber, namesIn, numberNamed, roundsNumbers } from "./exact-numbers.js";
import {
  apiKey,
  type Conversation,
  conversation,
  explain,
  kindByFields,
  odditiesOfConversation,
  odditiesOfKey,
} from "./schema.js";
import { showsSign } from "./signs-of-the-library.js";

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
export function decodeRow(row: Row, keyspace: Keyspace): Decoded {
  const parsed = parse(row);
  if ("reason" in parsed) return { kind: row.kind, place: row.place, reason: parsed.reason };
  const { place } = row;
  const { kind, record, checked } = recognise(parsed.record, row);
  const reject = (reason: string): Rejection => ({ kind, place, reason });
  if (kind === null || checked === null)
    return reject("is neither a conversation (id, messages) nor an API key (key)");
  if ("reason" in checked) return reject(checked.reason);
  if (row.mustShowSign && !showsSign(kind, record)) return reject(foreign[kind]);
  const value = serialise(record);
  if (value === null) return reject("is nested too deeply, or too long, to be written as JSON again");
  const oddities = [...checked.oddities];
  if (parsed.unpacked) oddities.push("json-in-string");
  if (roundsNumbers(parsed.text)) oddities.push("number-rounded");
  // A record that got its id from its place has one name more.
  if (namesIn(parsed.text) + (record === parsed.record ? 0 : 1) > namesIn(value)) oddities.push("name-twice");
  // In Redis, whence such a file comes, the library would find it under the name.
  if (row.id !== null && row.id !== String(checked.id)) oddities.push("other-name");
  if (row.kind !== null && row.kind !== kind) oddities.push("in-other-set");
  // Redis' keys are UTF-8, in which a lone surrogate is written as U+FFFD: by node-redis, and so by the library.
  const id = String(checked.id).replace(/\p{Surrogate}/gu, "\ufffd");
  const spelling = spellingOf(checked.id, parsed.text);
  return {
    kind,
    name: nameOf(kind, id),
    redisKey: redisKeyOf(keyspace.prefix, kind, id),
    value: Buffer.from(value),
    ttl: ttlOf(kind, keyspace.ttl),
    place,
    oddities,
    ...(spelling === null ? {} : { spelling }),
  };
}

/** What tells an id from others that make the same key: see `Entry.spelling`. Null for text that its key holds. */
function spellingOf(id: Id, text: string): string | null {
  if (typeof id === "number") return exactNumber(numberNamed(text, "id") ?? String(id));
  if (typeof id !== "string") return String(id);
  return /\p{Surrogate}/u.test(id) ? JSON.stringify(id) : null;
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

/** Why a record is not taken for one of this library's, outside of its own storage's layout. */
const foreign: Record<Kind, string> = {
  conversation:
    "shows no sign of chatgpt-official (userName, lastActive, or messages whose type is a number): another program's",
  key: "shows no sign of chatgpt-official (queries, tokens and balance, or a name like sk-…): another program's",
};

/** `unpacked`: the record stood as JSON within a text, and `text` is that. */
type Parsed =
  | { readonly record: unknown; readonly text: string; readonly unpacked: boolean }
  | { readonly reason: string };

function parse({ bytes }: Row): Parsed {
  if (!isUtf8(bytes)) return { reason: "holds bytes that are not UTF-8" };
  const lacking = lackingHeap([bytes]);
  if (lacking !== null) return { reason: lacking };
  const text = bytes.toString("utf8");
  try {
    return unpack(JSON.parse(text), text);
  } catch (error) {
    return { reason: whyUnparsed(error) };
  }
}

/** Key-value stores hold a record as text, and what exports them may write that as a text once more. */
function unpack(record: unknown, text: string): Parsed {
  let [inner, innerText, unpacked] = [record, text, false];
  try {
    while (typeof inner === "string" && /^\s*[{["]/.test(inner)) {
      [inner, innerText, unpacked] = [JSON.parse(inner), inner, true];
    }
  } catch {
    return { reason: "is a text that begins as JSON, and is not valid JSON" };
  }
  if (unpacked && Array.isArray(inner))
    return { reason: "is a list within a text: only records are unpacked" };
  return { record: inner, text: innerText, unpacked };
}

/** A record that stands under its id, and does not hold it, gets it as its first member, as in the library's files. */
function named(record: unknown, kind: Kind, id: string | null): unknown {
  const field = kind === "conversation" ? "id" : "key";
  if (id === null || typeof record !== "object" || record === null || Array.isArray(record)) return record;
  return Object.hasOwn(record, field) ? record : { [field]: id, ...record };
}

type Id = Conversation["id"];

type Checked = { readonly id: Id; readonly oddities: readonly Oddity[] } | { readonly reason: string };

function checkConversation(record: unknown): Checked {
  const { success, data, error } = conversation.safeParse(record);
  if (!success) return { reason: explain(error) };
  return { id: data.id, oddities: odditiesOfConversation(data) };
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
