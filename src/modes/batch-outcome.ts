import { isTooLong } from "../errors.js";
import type { BatchOutcome } from "../pipeline/batch-action.js";
import { Failed } from "../redis/failed.js";
import { Refusal } from "../redis/refusal.js";
import type { Settled } from "../types.js";

export const created: Settled = { outcome: "created", fields: [] };

const tooLong =
  "what Redis holds cannot be kept in the journal, and was left as it is: it is longer than any text that Node can hold";

/** What throws at once is one record's outcome as well as what is rejected later. */
export function guarded<T>(act: () => T): T | Failed {
  try {
    return act();
  } catch (error) {
    return new Failed(error);
  }
}

/** Waits for all; a command that Redis refused is its record's outcome, and no reason to stop. */
export async function gather(acts: readonly (Settled | Failed | Promise<Settled>)[]): Promise<BatchOutcome> {
  const settled: (Settled | null)[] = [];
  let failure: BatchOutcome["failure"] = null;
  for (const one of await Promise.allSettled(acts)) {
    const error =
      one.status === "rejected" ? one.reason : one.value instanceof Failed ? one.value.error : null;
    if (error === null && one.status === "fulfilled") {
      settled.push(one.value as Settled);
    } else if (error instanceof Refusal || isTooLong(error)) {
      const reason = error instanceof Refusal ? error.message : tooLong;
      settled.push({ outcome: "failed", fields: [], reason });
    } else {
      settled.push(null);
      failure ??= { error };
    }
  }
  return { settled, failure };
}

/** Carries something out; a command that Redis refused is this record's outcome, and no reason to stop. */
export async function settle(act: () => Promise<Settled>): Promise<Settled> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { outcome: "failed", fields: [], reason: error.message };
  }
}
