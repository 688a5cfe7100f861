import { lstat } from "node:fs/promises";
import { migrateError, systemCode } from "../errors.js";
import { openNewFile } from "../new-file/open-new-file.js";
import { writeLibraryFile } from "../new-file/write-library-file.js";
import type { Archive } from "../pipeline/archive.js";
import type { Warning } from "../types/run-result.js";

/** An archive as a run opens and closes it. */
export interface OpenArchive extends Archive {
  /** Gives the archive its name, once all that goes to it is on disk. @returns its path; null where nothing went to it */
  finish(): Promise<string | null>;
  /** How long what this run wrote to it is, unpacked. In bytes. */
  readonly bytes: number;
  /** Ends an archive that did not get its name: the file keeps another one. @returns what became of it; null where there was none */
  close(): Promise<UnfinishedArchive | null>;
}

/** An archive that did not get its name. */
interface UnfinishedArchive {
  readonly warning: Warning;
  /** Whether what was archived is in the file of another name. */
  readonly isKept: boolean;
}

/** Whether anything is at a path, be it a link that leads nowhere. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw unwritable(path, error instanceof Error ? error.message.replace(/,.*$/s, "") : "unknown", error);
  }
}

function unwritable(path: string, reason: string, cause?: unknown): Error {
  return migrateError("file-unwritable", { path, flag: "--archive", reason }, cause);
}

/**
 * Opens a new archive: the library's file, packed where its name ends in `.gz`.
 * @throws MigrateError `file-exists`, `file-unwritable`, here and from each method
 */
export async function openNewArchive(path: string): Promise<OpenArchive> {
  const file = await openNewFile({ path, flag: "--archive" });
  const library = writeLibraryFile(file, path.endsWith(".gz"));
  let last: Promise<void> = Promise.resolve();
  let added = 0;
  let end: Promise<void> | null = null;
  let isFinished = false;
  const endOnce = () => {
    end ??= last.then(library.end);
    return end;
  };
  return {
    path,
    find: null,
    add: ({ kind, value }) => {
      last = last.then(() => library.add(kind, value));
      added += 1;
      return last;
    },
    finish: async () => {
      if (added > 0) {
        await endOnce();
        await file.finish();
      }
      isFinished = added > 0;
      return isFinished ? path : null;
    },
    get bytes() {
      return added === 0 ? 0 : library.bytes;
    },
    close: async () => {
      if (isFinished) return null;
      if (added === 0) {
        await file.discard();
        return null;
      }
      try {
        await endOnce();
      } catch {
        await file.discard();
        return { warning: unfinished(`${path}: ${notThere}`), isKept: false };
      }
      const partial = await file.keepPartial();
      return { warning: unfinished(`${partial}: ${partOf(added, path)}`), isKept: true };
    },
  };
}

function unfinished(message: string): Warning {
  return { code: "archive-unfinished", message };
}

const notThere =
  "the archive could not be finished, and is not there: what was to go there is in the sources alone, and counts as failed";

function partOf(added: number, path: string): string {
  const held = added === 1 ? "1 conversation" : `the first ${added} conversations`;
  return `holds ${held} past their time, in place of ${path}: run the same command again, for the sources still hold all of them, and delete this file then`;
}
