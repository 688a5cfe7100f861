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
