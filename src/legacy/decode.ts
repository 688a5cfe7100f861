import { isUtf8 } from "node:buffer";
import type { Entry, Oddity, Rejection, Row } from "../model.js";
import { nameOf, redisKeyOf, ttlOf } from "../target/keyspace.js";
import { apiKey, conversation, explain, odditiesOfConversation, odditiesOfKey } from "./schema.js";

/** What decoding needs to know of the target. */
export interface Keyspace {
  readonly prefix: string;
  /** Expiry of conversations in seconds, null for none. */
  readonly ttl: number | null;
}

/** Told apart from an `Entry` by its `reason`. */
export type Decoded = Entry | Rejection;

/**
 * Parses and checks one row. The value of the entry is the original record, serialised anew: byte for byte what
 * the library itself would write, with every field, known or not, in its order.
 */
export function decode(row: Row, keyspace: Keyspace): Decoded {
  const { kind, place } = row;
  const reject = (reason: string): Rejection => ({ kind, place, reason });
  if (!isUtf8(row.bytes)) return reject("holds bytes that are not UTF-8");
  let record: unknown;
  try {
    record = JSON.parse(row.bytes.toString("utf8"));
  } catch (error) {
    return reject(whyUnparsed(error));
  }
  const checked = kind === "conversation" ? checkConversation(record) : checkKey(record);
  if ("reason" in checked) return reject(checked.reason);
  let value: string;
  try {
    value = JSON.stringify(record);
  } catch {
    return reject("is nested too deeply to be written as JSON again");
  }
  return {
    kind,
    name: nameOf(kind, checked.id),
    redisKey: redisKeyOf(keyspace.prefix, kind, checked.id),
    value,
    ttl: ttlOf(kind, keyspace.ttl),
    place,
    oddities: checked.oddities,
  };
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

/** V8's message quotes the text around the error, which may be a message or a key: only its position is safe. */
function whyUnparsed(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  // What it quotes may read like its own words, but never ends like them.
  const position = / at position (\d+)(?: \(line \d+ column \d+\))?$/.exec(message)?.[1];
  return position === undefined
    ? "is not valid JSON"
    : `is not valid JSON (character ${position} of the row)`;
}
