import type { Comparison, FieldDifference, Held } from "../types/comparison.js";
import type { Entry } from "../types/entry.js";
import type { Policy } from "../types/mode-and-policy.js";
import type { MigrateOutcome } from "../types/outcome.js";
import { expiresAtOf, type Lifetime, ttlOf } from "./expiry.js";
import { merge } from "./merge.js";
import { newerToMerge, recencyOf } from "./recency.js";

/** What a migration does with a record. */
export interface Decision {
  readonly outcome: MigrateOutcome;
  /** What an update writes; null where it sets the expiry alone. */
  readonly value: Buffer | null;
  /** What differs, as far as this decision is about it. */
  readonly fields: readonly FieldDifference[];
  /** How long what is written, or gets an expiry, lives. */
  readonly life: Life;
}

/** See `Entry`. */
type Life = Pick<Entry, "ttl" | "expiresAt">;

/**
 * The one decision, from how Redis differs: dry-run reports it, migration does it, and verification is content where it
 * changes nothing. The right value with a wrong expiry gets the expiry alone, and so does an API key whose version in
 * Redis stays and would expire. What is no conversation or API key at all is replaced only by `overwrite`.
 */
export function resolve(
  entry: Entry,
  held: Held,
  { relation, later, fields }: Comparison,
  policy: Policy,
  lifetime: Lifetime,
): Decision {
  const decide = (outcome: MigrateOutcome, value: Buffer | null = entry.value): Decision => ({
    outcome,
    value,
    // Of what differs, the expiry comes last.
    fields: value === null ? fields.slice(-1) : fields,
    life: entry,
  });
  if (relation === "missing") return decide("created");
  if (relation === "same") return decide("unchanged");
  if (relation === "expiry") return policy === "keep" ? decide("kept") : decide("updated", null);
  if (policy === "overwrite") return decide("updated");
  if (relation !== "different" || held.state !== "string") return decide("conflict");
  if (policy === "keep") return decide("kept");
  const keep = () => (entry.kind === "key" && held.ttl !== null ? decide("updated", null) : decide("kept"));
  if (policy === "newer") {
    if (later === null) return decide("conflict");
    return later === "file" ? decide("updated") : keep();
  }
  const [redis, file]: unknown[] = [JSON.parse(held.value.toString()), JSON.parse(entry.value.toString())];
  // By the clock, which merging leaves as it is: by which continues which, a second merge might decide otherwise.
  const merged = merge(entry.kind, redis, file, newerToMerge(entry.kind, redis, file));
  if (merged === null) return decide("conflict");
  if (merged === JSON.stringify(redis)) return keep();
  const updated = decide("updated", Buffer.from(merged));
  if (entry.expiresAt === null) return updated;
  // Both sides together were in use as late as the later one.
  const life = lifeOf(entry, JSON.parse(merged), lifetime);
  return { ...updated, life, fields: fields.filter(({ field }) => field !== "expiry") };
}

function lifeOf({ kind }: Entry, record: unknown, lifetime: Lifetime): Life {
  const [lastActive = null] = recencyOf(kind, record) ?? [];
  const expiresAt = expiresAtOf({ kind, lastActive }, lifetime);
  return { expiresAt, ttl: ttlOf(kind, expiresAt, lifetime) };
}
