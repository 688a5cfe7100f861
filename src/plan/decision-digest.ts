import { createHash, type Hash } from "node:crypto";
import type { Decision } from "../record/conflict-policy.js";
import { sha256 } from "../record/digest.js";
import type { Held } from "../types/comparison.js";
import type { Entry } from "../types/entry.js";
import type { Settled } from "../types/outcome.js";

/**
 * What is decided about one record, and over what: the outcome, and the SHA-256 of the value that is to stand and of what
 * Redis holds. What is left of an expiry is no part of it, for it runs down; where that changes the outcome, it tells.
 * @param dump what a key of another type than string holds, where that is to be replaced
 */
export function digestOfDecision(
  { outcome, value }: Pick<Decision, "outcome" | "value">,
  held: Held,
  dump: Buffer | null = null,
): string {
  const before = held.state === "string" ? held.value : dump;
  const type = held.state === "other" ? held.type : held.state;
  return [outcome, type, value && sha256(value), before && sha256(before)].join(" ");
}

/** One digest of what is decided about all records, whose order is part of it. */
export interface DecisionsDigest {
  add(entry: Entry, settled: Settled): void;
  /** Forgets all records, since they are read once more. */
  startOver(): void;
  /** SHA-256 in hex of all so far. */
  readonly hex: string;
}

/** Records come in the order of the files, however many batches are in flight: their number does not change it. */
export function startDecisionsDigest(): DecisionsDigest {
  let hash: Hash = createHash("sha256");
  return {
    add: ({ redisKey }, { outcome, decision = "" }) => {
      hash.update(`${JSON.stringify([redisKey.reveal(), outcome, decision])}\n`);
    },
    startOver: () => {
      hash = createHash("sha256");
    },
    get hex() {
      return hash.copy().digest("hex");
    },
  };
}
