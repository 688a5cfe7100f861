import type { Secret } from "../secret.js";
import type { Entry, Held, Topology } from "../types.js";
import type { Connections } from "./connections.js";
import type { Failed } from "./failed.js";
import type { Dump } from "./read-record.js";
import type { Refusal } from "./refusal.js";
import type { Digest, Replacement } from "./replace-record.js";
import type { LargestValue } from "./value-size-limits.js";

/**
 * The few things a migration asks of Redis. A lost connection is made anew, and what got no answer is asked again, as
 * long as the address allows. Each may throw a `Refusal`, MigrateError `redis-…` or `Interruption`.
 */
export interface Store {
  readonly topology: Topology;
  /** Such as `redis 7.0.15`; null where the server does not tell. */
  readonly server: string | null;
  /** Writes the entry, value and expiry at once, if nothing is there yet. @returns whether it was written */
  create(entry: Entry): Promise<boolean>;
  read(redisKey: Secret): Promise<Held>;
  /** `create`, for many at once. */
  createAll(entries: readonly Entry[]): Promise<(boolean | Failed)[]>;
  /**
   * `read`, for many at once.
   * @param there whether most of the keys are thought to exist, which saves a round trip where it is so
   */
  readAll(redisKeys: readonly Secret[], there: boolean): Promise<(Held | Failed)[]>;
  /** What a key of any type holds, and its ms to live; null where there is nothing. */
  dump(redisKey: Secret): Promise<Dump | null>;
  /** Replaces what a key holds, if it is still what `digest` says. One step on the server. @returns whether it was */
  replace(redisKey: Secret, digest: Digest, replacement: Replacement): Promise<boolean>;
  /** Of a command that failed: whether it may have been carried out all the same, since it lost its answer once. */
  mayHaveDone(redisKey: Secret): boolean;
  /**
   * The time by the clock of the server that holds a key, in ms since 1970: its expiries run by that clock, and this
   * machine's may be wrong. Where Redis does not tell its time, this machine's.
   */
  timeAt(redisKey: Secret): Promise<number>;
  /** Keys that match a glob pattern, of all masters, in batches; a key may come twice (SCAN's guarantee). */
  scan(pattern: string): AsyncIterable<readonly string[]>;
  /** Why Redis would take no value of so many bytes under a key; null where it would, or its limits are not known. */
  refusalOf(redisKey: Secret, bytes: number): Refusal | null;
  /** Asks something else of the servers, by the same connections and with the same errors. */
  ask<T>(question: (connections: Connections) => Promise<T>): Promise<T>;
  /** Says how large a value each master takes, by its name; null where that is not known. */
  limitValues(masters: readonly { readonly at: string; readonly largestValue: LargestValue | null }[]): void;
  /** How often Redis may have lost what it had confirmed, by a restart or a failover, since the run began. */
  readonly possibleLosses: number;
  /** What happened to Redis by that, as the rest of a sentence. */
  readonly lossWords: string;
  /**
   * Asks every master once more who it is, before a run calls itself done: what may have been lost counts in
   * `possibleLosses`.
   * @param wrote whether replicas get some time to acknowledge what was written
   * @returns a sentence for each master whose replicas did not
   */
  confirm(wrote: boolean): Promise<readonly string[]>;
  /** Keys evicted since the run began; null where none is known of, and not all masters tell. */
  evicted(): Promise<number | null>;
  /** Ends all connections, for good: what is under way fails, at once, and nothing is sent any more. */
  close(): void;
}
