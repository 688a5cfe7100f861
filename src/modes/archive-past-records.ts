import type { Archive } from "../pipeline/archive.js";
import type { BatchAction, BatchOutcome } from "../pipeline/batch-action.js";
import type { BatchMode } from "../pipeline/pipeline-context.js";
import { isPastItsTime } from "../record/expiry.js";
import type { Entry } from "../types/entry.js";
import type { Settled } from "../types/outcome.js";
import { gather } from "./batch-outcome.js";

/** What a mode does with a batch, but that records past their time go to the archive: Redis is not asked about them. */
export function archiving(action: BatchAction): BatchAction {
  return async (entries, context) => {
    const { archive, options } = context;
    if (archive === null) return action(entries, context);
    const isPast = entries.map((entry) => isPastItsTime(entry, options.ttl));
    const living = entries.filter((_, at) => !isPast[at]);
    // Begun before anything is waited for, so that the archive gets them in the order of the files.
    const past = entries.filter((_, at) => isPast[at]).map((one) => settlePast(one, archive, options.mode));
    const [gone, rest] = await Promise.all([gather(past), actOn(living, () => action(living, context))]);
    const [goneOnes, others] = [gone.settled.values(), rest.settled.values()];
    return {
      settled: isPast.map((one) => (one ? goneOnes : others).next().value ?? null),
      failure: gone.failure ?? rest.failure,
    };
  };
}

/** What fails with some records says nothing of those that are in the archive by then. */
async function actOn(entries: readonly Entry[], act: () => Promise<BatchOutcome>): Promise<BatchOutcome> {
  if (entries.length === 0) return { settled: [], failure: null };
  return act().catch((error: unknown) => ({ settled: [], failure: { error } }));
}

async function settlePast(entry: Entry, archive: Archive, mode: BatchMode): Promise<Settled> {
  const found = archive.find === null ? "missing" : archive.find(entry);
  if (mode === "verify") return verified[found];
  if (archive.find !== null) return found === "same" ? unchanged : changed;
  if (mode === "migrate") await archive.add(entry);
  return { outcome: "archived", fields: [] };
}

const unchanged: Settled = { outcome: "unchanged", fields: [] };

/** All were looked up before anything was written. */
const changed: Settled = {
  outcome: "failed",
  fields: [],
  reason: "it is past its time, and the archive lacks it: its file has changed since that was checked",
};

const verified = {
  same: { outcome: "matched", fields: [] },
  different: {
    outcome: "different",
    fields: [],
    reason: "it is past its time: Redis was not asked, and the archive holds another version",
  },
  missing: {
    outcome: "missing",
    fields: [],
    reason: "it is past its time: Redis was not asked, and the archive lacks it",
  },
} as const satisfies Record<string, Settled>;
