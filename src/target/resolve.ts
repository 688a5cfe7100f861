import type { Comparison, Entry, Held, MigrateOutcome, Policy, VerifyOutcome } from "../model.js";
import { merge } from "./merge.js";

/** What a migration does with a record. `value` is what an update writes. */
export interface Decision {
  readonly outcome: MigrateOutcome;
  readonly value: Buffer;
}

/**
 * The one decision, from how Redis differs: dry-run reports it, migration does it. What is there and the same stays,
 * whatever its expiry. What is no conversation or API key at all is replaced only by `overwrite`.
 */
export function resolve(entry: Entry, held: Held, { relation, newer }: Comparison, policy: Policy): Decision {
  const decide = (outcome: MigrateOutcome, value = entry.value): Decision => ({ outcome, value });
  if (relation === "missing") return decide("created");
  if (relation === "same" || relation === "expiry") return decide("unchanged");
  if (policy === "overwrite") return decide("updated");
  if (relation !== "different" || held.state !== "string") return decide("conflict");
  if (policy === "keep") return decide("kept");
  if (policy === "newer") {
    if (newer === null) return decide("conflict");
    return decide(newer === "file" ? "updated" : "kept");
  }
  const redis: unknown = JSON.parse(held.value.toString());
  const merged = merge(entry.kind, redis, JSON.parse(entry.value.toString()), newer);
  if (merged === null) return decide("conflict");
  return merged === JSON.stringify(redis) ? decide("kept") : decide("updated", Buffer.from(merged));
}

/** What a verification calls the same comparison. */
export function judge({ relation, newer }: Comparison): VerifyOutcome {
  switch (relation) {
    case "same":
      return "matched";
    case "notJson":
      return "different";
    case "different":
      return newer === "redis" ? "newer" : "different";
    default:
      return relation;
  }
}
