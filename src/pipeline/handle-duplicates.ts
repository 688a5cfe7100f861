import type { OnDuplicate } from "../types/mode-and-policy.js";
import { type DuplicateRule, firstCounts, newestCounts } from "./choose-among-duplicates.js";
import { firstCountsAndIsKept } from "./keep-firsts.js";
import { type Merger, openMerger } from "./merge-duplicates.js";
import type { ReadingContext } from "./pipeline-context.js";
import type { ReadAllSources } from "./read-all-sources.js";

/** What becomes of several rows with one id. */
export interface DuplicateHandling {
  readonly duplicateRule: DuplicateRule;
  /** Merges rows with one id; null where one of them counts. */
  readonly merger: Merger | null;
  /** Discards the rows that are kept on disk: to be called at the end in every case. */
  readonly discardKept: () => void;
}

/** How many passes over all sources each rule takes at most, before the one that acts. */
export const passesBefore: Readonly<Record<OnDuplicate, number>> = { first: 0, newest: 3, merge: 1 };

/**
 * Prepares for `--on-duplicate`, in the passes over all sources that its rule takes.
 * @throws MigrateError `duplicates-not-kept`, and those of reading
 */
export async function handleDuplicates(
  context: ReadingContext,
  readAllSources: ReadAllSources,
): Promise<DuplicateHandling> {
  const { onDuplicate } = context.options;
  if (onDuplicate === "newest") {
    const { duplicateRule, close } = await newestCounts(context, readAllSources);
    return { duplicateRule, merger: null, discardKept: close };
  }
  if (onDuplicate === "merge") {
    const merger = await openMerger(context, readAllSources);
    return { duplicateRule: firstCounts, merger, discardKept: merger.close };
  }
  const { duplicateRule, close } = firstCountsAndIsKept(context);
  return { duplicateRule, merger: null, discardKept: close };
}
