import { readable } from "../redis/end-verify-when-unreadable.js";
import { actOnAllRecords, type Pass as PassOf } from "./act-on-all-records.js";
import { countExtraKeys } from "./extra-keys.js";
import type { PipelineContext } from "./pipeline-context.js";

export type Pass = PassOf<PipelineContext>;

/** Does the pass's action with all records, several batches at a time; to verify, finds extra keys too. */
export async function runPass(context: PipelineContext, pass: Pass): Promise<void> {
  const { store, options, prefix } = context;
  const seen = await actOnAllRecords(context, pass, { giveUp: store.close, isRead: () => !prefix.isEmpty });
  if (seen !== null && options.mode === "verify") await readable(() => countExtraKeys(context, seen));
}
