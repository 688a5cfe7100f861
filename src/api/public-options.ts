import type { Progress } from "../types/progress.js";
import type { Warning } from "../types/run-result.js";

// What a program sees of the options: it needs neither Node's types nor those of this program.

/** `AbortSignal`, where Node's types or the DOM's say what that is. */
type Signal = typeof globalThis extends { AbortSignal: { prototype: infer T } }
  ? T
  : { readonly aborted: boolean; readonly reason: unknown };

/** Where Redis is, and how it is reached. Nothing is read from the environment, not even REDIS_URL. */
export interface RedisOptions {
  /** `redis://`, `rediss://` or `unix:`, with user, password and database; a list of hosts for a cluster or Sentinels. */
  readonly url?: string | undefined;
  /** In place of `url`. By default `localhost`. */
  readonly host?: string | undefined;
  /** By default 6379, and 26379 for Sentinels. */
  readonly port?: number | string | undefined;
  /** The ACL user. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The number of the database. By default 0. */
  readonly database?: number | string | undefined;
  /** What the Redis keys begin with. By default `chatgpt:`, as in the library. */
  readonly keyPrefix?: string | undefined;
  /** Whether to encrypt the connection, as `rediss://` does. Each of the four below implies it. */
  readonly tls?: boolean | undefined;
  /** The file of a certificate authority to trust, in PEM. By default those that Node trusts. */
  readonly tlsCa?: string | undefined;
  /** The file of the certificate to show, in PEM, with `tlsKey`. */
  readonly tlsCert?: string | undefined;
  /** The file of its private key, in PEM. */
  readonly tlsKey?: string | undefined;
  /** Whether to accept any certificate. */
  readonly tlsInsecure?: boolean | undefined;
  /** Whether it must be a cluster. By default that is detected. */
  readonly cluster?: boolean | undefined;
  /** The name that Sentinels, which the hosts then are, know the master by. */
  readonly sentinel?: string | undefined;
  /** How long to wait for the first answer, in ms. By default 10,000. */
  readonly connectionTimeout?: number | string | undefined;
  /** How long a connection may be silent while an answer is due, in ms. By default 10,000. */
  readonly commandTimeout?: number | string | undefined;
  /** How long to try again once a connection is lost, in seconds or such as `"2m"`; 0 for not at all. By default `"30s"`. */
  readonly retryFor?: number | string | undefined;
  /** Whether to go on past a failed preflight check. */
  readonly force?: boolean | undefined;
  /** How many differences, and how many rejections, the result lists; 0 for all. By default 20. */
  readonly details?: number | string | undefined;
  /** Files to write a report to as well; each one's ending says its format: `.jsonl`, `.md`, `.xml` (JUnit), `.html`. */
  readonly report?: string | readonly string[] | undefined;
  /** Threads to be busy at once. By default one a core, at most 8. */
  readonly concurrency?: number | string | undefined;
  /** Once it aborts, what is under way is finished and no more begun: the result is `interrupted`, and says how far it came. */
  readonly signal?: Signal | undefined;
  /** Called while files are read. It must not throw: that would end the run. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Called with each warning of the result, as soon as it is certain. It must not throw: that would end the run. */
  readonly onWarning?: ((warning: Warning) => void) | undefined;
}

/** What to migrate, and how. A dry run and a verification take the same, as they are the mirror of a migration. */
export interface MigrateOptions extends RedisOptions {
  /** Files, folders, globs, or `-` for `input`. By default `input` where it is given, else `["db.json"]`. */
  readonly sources?: readonly string[] | undefined;
  /** What the source `-` stands for, such as `process.stdin`. It is kept on disk while the run lasts. */
  readonly input?: AsyncIterable<Uint8Array> | undefined;
  /** One kind alone. By default both. */
  readonly only?: "conversations" | "keys" | undefined;
  /** Which of several rows with one id counts, or that their messages are put together. By default `first`, which is what the library reads. */
  readonly onDuplicate?: "first" | "newest" | "merge" | undefined;
  /** Whether to check everything first, and to write nothing where one record is invalid. */
  readonly strict?: boolean | undefined;
  /** What to do where Redis holds something else under the key. By default `newer`: replace what the file goes on from. */
  readonly onConflict?: "newer" | "keep" | "overwrite" | "merge" | undefined;
  /** Expiry of conversations, in seconds or such as `"30d"`, `"12h"`, `"90m"`; `"none"` for none. By default `"30d"`. */
  readonly ttl?: number | string | undefined;
  /** When that time starts to run: `now`, which is the default, or when a conversation was last in use; then `archive` is needed. */
  readonly ttlFrom?: "now" | "last-active" | undefined;
  /** With `last-active`, the file that conversations already past their time go to, as a `db.json`; `.gz` packs it. */
  readonly archive?: string | undefined;
  /** Where to write the journal that `undo` needs. By default none is kept, and the run cannot be undone. */
  readonly journal?: string | undefined;
  /** Where to keep the raw text of what could not be migrated. By default nowhere. */
  readonly rejects?: string | undefined;
  /** A plan that `dryRun` wrote: exactly that is done, or nothing. For a migration alone. By default none is asked for. */
  readonly apply?: string | undefined;
}

export interface DryRunOptions extends MigrateOptions {
  /** Where to write down what was decided, for `apply` of a migration with the same options. By default nowhere. */
  readonly plan?: string | undefined;
  /** Whether `exitCode` of the result is 2 where there is work to do, and nothing worse. */
  readonly exitCode?: boolean | undefined;
}

/** No server is asked, and so nothing is said of one. */
export type OutputOptions = Pick<
  MigrateOptions,
  | ("sources" | "input" | "only" | "onDuplicate" | "strict" | "ttl" | "rejects" | "keyPrefix")
  | ("details" | "report" | "concurrency" | "signal" | "onProgress" | "onWarning")
>;

/** An undo finds Redis by its journal: `url` or `host` are needed for a moved server alone, and a password always. */
export interface UndoOptions extends RedisOptions {
  /** Whether to report what an undo would do, and to change nothing. */
  readonly dryRun?: boolean | undefined;
}

export interface ExportOptions extends RedisOptions {
  /** One kind alone. By default both. */
  readonly only?: "conversations" | "keys" | undefined;
  /** Where to keep what keys hold that hold no record. By default nowhere. */
  readonly rejects?: string | undefined;
}
