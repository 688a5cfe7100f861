import type { Entry } from "../types/entry.js";

/** How what an archive holds relates to a record that is past its time. */
export type FoundInArchive = "same" | "different" | "missing";

/** The file that conversations past their time go to in place of Redis. */
export interface Archive {
  readonly path: string;
  /** Looks a record up in the archive that was there before this run; null where there was none. */
  readonly find: ((entry: Entry) => FoundInArchive) | null;
  /**
   * Adds a record, in the order of the calls. Its memory may be used again once the promise is fulfilled.
   * @throws MigrateError `file-unwritable`
   */
  add(entry: Entry): Promise<void>;
}

/** The same archive, to which nothing is added: for whoever compares once more what has been added. */
export function withoutAdding(archive: Archive | null): Archive | null {
  return archive && { ...archive, add: async () => {} };
}
