import type { Kind } from "./kind.js";

/** Where in a source something stands. */
export interface Place {
  readonly source: string;
  /** Position within its set, from 0; null for what is outside any set. */
  readonly index: number | null;
  /** Bytes from the start of the (decoded) text. */
  readonly offset: number;
  /** Line from 1. */
  readonly line: number;
}

/** One record's raw text, cut out of a source and not yet parsed. */
export interface Row {
  /** Null where only its fields show it. */
  readonly kind: Kind | null;
  /** Its name, in an object of records by id. */
  readonly id: string | null;
  readonly place: Place;
  readonly bytes: Buffer;
  /** Whether other programs' data may stand there too: then only a record that shows a sign of this library is one. */
  readonly mustShowSign?: boolean;
}

/** A record, or a range of damaged bytes, that cannot be migrated, and why. */
export interface Rejection {
  /** The set whose row it is; null for damaged bytes that are not one row for certain. */
  readonly kind: Kind | null;
  readonly place: Place;
  /** For people; never with text from the record. */
  readonly reason: string;
  /** Its length in bytes, from its place on; absent where it has none in the text. */
  readonly bytes?: number;
}
