import type { SeenRow } from "../record/seen-row.js";
import type { RowValue } from "../source/read-row-again.js";
import { type KeptValue, openValuesOnDisk } from "../source/values-on-disk.js";
import type { ReadingContext } from "./pipeline-context.js";
import type { ReadAllSources } from "./read-all-sources.js";

/** Values of rows that count in the place of others. */
export interface KeptWinners {
  /** What reads the value of the row that counts for a Redis key; null where it is not kept. */
  readerOf(key: string): (() => Promise<RowValue>) | null;
  close(): void;
}

/**
 * Keeps on disk the values of rows that count and stand in a source that cannot be read again from the middle, so that
 * others can be compared with them. Reads all sources once where there are such rows.
 * @param winners by Redis key
 * @throws MigrateError `duplicates-not-kept`
 */
export async function keepWinners(
  { sources, reader }: Pick<ReadingContext, "sources" | "reader">,
  winners: ReadonlyMap<string, SeenRow>,
  readAllSources: ReadAllSources,
): Promise<KeptWinners> {
  const seekable: boolean[] = [];
  for (const source of sources) seekable.push(await reader.canSeek(source));
  const values = openValuesOnDisk();
  const byKey = new Map<string, KeptValue>();
  try {
    if ([...winners.values()].some(({ source }) => !seekable[source])) {
      await readAllSources((found, source) => {
        if ("rejection" in found || seekable[source]) return;
        const { redisKey, place, value } = found;
        const key = redisKey.reveal();
        const winner = winners.get(key);
        if (winner?.source !== source || winner.offset !== place.offset) return;
        byKey.set(key, values.add(value, place.source));
      });
    }
  } catch (error) {
    values.close();
    throw error;
  }
  return {
    readerOf: (key) => {
      const kept = byKey.get(key);
      return kept === undefined ? null : async () => ({ value: await values.read(kept) });
    },
    close: values.close,
  };
}
