import type { PipelineContext } from "../pipeline/pipeline-context.js";
import type { Decision } from "../record/conflict-policy.js";
import { Failed, orFailed, orThrow } from "../redis/failed-one-of-many.js";
import type { Change } from "../redis/replace-record.js";
import type { Held } from "../types/comparison.js";
import type { Entry } from "../types/entry.js";
import { previousValueOf } from "./previous-value.js";
import { writeAnnounced } from "./write-announced.js";

/** A record that is to take the place of what its key was compared with. */
export interface Update {
  readonly entry: Entry;
  readonly held: Held;
  readonly decision: Decision;
}

/** An update that is in the journal, as this step. */
interface Announced {
  readonly step: number;
  readonly change: Change;
}

/**
 * Updates records: all are announced in the journal, and then replaced in few commands.
 * @returns for each whether its key still held what it was compared with, and so was updated
 */
export async function updateAll(
  updates: readonly Update[],
  context: PipelineContext,
): Promise<readonly (boolean | Failed)[]> {
  if (updates.length === 0) return [];
  const announced = await Promise.all(updates.map((update) => orFailed(() => announce(update, context))));
  const changes = announced.flatMap((one) => (one === null || one instanceof Failed ? [] : [one.change]));
  const done = (await context.store.replaceAll(changes)).values();
  return Promise.all(
    announced.map((one, at) => {
      if (one === null) return false;
      if (one instanceof Failed) return one;
      const result = done.next().value as boolean | Failed;
      if (result === true) return true;
      const { entry } = updates[at] as Update;
      return orFailed(() => writeAnnounced(one.step, entry, context, async () => orThrow(result)));
    }),
  );
}

/** @returns null where the key is gone by now */
async function announce(
  { entry, held, decision }: Update,
  context: PipelineContext,
): Promise<Announced | null> {
  const { kind, redisKey } = entry;
  const { store, journal, options } = context;
  const { value, life } = decision;
  const { ttl, expiresAt } = life;
  const previous = await previousValueOf(redisKey, held, value === null, store);
  if (previous === null) return null;
  const { forJournal, digest } = previous;
  const write = () =>
    value === null
      ? journal.expire(kind, redisKey, digest.sha1, forJournal())
      : journal.replace(kind, redisKey, value, forJournal());
  // Without a journal, what the key held need not become text, which may be too long.
  const step = options.journal !== null ? await write() : 0;
  const ttlMs = ttl === null ? null : ttl * 1000;
  const replacement =
    value === null
      ? ({ how: "expire", ttlMs, expiresAt } as const)
      : ({ how: "set", value, ttlMs, expiresAt } as const);
  return { step, change: { redisKey, digest, replacement } };
}
