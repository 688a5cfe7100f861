import { isUtf8 } from "node:buffer";
import type { Previous } from "../journal/format.js";
import type { BatchContext, BatchOutcome } from "../pipeline/batch-action.js";
import { compare } from "../record/compare.js";
import type { Decision } from "../record/conflict-policy.js";
import { resolve } from "../record/conflict-policy.js";
import { sha1 } from "../record/digest.js";
import { Failed } from "../redis/failed.js";
import type { Digest } from "../redis/replace-record.js";
import type { Store } from "../redis/store.js";
import type { Secret } from "../secret.js";
import type { Comparison, Entry, Held, Settled } from "../types.js";
import { created, gather } from "./batch-outcome.js";
import { mustBeText, throwIfTooLarge } from "./size-checks.js";

/** Records as they come: nearly all are not there yet, and are created together; each of the others goes its own way. */
export async function migrateBatch(entries: readonly Entry[], context: BatchContext): Promise<BatchOutcome> {
  const held = await context.store.readAll(
    entries.map(({ redisKey }) => redisKey),
    false,
  );
  // A value that is too large for Redis goes the way of one record, where that is told.
  const isFresh = entries.map(({ redisKey, value }, at) => {
    return isAbsent(held[at]) && context.store.refusalOf(redisKey, value.length) === null;
  });
  const fresh = entries.filter((_, at) => isFresh[at]);
  const isNew = await createAll(fresh, context);
  let next = 0;
  return gather(
    entries.map((entry, at) => {
      if (isFresh[at]) {
        const done = isNew[next];
        next += 1;
        if (done === true) return created;
        if (done instanceof Failed) return done;
        return migrate(entry, context);
      }
      const one = held[at] as Held | Failed;
      return one instanceof Failed ? one : migrate(entry, context, one);
    }),
  );
}

function isAbsent(held: Held | Failed | undefined): boolean {
  return held !== undefined && !(held instanceof Failed) && held.state === "absent";
}

/** Creates records that were not there; where one is by now, nothing is done about it. */
async function createAll(entries: readonly Entry[], context: BatchContext): Promise<(boolean | Failed)[]> {
  if (entries.length === 0) return [];
  const first = await context.journal.createAll(entries);
  const done = await context.store.createAll(entries);
  return Promise.all(
    done.map((one, at) => {
      if (one === true) return one;
      const action = async () => orThrow(one);
      // Where this fails, the others are written all the same, and count.
      return announced(first + at, entries[at] as Entry, context, action).catch((error) => new Failed(error));
    }),
  );
}

function orThrow<T>(done: T | Failed): T {
  if (done instanceof Failed) throw done.error;
  return done;
}

/** Does what a step of the journal announces; where it is known not to be done, the step is cancelled. */
async function announced(
  step: number,
  { redisKey }: Entry,
  { store, journal }: BatchContext,
  action: () => Promise<boolean>,
): Promise<boolean> {
  let done = false;
  try {
    done = await action();
    return done;
  } catch (error) {
    done = store.mayHaveDone(redisKey);
    throw error;
  } finally {
    if (!done) await journal.cancel(step);
  }
}

/** How often a record is compared anew that the app wrote, or that expired, between reading and writing it. */
const attempts = 5;

/**
 * One record, from its comparison to what became of it, and again where it changes meanwhile.
 * @param known what its key was just seen to hold
 */
async function migrate(entry: Entry, context: BatchContext, known: Held | null = null): Promise<Settled> {
  let fields: Comparison["fields"] = [];
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const held = (attempt === 0 ? known : null) ?? (await context.store.read(entry.redisKey));
    const comparison = compare(entry, held);
    const decision = resolve(entry, held, comparison, context.policy);
    const { outcome } = decision;
    fields = decision.fields;
    throwIfTooLarge(entry, decision, context);
    if (outcome === "created") {
      if (await create(entry, context)) return { outcome, fields: [] };
    } else if (outcome === "updated") {
      if (await update(entry, held, decision, context)) return { outcome, fields };
    } else {
      return { outcome, fields };
    }
  }
  return { outcome: "conflict", fields, reason: "the app keeps writing it while this runs" };
}

async function create(entry: Entry, context: BatchContext): Promise<boolean> {
  const step = await context.journal.create(entry);
  return announced(step, entry, context, () => context.store.create(entry));
}

async function update(
  entry: Entry,
  held: Held,
  { value }: Decision,
  context: BatchContext,
): Promise<boolean> {
  const { kind, redisKey, ttl } = entry;
  const { store, journal, keepsJournal } = context;
  const now = await previousOf(redisKey, held, value === null, store);
  if (now === null) return false;
  const { previous, digest } = now;
  const ttlMs = ttl === null ? null : ttl * 1000;
  // What is kept nowhere need not become text, which may be too long.
  const announce = () =>
    value === null
      ? journal.expire(kind, redisKey, digest.sha1, previous())
      : journal.replace(kind, redisKey, value, previous());
  const step = keepsJournal ? await announce() : 0;
  const replacement =
    value === null ? ({ how: "expire", ttlMs } as const) : ({ how: "set", value, ttlMs } as const);
  return announced(step, entry, context, () => store.replace(redisKey, digest, replacement));
}

/** What the key held when it was compared, to be kept and to be told by; null where it is gone by now. */
async function previousOf(
  redisKey: Secret,
  held: Held,
  expiryAlone: boolean,
  store: Store,
): Promise<{ previous: () => Previous; digest: Digest } | null> {
  const at = await store.timeAt(redisKey);
  if (held.state === "string") {
    const { value, ttl } = held;
    const life = { ttlMs: ttl === null ? null : Math.round(ttl * 1000), at };
    const content = () => (isUtf8(value) ? { text: value.toString() } : { base64: value.toString("base64") });
    const previous = () => (expiryAlone ? life : { ...asText(value, content), ...life });
    return { previous, digest: { of: "value", sha1: sha1(value) } };
  }
  const dumped = await store.dump(redisKey);
  if (dumped === null) return null;
  const { dump, ttlMs } = dumped;
  const previous = () => ({ ...asText(dump, () => ({ dump: dump.toString("base64") })), ttlMs, at });
  return { previous, digest: { of: "dump", sha1: sha1(dump) } };
}

/** What a key held, as text for the journal. @throws as `mustBeText` does */
function asText<T>(held: Buffer, content: () => T): T {
  mustBeText(held);
  return content();
}
