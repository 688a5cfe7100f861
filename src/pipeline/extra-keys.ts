import { mayCall } from "../preflight/check-permissions.js";
import { idOf, nameOf, scanPattern } from "../record/redis-key.js";
import type { SeenKeys } from "../record/seen-keys.js";
import { noRow } from "../record/seen-row.js";
import { kinds } from "../types/kind.js";
import type { PipelineContext } from "./pipeline-context.js";

/**
 * Counts keys under the prefix that no file holds, each once, though SCAN may return it twice.
 * @param seen the keys of all files
 */
export async function countExtraKeys(
  { store, facts, summary, options: { prefix, only }, signal }: PipelineContext,
  seen: SeenKeys,
): Promise<void> {
  // The preflight check has warned of it.
  if (!mayCall(facts, "SCAN")) return summary.extraIsUnknown();
  for (const kind of kinds) {
    if (only !== null && kind !== only) continue;
    for await (const keys of store.scan(scanPattern(prefix, kind))) {
      if (signal?.aborted) return;
      for (const key of keys.map(String)) {
        if (seen.add(key, noRow) === null) summary.addExtra(kind, nameOf(kind, idOf(prefix, kind, key)));
      }
    }
  }
}
