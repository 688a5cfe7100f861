import { migrateError } from "../errors.js";
import { isPastItsTime } from "../record/expiry.js";
import type { Settled } from "../types/outcome.js";
import type { Reading } from "./act-on-all-records.js";
import type { Archive } from "./archive.js";
import type { PipelineContext } from "./pipeline-context.js";
import { runPass } from "./run-pass.js";
import { Summary } from "./summary.js";

/** Stands for whatever becomes of a record: here only those past their time are looked at. */
const anything: Settled = { outcome: "unchanged", fields: [] };

/**
 * Sees that an archive that was there before holds all that would go to it: it is never written to.
 * @throws MigrateError `archive-exists`
 */
export async function checkArchiveHoldsAll(
  context: PipelineContext,
  { path, find }: Archive,
  reading: Reading,
): Promise<void> {
  const { options, signal } = context;
  const summary = new Summary({ mode: "dry-run", details: 0 });
  let [past, lacking] = [0, 0];
  await runPass(
    { ...context, summary, rejects: null, options: { ...options, mode: "dry-run" } },
    {
      ...reading,
      action: async (entries) => ({ settled: entries.map(() => anything), failure: null }),
      onSettled: (entry) => {
        if (!isPastItsTime(entry, options.ttl)) return;
        past += 1;
        if (find?.(entry) !== "same") lacking += 1;
      },
    },
  );
  if (lacking > 0 && !signal?.aborted) throw migrateError("archive-exists", { path, lacking, past });
}
