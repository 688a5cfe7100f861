import type { BatchOutcome } from "../pipeline/batch-action.js";
import type { PipelineContext } from "../pipeline/pipeline-context.js";
import { compare } from "../record/compare.js";
import { resolve } from "../record/conflict-policy.js";
import { Failed, orThrow } from "../redis/failed-one-of-many.js";
import type { Comparison, Held } from "../types/comparison.js";
import type { Entry } from "../types/entry.js";
import type { Settled } from "../types/outcome.js";
import { created, gather } from "./batch-outcome.js";
import { dumpForDecision, settledBy, withDecision } from "./decision-of-record.js";
import { throwIfTooLargeForRedis } from "./size-checks.js";
import { type Update, updateAll } from "./update-records.js";
import { writeAnnounced } from "./write-announced.js";

/** Creates the records that Redis lacks, and updates those that are to be, in few commands; what changed meanwhile, by itself. */
export async function migrateBatch(
  entries: readonly Entry[],
  context: PipelineContext,
): Promise<BatchOutcome> {
  const held = await heldBefore(entries, context);
  // A value that is too large for Redis is refused with its reason where one record is migrated.
  const isFresh = entries.map(
    (entry, index) => isAbsent(held[index]) && context.store.refusalOf(entry, entry.bytes) === null,
  );
  const fresh = entries.filter((_, index) => isFresh[index]);
  const isNew = await createAll(fresh, context);
  // As most batches of a first run are: nothing more is to be asked or decided.
  if (
    isNew.length === entries.length &&
    isNew.every((one) => one === true) &&
    context.summary.decisions === null
  )
    return { settled: isNew.map(() => created), failure: null };
  const decided = entries.map((entry, index) => {
    return isFresh[index] ? null : decideOnOne(entry, held[index] as Held | Failed, context);
  });
  const dumps = await dumpsOf(decided, context);
  const isUpdated = await updateAll(decided.filter(isUpdate), context);
  const [news, updates] = [isNew.values(), isUpdated.values()];
  return gather(
    entries.map((entry, index) => {
      const one = decided[index] ?? null;
      if (one instanceof Failed) return one;
      const settled = settledOf(entry, one, context, dumps[index]);
      if (one !== null && !isUpdate(one)) return settled;
      const done = (one === null ? news : updates).next().value;
      if (done instanceof Failed) return done;
      // Where its key has changed since it was read, it is compared anew.
      return done ? settled : migrate(entry, context);
    }),
  );
}

/**
 * What the keys hold. Where the preflight check found none, and no SET NX did since, they are not asked: whatever came
 * meanwhile keeps its place, for a record is only created where there is nothing.
 */
async function heldBefore(
  entries: readonly Entry[],
  { store, prefix }: PipelineContext,
): Promise<readonly (Held | Failed)[]> {
  if (prefix.isEmpty) return entries.map(() => absent);
  return store.readAll(
    entries.map(({ redisKey }) => redisKey),
    false,
  );
}

const absent: Held = { state: "absent" };

function isAbsent(held: Held | Failed | undefined): boolean {
  return held !== undefined && !(held instanceof Failed) && held.state === "absent";
}

/** Creates records that were absent. @returns for each whether it was still absent */
async function createAll(
  entries: readonly Entry[],
  context: PipelineContext,
): Promise<readonly (boolean | Failed)[]> {
  if (entries.length === 0) return [];
  const first = await context.journal.createAll(entries);
  const done = await context.store.createAll(entries);
  if (done.every((one) => one === true)) return done;
  // Somebody else writes here too.
  context.prefix.isEmpty = false;
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

/** What an entry that was created, or decided about, counts as. */
function settledOf(
  entry: Entry,
  one: Update | null,
  context: PipelineContext,
  dump: Buffer | null = null,
): Settled {
  if (one === null) {
    const decision = { outcome: "created", value: entry.value, fields: [], life: entry } as const;
    return withDecision(created, { decision, held: absent }, context);
  }
  return withDecision(settledBy(one.decision, entry), one, context, dump);
}

/** What updates replace that is no string, where a plan asks for it: before anything is replaced. */
async function dumpsOf(
  decided: readonly (Update | Failed | null)[],
  context: PipelineContext,
): Promise<readonly (Buffer | null)[]> {
  if (context.summary.decisions === null) return [];
  return Promise.all(decided.map((one) => (isUpdate(one) ? dumpForDecision(one, context) : null)));
}

/** How often a record is compared anew that the app wrote, or that expired, between reading and writing it. */
const attempts = 5;

/** Compares one record and writes it, anew where its key changes in between. */
async function migrate(entry: Entry, context: PipelineContext): Promise<Settled> {
  let fields: Comparison["fields"] = [];
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const update = decide(entry, await context.store.read(entry.redisKey), context);
    const { outcome } = update.decision;
    ({ fields } = update.decision);
    const dump = await dumpForDecision(update, context);
    if (outcome === "created") {
      if ((await createAll([entry], context)).every(orThrow)) return withDecision(created, update, context);
    } else if (outcome !== "updated" || (await updateAll([update], context)).every(orThrow)) {
      return withDecision(settledBy(update.decision, entry), update, context, dump);
    }
  }
  return { outcome: "conflict", fields, reason: "the app keeps writing it while this runs" };
}

function decideOnOne(entry: Entry, held: Held | Failed, context: PipelineContext): Update | Failed {
  try {
    return decide(entry, orThrow(held), context);
  } catch (error) {
    return new Failed(error);
  }
}

function isUpdate(one: Update | Failed | null): one is Update {
  return one !== null && !(one instanceof Failed) && one.decision.outcome === "updated";
}

/** @throws Refusal where Redis is known not to take the value */
function decide(entry: Entry, held: Held, { store, options, reader }: PipelineContext): Update {
  const decision = resolve(entry, held, compare(entry, held), options.onConflict, reader.lifetime);
  throwIfTooLargeForRedis(entry, decision, store);
  return { entry, held, decision };
}
