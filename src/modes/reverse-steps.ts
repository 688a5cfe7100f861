import type { Step } from "../journal/format.js";
import type { BatchOutcome } from "../pipeline/batch-action.js";
import { Failed, orFailed, orThrow } from "../redis/failed-one-of-many.js";
import type { HeldDigest } from "../redis/read-digests.js";
import { type Change, payloadOf, type Replacement } from "../redis/replace-record.js";
import type { Store } from "../redis/store.js";
import { Secret } from "../secret.js";
import type { Settled } from "../types/outcome.js";
import { gather } from "./batch-outcome.js";
import { type Reversal, reversalOf } from "./reversal.js";

/** A step, and what became of it, once that is known. */
interface Reversing {
  readonly step: Step;
  readonly redisKey: Secret;
  result: Settled | Failed | null;
}

/**
 * Takes steps of an earlier run back, each where its key still holds what that run left.
 * @param writes false to say only what would be done
 */
export async function reverseSteps(
  steps: readonly Step[],
  store: Store,
  writes: boolean,
): Promise<BatchOutcome> {
  const all: Reversing[] = steps.map((step) => ({ step, redisKey: new Secret(step.key), result: null }));
  if (writes) await deleteCreated(all, store);
  const others = all.filter(({ result }) => result === null);
  if (others.length > 0) await reverseWhatIsHeld(others, store, writes);
  return gather(all.map(({ result }) => result as Settled | Failed));
}

/**
 * Deletes what was created, where all of it is still there, as most often: the script that deletes a value sees by itself
 * whether it is the one that was written, so that it need not be read before.
 */
async function deleteCreated(all: readonly Reversing[], store: Store): Promise<void> {
  const created = all.filter(({ step }) => step.op === "create");
  // Of one that was gone before, a script whose answer is lost would be taken to have deleted it.
  if (!(await store.allExist(created.map(({ redisKey }) => redisKey)))) return;
  const done = await store.replaceAll(created.map((one) => changeOf(one, { how: "delete" })));
  for (const [at, one] of created.entries()) {
    const result = done[at] as boolean | Failed;
    if (result === true) one.result = { outcome: "deleted", fields: [] };
    else if (result !== false) one.result = result;
  }
}

async function reverseWhatIsHeld(all: readonly Reversing[], store: Store, writes: boolean): Promise<void> {
  const held = await store.readDigests(all.map(({ redisKey }) => redisKey));
  const reversals = await Promise.all(
    all.map((one, at) => orFailed(() => decide(one, held[at] as HeldDigest | Failed, store))),
  );
  const changing: Reversing[] = [];
  const changes: Change[] = [];
  for (const [at, one] of all.entries()) {
    const reversal = reversals[at] as Reversal | Failed;
    one.result = reversal instanceof Failed ? reversal : { outcome: reversal.outcome, fields: [] };
    if (!writes || reversal instanceof Failed || reversal.replacement === null) continue;
    changing.push(one);
    changes.push(changeOf(one, reversal.replacement));
  }
  const done = await store.replaceAll(changes);
  for (const [at, one] of changing.entries()) {
    const result = done[at] as boolean | Failed;
    if (result instanceof Failed) one.result = result;
    else if (!result) one.result = { outcome: "changed", fields: [] };
  }
}

/** @throws Refusal where Redis is known not to take what is to be restored */
async function decide(
  { step, redisKey }: Reversing,
  held: HeldDigest | Failed,
  store: Store,
): Promise<Reversal> {
  const reversal = reversalOf(step, orThrow(held), await store.timeAt(redisKey));
  const { replacement } = reversal;
  const refusal = replacement && store.refusalOf({ redisKey }, payloadOf(replacement).length);
  if (refusal !== null) throw refusal;
  return reversal;
}

function changeOf({ step, redisKey }: Reversing, replacement: Replacement): Change {
  return { redisKey, digest: { of: "value", sha1: step.digest }, replacement };
}
