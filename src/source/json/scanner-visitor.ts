/** What the scanner asks and reports. */

/** What to do with a value that begins: walk into it, hand over its bytes, or skip it. */
export type Disposition = "enter" | "take" | "skip";

/** One level of the walked structure. */
export interface Level {
  readonly array: boolean;
  /** Position of the current child, from 0. */
  readonly index: number;
  /** Name of the current member; empty within an array. */
  readonly name: string;
  /** Whether it stands in for levels whose text is damaged: its positions count from there. */
  readonly adopted?: boolean;
}

/** A value that was taken. Its bytes are those that were written to the scanner, and last as long. */
interface Taken {
  readonly bytes: Buffer;
  /** Bytes from the start of the text. */
  readonly offset: number;
  /** Line of its first byte, from 1. */
  readonly line: number;
}

export type DamageKind =
  | "empty"
  | "truncated"
  | "unexpected"
  | "bracket"
  | "line-break-in-string"
  | "comma-missing"
  | "comma-extra"
  | "trailing-text"
  | "second-document"
  | "too-long"
  | "record-within";

/** A place that is not JSON, and the bytes that could not be read because of it. */
export interface Damage {
  readonly kind: DamageKind;
  /** Where these bytes begin, counted from the start of the text. */
  readonly offset: number;
  readonly line: number;
  /** The unreadable bytes; empty where the structure was clear in spite of the damage. */
  readonly bytes: Buffer;
  /** Whether these bytes continue the damage reported before: many come in parts. */
  readonly continued: boolean;
  /** How many rows it cost: none, one that begins and ends where rows do, or null for any number of them. */
  readonly rows: 0 | 1 | null;
}

/** Whoever reads what the scanner finds. */
export interface Visitor {
  /** Asked as each value of the walked structure begins; `opens` is its first byte. */
  value(path: readonly Level[], opens: number): Disposition;
  taken(path: readonly Level[], taken: Taken): void;
  /**
   * Asked before an object that is to be taken is scanned: whether it can be read in one go.
   * @returns its end, and how many line breaks are in it; `cut` where its end may be behind the window; null to have
   *   it scanned
   */
  express?(path: readonly Level[], window: Buffer, at: number): { end: number; lines: number } | "cut" | null;
  /** The object that was read in one go is whole, and stands where it seems to stand. */
  expressed?(path: readonly Level[], where: Pick<Taken, "offset" | "line">): void;
  damaged(path: readonly Level[], damage: Damage): void;
}
