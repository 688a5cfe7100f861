import type { ReadingContext } from "./pipeline-context.js";
import type { ReadAllSources } from "./read-all-sources.js";
import { countRejected } from "./rejected-records.js";

/**
 * Checks all records before anything is written, and warns where that stops the run.
 * @returns whether all are valid
 */
export async function checkAllRecords(
  { summary, rejects }: ReadingContext,
  readAllSources: ReadAllSources,
): Promise<boolean> {
  await readAllSources((found) => {
    if (!("rejection" in found)) {
      summary.reading.checked += 1;
      return;
    }
    if (found.rejection.kind !== null && !found.continued) summary.reading.checked += 1;
    countRejected(found, summary)();
    rejects?.add(found.rejection, found.bytes, found.continued);
  });
  if (summary.rejected === 0) return true;
  summary.warn("strict", "nothing was written: --strict, and not all records are valid");
  return false;
}
