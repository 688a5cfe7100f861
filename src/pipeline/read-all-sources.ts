import { migrateError } from "../errors.js";
import { hasChanged } from "../source/file-identity.js";
import type { RecordOrRejected } from "../source/read-records.js";
import type { ReadingContext } from "./pipeline-context.js";

/** Reads all sources once from end to end. */
export type ReadAllSources = (visit: (found: RecordOrRejected, source: number) => void) => Promise<void>;

/**
 * For passes over all sources that write nothing, before the one that does.
 * @param onRead called with the bytes of the sources read since the last call
 * @throws MigrateError `source-changed`, from the result, where a source was replaced or written to in the meantime
 */
export function allSourcesReader(
  { sources, reader, signal }: ReadingContext,
  onRead: (bytes: number) => void,
): ReadAllSources {
  return async (visit) => {
    for (const [ordinal, source] of sources.entries()) {
      let last = 0;
      for await (const { items, bytesRead, release } of reader.recordsOf(source)) {
        for (const one of items) visit(one, ordinal);
        release?.();
        onRead(bytesRead - last);
        last = bytesRead;
        if (signal?.aborted) return;
      }
      if (await hasChanged(source)) throw migrateError("source-changed", { path: source.path });
    }
  };
}
