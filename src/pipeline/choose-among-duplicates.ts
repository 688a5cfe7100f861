import { fingerprintOf } from "../record/digest.js";
import { isLater, type Recency, recencyOf } from "../record/recency.js";
import { SeenKeys } from "../record/seen-keys.js";
import type { SeenRow } from "../record/seen-row.js";
import type { RowValue } from "../source/read-row-again.js";
import type { Entry } from "../types/entry.js";
import { keepWinners } from "./keep-winners.js";
import type { ReadingContext } from "./pipeline-context.js";
import type { ReadAllSources } from "./read-all-sources.js";

/** The row that counts in the place of another. */
export interface Winner extends SeenRow {
  /** Whether it has the same id, and not only the same Redis key. */
  readonly sameId: boolean;
  /** Reads its value from where it is kept on disk; null where it is not kept. */
  readonly readKept: (() => Promise<RowValue>) | null;
}

/**
 * Adds the key of a row to those seen, and says which row counts in its place: one that has the id of the first one with
 * this key; null where the row itself counts. To be called once for each row, in order.
 */
export type DuplicateRule = (seen: SeenKeys, entry: Entry, row: SeenRow) => Winner | null;

/** The first row counts, as in the library, which looks a conversation up with `find`. */
export const firstCounts: DuplicateRule = (seen, entry, row) => {
  const first = seen.add(entry.keyDigest, row);
  return first === null ? null : { ...first, sameId: first.spelling === row.spelling, readKept: null };
};

/**
 * Where an entry is, and what is to be remembered of it.
 * @param seekable whether its source can be read again from the middle
 */
export function seenRowOf(entry: Entry, source: number, seekable: boolean): SeenRow {
  const { place, spelling } = entry;
  return {
    source,
    row: place.index,
    offset: place.offset,
    spelling: spelling === undefined ? 0 : fingerprintOf(spelling),
    value: seekable ? 0 : fingerprintOf(entry.value),
  };
}

/** The newest row with the id that is the first one of a key. */
interface Newest extends SeenRow {
  readonly recency: Recency | null;
  /** Whether another row with its id has another value. */
  readonly isDisputed: boolean;
}

/** A rule that keeps rows on disk. */
export interface RuleWithKeptRows {
  readonly duplicateRule: DuplicateRule;
  readonly close: () => void;
}

/**
 * The row counts that was in use last; the first of several equally new, or where none says when. Reads all sources once,
 * once more where keys are in several rows, and a third time where one that counts must be kept to be compared.
 * @throws MigrateError `duplicates-not-kept`
 */
export async function newestCounts(
  context: Pick<ReadingContext, "sources" | "reader">,
  readAllSources: ReadAllSources,
): Promise<RuleWithKeptRows> {
  const firsts = new SeenKeys();
  const shared = new Set<string>();
  await readAllSources((found, source) => {
    if ("rejection" in found) return;
    // Its value is not needed here, so that it need not be hashed.
    if (firsts.add(found.keyDigest, seenRowOf(found, source, true)) !== null)
      shared.add(found.redisKey.reveal());
  });
  const newest = new Map<string, Newest>();
  // Keys in several rows are few, so only theirs are compared, in a pass of its own.
  if (shared.size > 0) {
    await readAllSources((found, source) => {
      if ("rejection" in found) return;
      const key = found.redisKey.reveal();
      if (!shared.has(key)) return;
      const row = seenRowOf(found, source, false);
      if (row.spelling !== firsts.find(key)?.spelling) return;
      const best = newest.get(key);
      const recency = recencyAmongRows(found);
      const isDisputed = best !== undefined && (best.isDisputed || best.value !== row.value);
      if (best === undefined || isLater(recency, best.recency))
        newest.set(key, { ...row, recency, isDisputed });
      else if (isDisputed !== best.isDisputed) newest.set(key, { ...best, isDisputed });
    });
  }
  const disputed = new Map([...newest].filter(([, { isDisputed }]) => isDisputed));
  const kept = await keepWinners(context, disputed, readAllSources);
  const duplicateRule: DuplicateRule = (seen, entry, row) => {
    seen.add(entry.keyDigest, row);
    if (newest.size === 0) return null;
    const key = entry.redisKey.reveal();
    const best = newest.get(key);
    if (best === undefined || (best.source === row.source && best.offset === row.offset)) return null;
    return { ...best, sameId: best.spelling === row.spelling, readKept: kept.readerOf(key) };
  };
  return { duplicateRule, close: kept.close };
}

/** Of two rows that give the same time, the longer conversation is the newer, as against Redis. */
function recencyAmongRows({ kind, value, lastActive, messageCount }: Entry): Recency | null {
  if (kind === "key") return recencyOf(kind, JSON.parse(value.toString()));
  return lastActive === null ? null : [lastActive, messageCount ?? 0];
}
