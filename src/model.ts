import type { Secret } from "./secret.js";

/** The two sorts of record that `chatgpt-official` keeps. */
export type Kind = "conversation" | "key";

export const kinds = ["conversation", "key"] as const satisfies readonly Kind[];

/** The name of the set that holds a kind, in the old files as in Redis keys. */
export const setOf = { conversation: "conversations", key: "keys" } as const satisfies Record<Kind, string>;

export type Mode = "migrate" | "dry-run" | "verify" | "undo";

/** What a migration does where Redis already holds something else under the key. */
export type Policy = "newer" | "keep" | "overwrite" | "merge";

export const policies = ["newer", "keep", "overwrite", "merge"] as const satisfies readonly Policy[];

/** What a file is known by: it changes when the file is replaced or written to. */
export interface Identity {
  readonly device: number;
  readonly inode: number;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** A file that was named, or found, and not looked into yet. */
export interface Candidate {
  /** The path as the user would write it; what reports show. `-` is standard input. */
  readonly path: string;
  /** Size on disk in bytes. */
  readonly bytes: number;
  /** Named outright, rather than found in a folder or by a glob: then it must be one of ours. */
  readonly named: boolean;
  /** As it was when found; null where it cannot change. */
  readonly identity: Identity | null;
  /** The descriptor of the file that standard input is kept in; null for files. */
  readonly spool: number | null;
}

/**
 * How a file's rows are laid out: the sets of `dbcontext`, plain arrays by set, objects by id by set, one array, one
 * record; or damaged before that could be told.
 */
export type Layout = "dbcontext" | "arrays" | "by-id" | "array" | "record" | "damaged";

/** One input whose layout is known. */
export interface Source extends Candidate {
  readonly layout: Layout;
}

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
  /** Null where only its fields can tell. */
  readonly kind: Kind | null;
  /** Its name, in an object of records by id. */
  readonly id: string | null;
  readonly place: Place;
  readonly bytes: Buffer;
}

/** What must stand in Redis for one row. */
export interface Entry {
  readonly kind: Kind;
  /** The id, or the API key masked: fit to print, once control characters are escaped. */
  readonly name: string;
  /** The full Redis key. It contains the API key, so it cannot be printed by accident. */
  readonly redisKey: Secret;
  /** Exactly `JSON.stringify(record)`, in UTF-8. */
  readonly value: Buffer;
  /** Seconds to live, or null for ever. */
  readonly ttl: number | null;
  readonly place: Place;
  /** What is odd about the record, though it is valid. */
  readonly oddities: readonly Oddity[];
}

/** A record, or a stretch of a file, that cannot be migrated, and why. */
export interface Rejection {
  /** The set it stands in; null outside any set. */
  readonly kind: Kind | null;
  readonly place: Place;
  /** For people; never with text from the record. */
  readonly reason: string;
}

/** Things that are unusual in a record but are migrated as they are. */
export type Oddity =
  | "no-user-name"
  | "message-without-content"
  | "message-without-date"
  | "message-of-unknown-type"
  | "balance-null"
  | "number-as-id"
  | "number-rounded"
  | "in-other-set";

/** What Redis holds under one key. */
export type Held =
  | { readonly state: "absent" }
  | {
      readonly state: "string";
      readonly value: Buffer;
      /** Seconds to live, with their fraction; null for ever. */
      readonly ttl: number | null;
    }
  | { readonly state: "other"; readonly type: string };

/** One field that differs. `redis` and `file` are shown only where they are harmless: counts, dates, durations. */
export interface FieldDifference {
  readonly field: string;
  readonly redis?: string | number;
  readonly file?: string | number;
  /** Of two lists equally long, how many items differ. */
  readonly changed?: number;
  /** Of two lists of messages, how many only the file has. */
  readonly onlyInFile?: number;
}

/** How what Redis holds relates to what the file says should be there. */
type Relation = "missing" | "same" | "expiry" | "different" | "wrongType" | "notJson";

export interface Comparison {
  readonly relation: Relation;
  /** Where values differ: the side that was written later, null when that cannot be told. */
  readonly newer: "file" | "redis" | null;
  readonly fields: readonly FieldDifference[];
}

export const migrateOutcomes = [
  "created",
  "updated",
  "unchanged",
  "kept",
  "conflict",
  "failed",
  "archived",
] as const;

/** `failed` is what Redis closes the connection for each time it is read. */
export const verifyOutcomes = [
  "matched",
  "missing",
  "different",
  "newer",
  "expiry",
  "wrongType",
  "failed",
] as const;

/** What an undo does with what a run wrote; `changed` is what the app has written since. */
export const undoOutcomes = ["deleted", "restored", "unchanged", "changed", "failed"] as const;

export type MigrateOutcome = (typeof migrateOutcomes)[number];
export type VerifyOutcome = (typeof verifyOutcomes)[number];
type UndoOutcome = (typeof undoOutcomes)[number];
export type Outcome = MigrateOutcome | VerifyOutcome | UndoOutcome;

/** One record of the differences list. */
export interface Difference {
  readonly kind: Kind;
  readonly name: string;
  readonly difference: Outcome | "extra";
  readonly fields: readonly FieldDifference[];
  /** The server's words, where Redis refused the record. */
  readonly reason?: string;
}

/** What became of one entry. */
export interface Settled {
  readonly outcome: Outcome;
  readonly fields: readonly FieldDifference[];
  readonly reason?: string;
}

export type Counts = Record<"read" | "invalid" | "duplicate", number> &
  Partial<Record<Outcome | "extra", number>>;

export interface Warning {
  readonly code: string;
  readonly message: string;
}

export interface SourceSummary {
  readonly path: string;
  readonly bytes: number;
  readonly layout: Layout;
  readonly conversations: number;
  readonly keys: number;
}

/** How the servers that hold the data are arranged. */
export type Topology = "standalone" | "sentinel" | "cluster";

/**
 * What was found about Redis before the first write. `refuse` keeps the run from going on unless forced, `warning` is
 * told and may do harm, `note` is good to know.
 */
export interface Finding {
  readonly code: string;
  readonly severity: "refuse" | "warning" | "note";
  readonly message: string;
  readonly hint: string;
}

interface TargetSummary {
  /** Without credentials. */
  readonly url: string;
  readonly prefix: string;
  /** Null before the server has told. */
  readonly topology: Topology | null;
  /** Such as `redis 7.0.15`; null before the server has told. */
  readonly server: string | null;
}

export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** The JSON result; its shape is documented in the README. */
export interface RunResult {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: string; readonly version: string };
  readonly mode: Mode;
  /** Whether nothing was to be written: in the mode dry-run, and for an undo with --dry-run. */
  readonly dryRun: boolean;
  readonly sources: readonly SourceSummary[];
  readonly target: TargetSummary | null;
  readonly counts: { readonly conversations: Counts; readonly keys: Counts };
  readonly differences: readonly Difference[];
  readonly rejections: readonly Rejection[];
  /** Whether either list above was cut; the counts never are. */
  readonly truncated: boolean;
  readonly warnings: readonly Warning[];
  /** What was found about Redis before the first write. */
  readonly preflight: readonly Finding[];
  /** About how much Redis' `used_memory` grows by what a dry run would create and update; null in other modes. */
  readonly estimatedMemoryBytes: number | null;
  readonly error: RunError | null;
  readonly interrupted: "SIGINT" | "SIGTERM" | null;
  /** When a conversation written by this run and used by nobody leaves Redis; null if it never does. ISO 8601. */
  readonly expiresAt: string | null;
  /** The journal that this run wrote, or undid; null for none. */
  readonly journal: string | null;
  readonly exitCode: number;
  readonly durationMs: number;
}

export interface Progress {
  /** Bytes of all sources read so far, and in all. */
  readonly bytes: number;
  readonly totalBytes: number;
  /** Records whose outcome is known. */
  readonly records: number;
}

/** How the core tells the edge what is going on. */
export interface Hooks {
  readonly progress?: (progress: Progress) => void;
  /** One line on what is being done, for those who want to watch. */
  readonly note?: (text: string) => void;
  /** One line on what whoever waits should know now, such as that Redis is away. */
  readonly alert?: (text: string) => void;
  /** A warning of the result, before anything is written: who waits for the result may want to stop. */
  readonly warn?: (warning: Warning) => void;
  /** Asks a person for the password that the server wants; null when there is nobody to ask. */
  readonly askPassword?: () => Promise<Secret | null>;
}
