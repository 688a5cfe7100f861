import type { Secret } from "../secret.js";
import type { KeyDigest } from "./key-digest.js";
import type { Kind } from "./kind.js";
import type { Place } from "./row.js";

/** What must stand in Redis for one row. */
export interface Entry {
  readonly kind: Kind;
  /** The id, or the API key masked: fit to print, once control characters are escaped. */
  readonly name: string;
  /** The full Redis key. It contains the API key, so it cannot be printed by accident. */
  readonly redisKey: Secret;
  /** The length of its Redis key as UTF-8, and what puts that into memory: for what is done with many records. */
  readonly keyLength: number;
  readonly putKey: (memory: Buffer, at: number) => number;
  readonly keyDigest: KeyDigest;
  /** Exactly `JSON.stringify(record)`, in UTF-8. Its memory is used again once the batch is settled. */
  readonly value: Buffer;
  /** The length of `value`. */
  readonly bytes: number;
  /** SHA-1 of `value`, in hex. */
  readonly digest: string;
  /** Seconds to live, or null for ever. */
  readonly ttl: number | null;
  /** When it leaves Redis, in ms since 1970, where that is certain whenever it is written; null where `ttl` alone says it. */
  readonly expiresAt: number | null;
  readonly place: Place;
  /** What is odd about the record, though it is valid. */
  readonly oddities: readonly Oddity[];
  /**
   * How the id is spelled in the file, where its key does not say: a number with its exact value, `null`, `true`, or text
   * with a lone surrogate as JSON. Two rows with one key and different spellings have different ids.
   */
  readonly spelling?: string | undefined;
  /** Of a conversation; null where none are known of. */
  readonly messageCount: number | null;
  /** Of a conversation, its `lastActive`, or else the date of its last message, in ms since 1970; null where neither says. */
  readonly lastActive: number | null;
}

/** Things that are unusual in a record but are migrated as they are. */
export type Oddity =
  | "no-user-name"
  | "message-without-content"
  | "message-without-date"
  | "message-of-unknown-type"
  | "balance-null"
  | "number-as-id"
  | "boolean-as-id"
  | "null-as-id"
  | "empty-id"
  | "surrogate-in-id"
  | "number-rounded"
  | "name-twice"
  | "other-name"
  | "in-other-set"
  | "json-in-string";
