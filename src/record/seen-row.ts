/** A row whose key was seen. */
export interface SeenRow {
  /** The ordinal of its source. Below 2^32 - 2, as is `row`. */
  readonly source: number;
  /** Null where it is not known, as behind damage. */
  readonly row: number | null;
  /** Bytes from the start of the source's text. */
  readonly offset: number;
  /** What `fingerprintOf` says of how its id is spelled; 0 where the key says it all. */
  readonly spelling: number;
  /** What `fingerprintOf` says of its value, where its source cannot be read again from the middle; otherwise 0. */
  readonly value: number;
}

/** For keys of no row. */
export const noRow: SeenRow = { source: 0, row: 0, offset: 0, spelling: 0, value: 0 };
