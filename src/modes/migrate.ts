import type { BatchOutcome } from "../pipeline/batch-action.js";
import type { PipelineContext } from "../pipeline/pipeline-context.js";
import { compare } from "../record/compare.js";
import { type Decision, resolve } from "../record/conflict-policy.js";
import { Failed } from "../redis/failed-one-of-many.js";
import type { Replacement } from "../redis/replace-record.js";
import type { Comparison, Held } from "../types/comparison.js";
import type { Entry } from "../types/entry.js";
import type { Settled } from "../types/outcome.js";
import { created, gather } from "./batch-outcome.js";
import { previousValueOf } from "./previous-value.js";
import { throwIfTooLargeForRedis } from "./size-checks.js";
import { writeAnnounced } from "./write-announced.js";

/** Creates the records that Redis lacks in few commands, as nearly all are, and compares each of the others. */
export async function migrateBatch(
  entries: readonly Entry[],
  context: PipelineContext,
): Promise<BatchOutcome> {
  const held = await context.store.readAll(
    entries.map(({ redisKey }) => redisKey),
    false,
  );
  // A value that is too large for Redis is refused with its reason where one record is migrated.
  const isFresh = entries.map(({ redisKey, value }, index) => {
    return isAbsent(held[index]) && context.store.refusalOf(redisKey, value.length) === null;
  });
  const isNew = await createAll(
    entries.filter((_, index) => isFresh[index]),
    context,
  );
  let next = 0;
  return gather(
    entries.map((entry, index) => {
      if (isFresh[index]) {
        const done = isNew[next];
        next += 1;
        if (done === true) return created;
        if (done instanceof Failed) return done;
        return migrate(entry, context);
      }
      const one = held[index] as Held | Failed;
      return one instanceof Failed ? one : migrate(entry, context, one);
    }),
  );
}

function isAbsent(held: Held | Failed | undefined): boolean {
  return held !== undefined && !(held instanceof Failed) && held.state === "absent";
}

/** Creates records that were absent. @returns for each whether it was still absent */
async function createAll(entries: readonly Entry[], context: PipelineContext): Promise<(boolean | Failed)[]> {
  if (entries.length === 0) return [];
  const first = await context.journal.createAll(entries);
  const done = await context.store.createAll(entries);
  return Promise.all(
    done.map((one, index) => {
      if (one === true) return one;
      const write = async () => orThrow(one);
      // Where cancelling fails, the others are written all the same, and count.
      return writeAnnounced(first + index, entries[index] as Entry, context, write).catch((error) => {
        return new Failed(error);
      });
    }),
  );
}

function orThrow<T>(done: T | Failed): T {
  if (done instanceof Failed) throw done.error;
  return done;
}

/** How often a record is compared anew that the app wrote, or that expired, between reading and writing it. */
const attempts = 5;

/**
 * Compares one record and writes it, anew where its key changes in between.
 * @param known what its key was just read to hold
 */
async function migrate(entry: Entry, context: PipelineContext, known: Held | null = null): Promise<Settled> {
  let fields: Comparison["fields"] = [];
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const held = (attempt === 0 ? known : null) ?? (await context.store.read(entry.redisKey));
    const decision = resolve(entry, held, compare(entry, held), context.options.onConflict);
    const { outcome } = decision;
    fields = decision.fields;
    throwIfTooLargeForRedis(entry, decision, context.store);
    if (outcome === "created") {
      if (await create(entry, context)) return created;
    } else if (outcome !== "updated" || (await update(entry, held, decision, context))) {
      return { outcome, fields };
    }
  }
  return { outcome: "conflict", fields, reason: "the app keeps writing it while this runs" };
}

async function create(entry: Entry, context: PipelineContext): Promise<boolean> {
  const step = await context.journal.create(entry);
  return writeAnnounced(step, entry, context, () => context.store.create(entry));
}

/** @returns whether the key still held what it was compared with, and so was updated */
async function update(
  entry: Entry,
  held: Held,
  { value }: Decision,
  context: PipelineContext,
): Promise<boolean> {
  const { kind, redisKey, ttl } = entry;
  const { store, journal, options } = context;
  const previous = await previousValueOf(redisKey, held, value === null, store);
  if (previous === null) return false;
  const { forJournal, digest } = previous;
  const announce = () =>
    value === null
      ? journal.expire(kind, redisKey, digest.sha1, forJournal())
      : journal.replace(kind, redisKey, value, forJournal());
  // Without a journal, what the key held need not become text, which may be too long.
  const step = options.journal !== null ? await announce() : 0;
  const ttlMs = ttl === null ? null : ttl * 1000;
  const replacement: Replacement = value === null ? { how: "expire", ttlMs } : { how: "set", value, ttlMs };
  return writeAnnounced(step, entry, context, () => store.replace({ redisKey, digest, replacement }));
}
