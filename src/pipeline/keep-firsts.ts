import { isCode, MigrateError } from "../errors.js";
import { SeenKeys } from "../record/seen-keys.js";
import type { SeenRow } from "../record/seen-row.js";
import { changedRow, type RowValue } from "../source/read-row-again.js";
import {
  type DuplicateRule,
  firstCounts,
  type RuleWithKeptRows,
  seenRowOf,
} from "./choose-among-duplicates.js";
import { type KeptWinners, keepWinners } from "./keep-winners.js";
import type { ReadingContext } from "./pipeline-context.js";
import { allSourcesReader } from "./read-all-sources.js";

const interrupted: RowValue = { reason: "the run was interrupted before" };

/**
 * The first row counts. Where it stands in a source that cannot be read again from the middle, and a row with its id has
 * another value, two more passes over all sources keep on disk the rows that count in the place of others: once one is to
 * be compared, so that most runs need none.
 */
export function firstCountsAndIsKept(context: ReadingContext): RuleWithKeptRows {
  let kept: Promise<KeptWinners> | null = null;
  const firstOf = async (key: string): Promise<RowValue> => {
    kept ??= keepDisputedFirsts(context);
    try {
      const value = await (await kept).readerOf(key)?.();
      return value ?? (context.signal?.aborted ? interrupted : changedRow);
    } catch (error) {
      // The run has begun to write by now, and goes on without this comparison.
      if (!(error instanceof MigrateError)) throw error;
      return isCode(error, "duplicates-not-kept") ? { reason: error.message } : changedRow;
    }
  };
  const duplicateRule: DuplicateRule = (seen, entry, row) => {
    const winner = firstCounts(seen, entry, row);
    // Of one that can be read again where it stands, no value is remembered.
    if (winner === null || winner.value === 0) return winner;
    return { ...winner, readKept: () => firstOf(entry.redisKey.reveal()) };
  };
  return { duplicateRule, close: () => void kept?.then(({ close }) => close()).catch(() => {}) };
}

async function keepDisputedFirsts(context: ReadingContext): Promise<KeptWinners> {
  const readAllSources = allSourcesReader(context, () => {});
  const firsts = new SeenKeys();
  const disputed = new Map<string, SeenRow>();
  await readAllSources((found, source) => {
    if ("rejection" in found) return;
    const row = seenRowOf(found, source, false);
    const first = firsts.add(found.keyDigest, row);
    if (first !== null && first.spelling === row.spelling && first.value !== row.value)
      disputed.set(found.redisKey.reveal(), first);
  });
  return keepWinners(context, disputed, readAllSources);
}
