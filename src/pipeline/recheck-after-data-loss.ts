import { migrateError } from "../errors.js";
import { hasChanged } from "../source/file-identity.js";
import { withoutAdding } from "./archive.js";
import { confirmNoDataLoss } from "./confirm-no-data-loss.js";
import { correctOutcomes } from "./outcome-after-data-loss.js";
import type { PipelineContext } from "./pipeline-context.js";
import type { RecordedOutcomes } from "./recorded-outcomes.js";
import { keepUnwritten } from "./rejected-records.js";
import { type Pass, runPass } from "./run-pass.js";
import { Summary } from "./summary.js";

/**
 * A server that restarted, or one that took over, may have lost what was confirmed. A migration compares all its records
 * once more, and puts back what is gone; a mode that only reads starts over.
 * @param pass that was run
 * @param lossesBefore the possible losses when it began
 * @throws MigrateError `redis-unstable`, and `recheck-impossible` where a source changed meanwhile
 */
export async function recheckAfterDataLoss(
  context: PipelineContext,
  pass: Pass,
  recorded: RecordedOutcomes,
  lossesBefore: number,
): Promise<void> {
  const { store, journal, summary, options, signal, hooks } = context;
  const migrates = options.mode === "migrate";
  let putBack = 0;
  let recounted = 0;
  const runAgain = async () => {
    const correct = correctOutcomes(recorded, options.onConflict, summary, () => {
      putBack += 1;
    });
    const onSettled: Pass["onSettled"] = (entry, settled) => {
      const after = correct(entry, settled);
      if (after === null) return;
      recounted += 1;
      keepUnwritten(context.rejects, entry, after);
    };
    // Rows that were read before are neither counted nor rejected once more.
    const unused = new Summary({ mode: "migrate", details: 0 });
    // What was found before the first write says nothing of what is there by now.
    const prefix = { isEmpty: false };
    const archive = withoutAdding(context.archive);
    const again = { ...context, prefix, archive, rejects: null, summary: migrates ? unused : summary };
    await runPass(again, { ...pass, onRead: () => {}, onSettled: migrates ? onSettled : pass.onSettled });
  };
  await confirmNoDataLoss(context, lossesBefore, migrates, async () => {
    await throwIfSourceChanged(context);
    hooks.alert?.(`Redis ${store.lossWords} meanwhile: comparing all records once more`);
    journal.markAgain();
    if (!migrates) summary.startOver();
    await runAgain();
  });
  if (store.possibleLosses === lossesBefore || !migrates || signal?.aborted) return;
  const none =
    recounted === 0 ? "it had lost nothing" : `${recounted} records count as what became of them meanwhile`;
  const found = putBack === 0 ? none : `${putBack} records that it had lost were written again`;
  warnOfLoss(context, `all was compared once more, and ${found}`);
}

/** Warns, where a migration ends before all was compared once more, of what Redis may have lost since it began. */
export function warnOfUncheckedLoss(context: PipelineContext, lossesBefore: number): void {
  if (context.options.mode !== "migrate" || context.store.possibleLosses === lossesBefore) return;
  warnOfLoss(context, "not all was compared once more, so that it may lack some of what is counted here");
}

function warnOfLoss({ store, summary }: PipelineContext, outcome: string): void {
  summary.warn("redis-restarted", `Redis ${store.lossWords} while this ran: ${outcome}`);
}

/** Its records would be others, or in another order, than those that were counted. */
async function throwIfSourceChanged({ sources, store }: PipelineContext): Promise<void> {
  for (const source of sources) {
    if (await hasChanged(source))
      throw migrateError("recheck-impossible", { path: source.path, what: store.lossWords });
  }
}
