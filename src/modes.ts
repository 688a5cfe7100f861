import { migrateError } from "./errors.js";
import { type Previous, sha1 } from "./journal/lines.js";
import type { Journal } from "./journal/write.js";
import type { Comparison, Entry, Held, Mode, Policy, Settled } from "./model.js";
import type { Digest, Store } from "./redis/store.js";
import { Refusal } from "./redis/store.js";
import { compare } from "./target/compare.js";
import type { MemoryEstimate } from "./target/memory.js";
import type { Decision } from "./target/resolve.js";
import { judge, resolve } from "./target/resolve.js";

/** What a record needs to be carried through. */
interface Means {
  readonly store: Store;
  readonly journal: Journal;
  readonly policy: Policy;
  /** Where a dry run adds up what its work would cost in memory. */
  readonly estimate: MemoryEstimate;
}

/** What a mode does with one record. */
export type Act = (entry: Entry, means: Means) => Promise<Settled>;

/** How often a record is compared anew that the app wrote, or that expired, between reading and writing it. */
const attempts = 5;

async function migrate(entry: Entry, means: Means): Promise<Settled> {
  let fields: Comparison["fields"] = [];
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const held = await means.store.read(entry.redisKey);
    const comparison = compare(entry, held);
    fields = comparison.fields;
    const decision = resolve(entry, held, comparison, means.policy);
    const { outcome } = decision;
    if (outcome === "created") {
      if (await create(entry, means)) return { outcome, fields: [] };
    } else if (outcome === "updated") {
      if (await update(entry, held, decision, means)) return { outcome, fields };
    } else {
      return { outcome, fields };
    }
  }
  return { outcome: "conflict", fields, reason: "the app keeps writing it while this runs" };
}

async function create(entry: Entry, { store, journal }: Means): Promise<boolean> {
  const step = await journal.create(entry.kind, entry.redisKey, entry.value);
  const done = await store.create(entry);
  if (!done) await journal.cancel(step);
  return done;
}

async function update(
  entry: Entry,
  held: Held,
  { value }: Decision,
  { store, journal }: Means,
): Promise<boolean> {
  const now = await previousOf(entry, held, store);
  if (now === null) return false;
  const step = await journal.replace(entry.kind, entry.redisKey, value, now.previous);
  const ttlMs = entry.ttl === null ? null : entry.ttl * 1000;
  const done = await store.replace(entry.redisKey, now.digest, { how: "set", value, ttlMs });
  if (!done) await journal.cancel(step);
  return done;
}

/** What the key held when it was compared, to be kept and to be told by; null where it is gone by now. */
async function previousOf(
  { redisKey }: Entry,
  held: Held,
  store: Store,
): Promise<{ previous: Previous; digest: Digest } | null> {
  const at = Date.now();
  if (held.state === "string") {
    const { value, raw, ttl } = held;
    const content = raw === undefined ? { text: value } : { base64: raw.toString("base64") };
    const previous = { ...content, ttlMs: ttl === null ? null : Math.round(ttl * 1000), at };
    return { previous, digest: { of: "value", sha1: sha1(raw ?? value) } };
  }
  const dumped = await store.dump(redisKey);
  if (dumped === null) return null;
  const { dump, ttlMs } = dumped;
  return { previous: { dump: dump.toString("base64"), ttlMs, at }, digest: { of: "dump", sha1: sha1(dump) } };
}

async function dryRun(entry: Entry, { store, policy, estimate }: Means): Promise<Settled> {
  const held = await store.read(entry.redisKey);
  const comparison = compare(entry, held);
  const { outcome, value } = resolve(entry, held, comparison, policy);
  if (outcome === "created") estimate.create(entry.redisKey.reveal(), value, entry.ttl);
  if (outcome === "updated") estimate.replace(held.state === "string" ? held.value : "", value);
  return { outcome, fields: outcome === "created" ? [] : comparison.fields };
}

async function verify(entry: Entry, { store }: Means): Promise<Settled> {
  const comparison = compare(entry, await readable(() => store.read(entry.redisKey)));
  return { outcome: judge(comparison), fields: comparison.fields };
}

/**
 * What may not be read can be neither right nor wrong, so a verification ends here.
 * @throws MigrateError `redis-unreadable`
 */
export async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw error instanceof Refusal
      ? migrateError("redis-unreadable", { words: error.message }, error)
      : error;
  }
}

/** The modes that carry records from the files to Redis, or compare them. */
export type CarryingMode = Exclude<Mode, "undo">;

/** The act of each mode that carries records. */
export const acts: Readonly<Record<CarryingMode, Act>> = {
  migrate,
  "dry-run": dryRun,
  verify,
};

/** Carries something out; a command that Redis refused is this record's outcome, and no reason to stop. */
export async function settle(act: () => Promise<Settled>): Promise<Settled> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { outcome: "failed", fields: [], reason: error.message };
  }
}
