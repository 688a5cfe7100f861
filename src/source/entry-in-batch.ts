import { putBytes } from "../put-bytes.js";
import { sha1 } from "../record/digest.js";
import { expiresAtOf, type Lifetime, ttlOf } from "../record/expiry.js";
import { nameOf, redisKeyOf } from "../record/redis-key.js";
import type { Secret } from "../secret.js";
import type { Entry, Oddity } from "../types/entry.js";
import type { KeyDigest } from "../types/key-digest.js";
import { type Kind, kinds } from "../types/kind.js";
import type { Place } from "../types/row.js";
import type { PackedBatch } from "./pack-records.js";
import * as column from "./record-columns.js";

/** What is known of the keys in Redis. */
export interface Keyspace extends Lifetime {
  readonly prefix: string;
}

/** What the entries of one batch have in common. */
export interface EntrySource
  extends Pick<PackedBatch, "source" | "columns" | "digests" | "oddities" | "spellings"> {
  /** All memory of its values. */
  readonly values: Buffer;
  readonly keyspace: Keyspace;
  /** What the Redis keys of each kind begin with. */
  readonly starts: Readonly<Record<Kind, Buffer>>;
}

const nothingOdd: readonly Oddity[] = [];

/** An entry that is read out of its batch as far as it is asked for: most are asked for little, and there are many. */
export class EntryInBatch implements Entry {
  readonly #from: EntrySource;
  readonly #at: number;

  /** @param at its place among all rows of the batch */
  constructor(from: EntrySource, at: number) {
    this.#from = from;
    this.#at = at;
  }

  #number(place: number): number {
    return this.#from.columns[this.#at * column.stride + place] as number;
  }

  get kind(): Kind {
    return kinds[this.#number(column.KIND)] as Kind;
  }

  get #id(): string {
    return this.#from.values.toString("utf8", this.#number(column.ID_FROM), this.#number(column.ID_TO));
  }

  get name(): string {
    return nameOf(this.kind, this.#id);
  }

  get redisKey(): Secret {
    return redisKeyOf(this.#from.keyspace.prefix, this.kind, this.#id);
  }

  get keyLength(): number {
    const start = this.#from.starts[this.kind];
    return start.length + this.#number(column.ID_TO) - this.#number(column.ID_FROM);
  }

  putKey(memory: Buffer, at: number): number {
    const { starts, values } = this.#from;
    const start = starts[this.kind];
    memory.set(start, at);
    return putBytes(
      memory,
      at + start.length,
      values,
      this.#number(column.ID_FROM),
      this.#number(column.ID_TO),
    );
  }

  get keyDigest(): KeyDigest {
    return {
      first: this.#number(column.DIGEST),
      second: this.#number(column.DIGEST + 1),
      third: this.#number(column.DIGEST + 2),
    };
  }

  get value(): Buffer {
    return this.#from.values.subarray(this.#number(column.FROM), this.#number(column.TO));
  }

  get bytes(): number {
    return this.#number(column.TO) - this.#number(column.FROM);
  }

  get digest(): string {
    const { digests } = this.#from;
    return digests === "" ? sha1(this.value) : digests.slice(this.#at * 40, (this.#at + 1) * 40);
  }

  get ttl(): number | null {
    return ttlOf(this.kind, this.expiresAt, this.#from.keyspace);
  }

  get expiresAt(): number | null {
    return expiresAtOf(this, this.#from.keyspace);
  }

  get place(): Place {
    const index = this.#number(column.INDEX);
    return {
      source: this.#from.source,
      index: index < 0 ? null : index,
      offset: this.#number(column.OFFSET),
      line: this.#number(column.LINE),
    };
  }

  get oddities(): readonly Oddity[] {
    return this.#from.oddities.get(this.#at) ?? nothingOdd;
  }

  get spelling(): string | undefined {
    return this.#from.spellings.get(this.#at);
  }

  get messageCount(): number | null {
    const count = this.#number(column.MESSAGES);
    return count < 0 ? null : count;
  }

  get lastActive(): number | null {
    const time = this.#number(column.LAST_ACTIVE);
    return Number.isNaN(time) ? null : time;
  }
}
