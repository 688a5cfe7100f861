import { sha256 } from "../record/digest.js";
import { SeenKeys } from "../record/seen-keys.js";
import { type KeptValue, openValuesOnDisk, type ValuesOnDisk } from "../source/values-on-disk.js";
import type { Entry } from "../types/entry.js";
import type { Place } from "../types/row.js";
import { seenRowOf } from "./choose-among-duplicates.js";
import type { ReadingContext } from "./pipeline-context.js";
import type { ReadAllSources } from "./read-all-sources.js";

/** A row with the id of one before it. */
export interface RowToMerge {
  /** The ordinal of its source. */
  readonly source: number;
  readonly place: Place;
  readonly oddities: Entry["oddities"];
  /** Where its value is kept; null where its source can be read again from the middle. */
  readonly kept: KeptValue | null;
}

export interface RowsToMerge {
  /** By the Redis key of the first row of an id, the others, in the order of the files. */
  readonly byKey: ReadonlyMap<string, readonly RowToMerge[]>;
  readonly values: ValuesOnDisk;
}

/**
 * Finds all rows that have the id of one before them, in one pass over all sources. In memory is where each of them stands;
 * the values that could not be read again are on disk, those that are the same once.
 * @throws MigrateError `duplicates-not-kept`
 */
export async function findRowsToMerge(
  { sources, reader }: Pick<ReadingContext, "sources" | "reader">,
  readAllSources: ReadAllSources,
): Promise<RowsToMerge> {
  const firsts = new SeenKeys();
  const byKey = new Map<string, RowToMerge[]>();
  const values = openValuesOnDisk();
  const keptOf = new Map<string, KeptValue>();
  const seekable: boolean[] = [];
  for (const source of sources) seekable.push(await reader.canSeek(source));
  const keep = ({ value, place }: Entry): KeptValue => {
    const content = sha256(value);
    const kept = keptOf.get(content) ?? values.add(value, place.source);
    keptOf.set(content, kept);
    return kept;
  };
  try {
    await readAllSources((found, source) => {
      if ("rejection" in found) return;
      // Its value is not needed here, so that it need not be hashed.
      const row = seenRowOf(found, source, true);
      const first = firsts.add(found.keyDigest, row);
      // Two ids that make one key are told, never merged.
      if (first === null || first.spelling !== row.spelling) return;
      const key = found.redisKey.reveal();
      const others = byKey.get(key) ?? [];
      const { place, oddities } = found;
      others.push({ source, place, oddities, kept: seekable[source] ? null : keep(found) });
      byKey.set(key, others);
    });
  } catch (error) {
    values.close();
    throw error;
  }
  return { byKey, values };
}
