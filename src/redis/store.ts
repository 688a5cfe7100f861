import type { Address } from "../options.js";
import { Secret } from "../secret.js";
import type { Held } from "../types/comparison.js";
import type { Entry } from "../types/entry.js";
import type { Topology } from "../types/redis-findings.js";
import type { Connections } from "./connections.js";
import { createManyRecords, createRecord } from "./create-record.js";
import type { Failed } from "./failed-one-of-many.js";
import { allExist, type HeldDigest, readDigest, readManyDigests } from "./read-digests.js";
import { readManyRecords } from "./read-many-records.js";
import { type HeldValue, lengthsOf, readManyValues, readValue } from "./read-many-values.js";
import { type Dump, dumpOf, dumpRecord, readRecord } from "./read-record.js";
import { type Refusal, refusalsOf, type WithRefusals } from "./refused-by-redis.js";
import { type Change, payloadOf, replaceManyRecords, replaceRecord } from "./replace-record.js";
import { scanKeys } from "./scan-keys.js";
import type { Unanswered } from "./send-command.js";
import { serverClock } from "./server-clock.js";
import { serverOf } from "./server-info.js";
import { type LargestValue, ValueSizeLimits } from "./value-size-limits.js";

/**
 * The few things a migration asks of Redis. A lost connection is made again, and what got no answer is asked again, as
 * long as the address allows. Each may throw a `Refusal`, MigrateError `redis-…` or `Interruption`.
 */
export class Store {
  readonly #connections: Connections;
  readonly #withRefusals: WithRefusals;
  readonly #limits = new ValueSizeLimits();
  readonly topology: Topology;
  /** Such as `redis 7.0.15`; null where the server does not say. */
  readonly server: string | null;
  /**
   * The time by the clock of the server that holds a key, in ms since 1970: its expiries run by that clock, and this
   * machine's may be wrong. Where Redis does not say its time, this machine's.
   */
  readonly timeAt: (redisKey: Secret) => Promise<number>;
  /** Ends all connections, for good: what is under way fails, at once, and nothing is sent any more. */
  readonly close: () => void;

  constructor(connections: Connections, address: Address, close: () => void) {
    const { masters } = connections;
    const [first] = masters.all;
    this.#connections = connections;
    this.#withRefusals = refusalsOf(address);
    this.topology = masters.topology;
    this.server = first === undefined ? null : serverOf(masters.connectionTo(first).info);
    this.timeAt = serverClock(connections);
    this.close = close;
  }

  /** Writes entries, each with its expiry at once, where nothing is there yet. @returns whether each was written */
  createAll(entries: readonly Entry[]): Promise<readonly (boolean | Failed)[]> {
    return createManyRecords(this.#connections, entries, (entry, unanswered) => {
      const create = () => createRecord(this.#connections, entry, unanswered);
      return this.#withRefusals(create, entry.redisKey, entry.value);
    });
  }

  read(redisKey: Secret, unanswered?: Unanswered): Promise<Held> {
    return this.#withRefusals(() => readRecord(this.#connections, redisKey, unanswered), redisKey);
  }

  /**
   * `read`, for many at once.
   * @param there whether most of the keys are thought to exist, which saves a round trip where it is so
   */
  readAll(redisKeys: readonly Secret[], there: boolean): Promise<readonly (Held | Failed)[]> {
    return readManyRecords(this.#connections, redisKeys, there, (...one) => this.read(...one));
  }

  /** What keys hold, whenever it expires; each of them need not be UTF-8. */
  readValues(keys: readonly Buffer[]): Promise<readonly (HeldValue | Failed)[]> {
    return readManyValues(this.#connections, keys, (key, unanswered) =>
      this.#withRefusals(() => readValue(this.#connections, key, unanswered), new Secret(key.toString())),
    );
  }

  /** How long the strings under keys are, in bytes; null where that is not known, or there is no string. */
  lengthsOf(keys: readonly Buffer[]): Promise<readonly (number | null)[]> {
    return lengthsOf(this.#connections, keys);
  }

  /** What a key of any type holds, and its ms to live; null where there is nothing. */
  dump(redisKey: Secret): Promise<Dump | null> {
    return this.#withRefusals(() => dumpRecord(this.#connections, redisKey), redisKey);
  }

  /** What a key of any type holds, as DUMP gives it; null where there is nothing. It need not be UTF-8. */
  dumpBytes(key: Buffer): Promise<Buffer | null> {
    return this.#withRefusals(() => dumpOf(this.#connections, key), new Secret(key.toString()));
  }

  /** What keys hold, by its SHA-1, so that values of any size stay where they are. */
  readDigests(redisKeys: readonly Secret[]): Promise<readonly (HeldDigest | Failed)[]> {
    return readManyDigests(this.#connections, redisKeys, (redisKey, unanswered) =>
      this.#withRefusals(() => readDigest(this.#connections, redisKey, unanswered), redisKey),
    );
  }

  /** Whether all of many keys are there, for certain: false where that got no answer. */
  allExist(redisKeys: readonly Secret[]): Promise<boolean> {
    return allExist(this.#connections, redisKeys);
  }

  /** Replaces what keys hold, each if it is still what `digest` says, and in one step. @returns whether each was */
  replaceAll(changes: readonly Change[]): Promise<readonly (boolean | Failed)[]> {
    return replaceManyRecords(this.#connections, changes, (change, unanswered) => {
      const replace = () => replaceRecord(this.#connections, change, unanswered);
      return this.#withRefusals(replace, change.redisKey, payloadOf(change.replacement));
    });
  }

  /** Of a command that failed: whether it may have been carried out all the same, since it lost its answer once. */
  mayHaveDone(redisKey: Secret): boolean {
    return this.#connections.mayHaveDone(redisKey.reveal());
  }

  /** Keys that match a glob pattern, of all masters, as bytes, in batches; a key may come twice (SCAN's guarantee). */
  scan(pattern: string): AsyncIterable<readonly Buffer[]> {
    return scanKeys(this.#connections, pattern, this.#withRefusals);
  }

  /** Asks something else of the servers, by the same connections and with the same errors. */
  ask<T>(question: (connections: Connections) => Promise<T>): Promise<T> {
    return this.#withRefusals(() => question(this.#connections));
  }

  /** Says how large a value each master takes, by its name; null where that is not known. */
  limitValues(masters: readonly { readonly at: string; readonly largestValue: LargestValue | null }[]): void {
    for (const { at, largestValue } of masters) if (largestValue) this.#limits.add(at, largestValue);
  }

  /** Why Redis would take no value of so many bytes under a key; null where it would, or its limits are not known. */
  refusalOf(of: Pick<Entry, "redisKey">, bytes: number): Refusal | null {
    return this.#limits.refusalOf(() => this.#connections.masters.nameOfOwner(of.redisKey.reveal()), bytes);
  }

  /** How often Redis may have lost what it had confirmed, by a restart or a failover, since the run began. */
  get possibleLosses(): number {
    return this.#connections.masters.losses.count;
  }

  /** What happened to Redis by that, as the rest of a sentence. */
  get lossWords(): string {
    return this.#connections.masters.losses.words;
  }

  /**
   * Asks every master once more who it is, before a run calls itself done: what may have been lost counts in
   * `possibleLosses`.
   * @param wrote whether replicas get some time to acknowledge what was written
   * @returns a sentence for each master whose replicas did not
   */
  confirm(wrote: boolean): Promise<readonly string[]> {
    return this.#withRefusals(() => this.#connections.confirm(wrote));
  }

  /** Keys evicted since the run began; null where none is known of, and not all masters say. */
  evicted(): Promise<number | null> {
    return this.#connections.masters.evicted();
  }
}
