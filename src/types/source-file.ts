/** What identifies a file: it changes when the file is replaced or written to. */
export interface Identity {
  readonly device: number;
  readonly inode: number;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** A file that was named, or found, and is not opened yet. */
export interface Candidate {
  /** The path as the user would write it; what reports show. `-` is standard input. */
  readonly path: string;
  /** Size on disk in bytes. */
  readonly bytes: number;
  /** Named outright, rather than found in a folder or by a glob: then it must be one of ours. */
  readonly named: boolean;
  /** As it was when found, and must still be when it is read; null where it cannot change, or may. */
  readonly identity: Identity | null;
  /** The descriptor of the file that standard input is kept in; null for files. */
  readonly stdinFile: number | null;
}

/**
 * How a file's rows are laid out: the sets of `dbcontext`, plain arrays by set, objects by id by set, records by their
 * Redis key, one array, one record, a JSON document a line; or damaged before that is known; or of another format
 * than JSON, which is not read.
 */
export type Layout = (typeof layouts)[number];

export const layouts = [
  "dbcontext",
  "arrays",
  "by-id",
  "by-key",
  "array",
  "record",
  "lines",
  "damaged",
  "unreadable",
] as const;

/** One input whose layout is known. */
export interface Source extends Candidate {
  readonly layout: Layout;
}
