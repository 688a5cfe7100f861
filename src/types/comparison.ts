import type { FieldDifference } from "./difference.js";

export type { FieldDifference };

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

/** How what Redis holds relates to what the file says should be there; `incomparable` is no JSON, or too long to parse. */
type Relation = "missing" | "same" | "expiry" | "different" | "wrongType" | "incomparable";

export interface Comparison {
  readonly relation: Relation;
  /** Where values differ: the side that goes on from the other; null where neither is proven to. */
  readonly later: "file" | "redis" | null;
  readonly fields: readonly FieldDifference[];
}
