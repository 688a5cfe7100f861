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
  readonly stdinFile: number | null;
}

/**
 * How a file's rows are laid out: the sets of `dbcontext`, plain arrays by set, objects by id by set, records by their
 * Redis key, one array, one record, a JSON document a line; or damaged before that could be told; or of another format
 * than JSON, which is not read.
 */
export type Layout =
  | "dbcontext"
  | "arrays"
  | "by-id"
  | "by-key"
  | "array"
  | "record"
  | "lines"
  | "damaged"
  | "unreadable";

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
  /** Whether other programs' data may stand there too: then only a record that shows a sign of this library is one. */
  readonly mustShowSign?: boolean;
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
  /**
   * How the id is spelled in the file, where its key does not say: a number with its exact value, `null`, `true`, or text
   * with a lone surrogate as JSON. Two rows with one key and different spellings have different ids.
   */
  readonly spelling?: string;
}

/** A record, or a stretch of a file, that cannot be migrated, and why. */
export interface Rejection {
  /** The set whose row it is; null for a stretch of text that is not one row for certain. */
  readonly kind: Kind | null;
  readonly place: Place;
  /** For people; never with text from the record. */
  readonly reason: string;
  /** How long it is in bytes, from its place on; absent where it has no extent in the text. */
  readonly bytes?: number;
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
  /** Of two lists of messages, how many each side alone has. */
  readonly onlyInRedis?: number;
  readonly onlyInFile?: number;
}

/** How what Redis holds relates to what the file says should be there; `incomparable` is no JSON, or too long to parse. */
type Relation = "missing" | "same" | "expiry" | "different" | "wrongType" | "incomparable";

export interface Comparison {
  readonly relation: Relation;
  /** Where values differ: the side that goes on from the other; null where neither is proven to. */
  readonly later: "file" | "redis" | null;
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
  "kept",
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
  readonly difference: Outcome | "extra" | "duplicate";
  readonly fields: readonly FieldDifference[];
  /** The server's words, where Redis refused the record; which row counts in its place, where another one does. */
  readonly reason?: string;
}

/** What became of one entry. */
export interface Settled {
  readonly outcome: Outcome;
  readonly fields: readonly FieldDifference[];
  readonly reason?: string;
}

/** What becomes of a row in whose place another one counts. */
export interface SkippedDuplicate {
  readonly outcome: "duplicate" | "conflict" | "different";
  /** The row that counts, as people find it. */
  readonly winner: string;
  /** How it differs from the row that counts; null where it has the same id and content. */
  readonly reason: string | null;
  /** Whether it may hold something that the row that counts lacks. */
  readonly leftOut: boolean;
  readonly fields: readonly FieldDifference[];
}

/** `extra` and `leftOut` (duplicates that hold what the row that counts lacks) stand beside the sum. */
export type Counts = Record<"read" | "invalid" | "duplicate", number> &
  Partial<Record<Outcome | "extra" | "leftOut", number>>;

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

/** What a journal says, on its first line, of the run that wrote it: what it was made against. */
export interface JournalHeader {
  readonly journal: 1;
  readonly tool: string;
  /** When the run began, ISO 8601. */
  readonly at: string;
  /** Without credentials. */
  readonly url: string;
  readonly topology: Topology;
  /** The name that Sentinels know the master by. */
  readonly master?: string | undefined;
  readonly prefix: string;
}

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

/** How far the files were read. */
export interface Reading {
  /** Whether everything was still being checked, before the first write. */
  readonly checking: boolean;
  /** Bytes read, and bytes that were to be read, in all passes of this stage together. */
  readonly bytes: number;
  readonly totalBytes: number;
  /** Records that were checked by `--strict`. */
  readonly checked: number;
}

/** The JSON result; its shape is documented in the README. */
export interface RunResult {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: string; readonly version: string };
  readonly mode: Mode;
  /** Whether nothing was to be written: in the mode dry-run, and for an undo with --dry-run. */
  readonly dryRun: boolean;
  /** The kind that alone was asked for; null for both. */
  readonly only: Kind | null;
  readonly onConflict: Policy;
  readonly sources: readonly SourceSummary[];
  readonly target: TargetSummary | null;
  readonly counts: { readonly conversations: Counts; readonly keys: Counts };
  /** Places where files are damaged, beside invalid rows: how many rows they cost is not known, and may be none. */
  readonly unreadable: number;
  /** Keys that Redis threw away while the run wrote; null where it did not tell, or was not asked. */
  readonly evicted: number | null;
  readonly reading: Reading;
  readonly differences: readonly Difference[];
  readonly rejections: readonly Rejection[];
  /** How many differences there are, whether listed or not. */
  readonly differencesFound: number;
  /** Whether either list above was cut; the counts never are. */
  readonly truncated: boolean;
  readonly warnings: readonly Warning[];
  /** What was found about Redis before the first write. */
  readonly preflight: readonly Finding[];
  /** About how much Redis' `used_memory` grows by what a dry run would create and update; null in other modes. */
  readonly estimatedMemoryBytes: number | null;
  readonly error: RunError | null;
  readonly interrupted: "SIGINT" | "SIGTERM" | null;
  /**
   * When a conversation written by this run, or by the one that a dry run mirrors, and used by nobody leaves Redis; null
   * if it never does. ISO 8601.
   */
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
