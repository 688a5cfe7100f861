import { migrateError } from "../errors.js";
import type { Options } from "../options.js";
import { fingerprintOf } from "../record/digest.js";
import { SeenKeys, type Sighting } from "../record/seen-keys.js";
import { isLater, type Recency, recencyOf } from "../record/which-is-newer.js";
import { hasChanged } from "../source/file-identity.js";
import type { Reader, ReadOptions } from "../source/read-in-thread-or-here.js";
import type { RecordOrRejected } from "../source/read-records.js";
import type { Entry, Source } from "../types.js";

/** The row that counts in the place of another. */
export interface Winner extends Sighting {
  /** Whether it has the same id, and not only the same Redis key. */
  readonly sameId: boolean;
}

/** Says which of several rows with one key counts: one of those that have the first one's id. */
export interface DuplicateRule {
  /** Begins a way through all rows. @returns an empty index, which `rivalOf` fills with every key */
  begin(): SeenKeys;
  /** The row that counts in the place of this one; null when this one does. To be asked once a row, in order. */
  winnerOf(index: SeenKeys, entry: Entry, sighting: Sighting): Winner | null;
}

/** The first row counts, as in the library, which looks a conversation up with `find`. */
export function firstCounts(): DuplicateRule {
  return {
    begin: () => new SeenKeys(),
    winnerOf: (index, entry, sighting) => {
      const first = index.add(entry.redisKey.reveal(), sighting);
      return first === null ? null : { ...first, sameId: first.spelling === sighting.spelling };
    },
  };
}

/**
 * Where an entry was seen, and what is to be remembered of it.
 * @param seekable whether its source can be read again from the middle
 */
export function sightingOf(entry: Entry, source: number, seekable: boolean): Sighting {
  const { place, spelling, value } = entry;
  return {
    source,
    row: place.index,
    offset: place.offset,
    spelling: spelling === undefined ? 0 : fingerprintOf(spelling),
    value: seekable ? 0 : fingerprintOf(value),
  };
}

/** The newest of the rows with the id that is the first of a key, as found by a pass over all of them. */
interface Newest extends Sighting {
  readonly recency: Recency | null;
}

/** The row counts that was in use last; the first of several equally new, or where that cannot be told. */
export async function newestCounts(readSources: ReadSources): Promise<DuplicateRule> {
  const seen = new SeenKeys();
  const shared = new Set<string>();
  await readSources((found, source) => {
    if (!("entry" in found)) return;
    const key = found.entry.redisKey.reveal();
    // Of its value nothing is asked here.
    if (seen.add(key, sightingOf(found.entry, source, true)) !== null) shared.add(key);
  });
  const newest = new Map<string, Newest>();
  // Keys that stand in several rows are few, so only theirs are compared, in a pass of its own.
  if (shared.size > 0) {
    await readSources((found, source) => {
      if (!("entry" in found) || !shared.has(found.entry.redisKey.reveal())) return;
      const { entry } = found;
      const key = entry.redisKey.reveal();
      const sighting = sightingOf(entry, source, false);
      if (sighting.spelling !== seen.find(key)?.spelling) return;
      const best = newest.get(key);
      const recency = recencyAmongRows(entry);
      if (best !== undefined && !isLater(recency, best.recency)) return;
      newest.set(key, { ...sighting, recency });
    });
  }
  return {
    begin: () => new SeenKeys(),
    winnerOf: (index, entry, sighting) => {
      const key = entry.redisKey.reveal();
      index.add(key, sighting);
      const best = newest.get(key);
      if (best === undefined) return null;
      if (best.source === sighting.source && best.offset === sighting.offset) return null;
      return { ...best, sameId: best.spelling === sighting.spelling };
    },
  };
}

/** Of two rows that tell the same time, the longer conversation is the newer, as against Redis. */
function recencyAmongRows({ kind, value }: Entry): Recency | null {
  const record: { readonly messages?: readonly unknown[] } = JSON.parse(value.toString());
  const recency = recencyOf(kind, record);
  return recency === null ? null : [...recency, record.messages?.length ?? 0];
}

/** How the options say that records are to be read. */
export function readingOf({ prefix, ttl, only, concurrency, threadsFrom }: Options): ReadOptions {
  return { keyspace: { prefix, ttl }, only, concurrency, threadsFrom };
}

/** Reads all sources once from end to end. */
export type ReadSources = (look: (found: RecordOrRejected, source: number) => void) => Promise<void>;

/**
 * A pass over all sources that writes nothing, before the one that does.
 * @param moved told the bytes of the sources read since it was last told
 * @throws MigrateError `source-changed`, where a source was replaced or written to in the meantime
 */
export function readerOfSources(
  sources: readonly Source[],
  reader: Reader,
  moved: (bytes: number) => void,
  signal: AbortSignal | undefined,
): ReadSources {
  return async (look) => {
    for (const [ordinal, source] of sources.entries()) {
      let last = 0;
      for await (const { items, bytesRead, release } of reader.recordsOf(source)) {
        for (const one of items) look(one, ordinal);
        release?.();
        moved(bytesRead - last);
        last = bytesRead;
        if (signal?.aborted) return;
      }
      if (await hasChanged(source)) throw migrateError("source-changed", { path: source.path });
    }
  };
}
