import { closeSync, openSync, unlinkSync } from "node:fs";
import { type FileHandle, open, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { migrateError, systemCode } from "../errors.js";
import { syncFolder } from "../new-file/sync-folder.js";

/** A new file of lines that outlast a power failure. */
export interface JournalFile {
  /** Whether any line was written; until then there is no file. */
  readonly exists: boolean;
  /** Appends whole lines. Those that come while others are being written go to disk together, with one sync. */
  append(lines: Buffer): Promise<void>;
  /** Whether the file is still at its path. */
  isThere(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Made with its first lines, and readable by its owner alone. A file that exists is never written to.
 * @throws MigrateError `journal-exists`, `journal-unwritable`, from each method
 */
export function openJournalFile(path: string, header: string): JournalFile {
  let file: FileHandle | null = null;
  let exists = false;
  let waiting: Buffer[] = [];
  let last: Promise<void> = Promise.resolve();
  let scheduled: Promise<void> | null = null;

  const flush = async (): Promise<void> => {
    scheduled = null;
    const lines = waiting;
    waiting = [];
    try {
      const isNew = file === null;
      file ??= await open(path, "wx", 0o600);
      if (isNew) await file.appendFile(`${header}\n`);
      for (const part of joined(lines)) await file.appendFile(part);
      await file.datasync();
      if (isNew) await syncFolder(dirname(path));
      exists = true;
    } catch (error) {
      // Nothing was done, so that there is nothing to undo, and the file must not keep the next run from making its own.
      if (file !== null && !exists) await unlink(path).catch(() => {});
      throw journalError(path, error);
    }
  };
  return {
    get exists() {
      return exists;
    },
    append: (lines) => {
      waiting.push(lines);
      if (scheduled === null) {
        scheduled = last.then(flush);
        last = scheduled;
        // Each caller handles its own failure; this promise is only for the order.
        last.catch(() => {});
      }
      return scheduled;
    },
    isThere: async () => {
      if (file === null) return false;
      // A network file system may not even know the open file any more.
      const [written, found] = await Promise.all(
        [file.stat(), stat(path)].map((one) => one.catch(() => null)),
      );
      return Boolean(written && found && found.dev === written.dev && found.ino === written.ino);
    },
    close: async () => file?.close(),
  };
}

/** What is longer is not copied once more, to be written at once. In bytes. */
const longestJoined = 4 * 1024 * 1024;

function joined(lines: readonly Buffer[]): readonly Buffer[] {
  return lines.reduce((sum, { length }) => sum + length, 0) > longestJoined ? lines : [Buffer.concat(lines)];
}

/**
 * Checks that a journal could be made at `path`: makes one, and removes it.
 * @throws MigrateError `journal-exists`, `journal-unwritable`, as the run would
 */
export function tryJournal(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
    unlinkSync(path);
  } catch (error) {
    throw journalError(path, error);
  }
}

function journalError(path: string, error: unknown): Error {
  if (systemCode(error) === "EEXIST") return migrateError("journal-exists", { path }, error);
  const reason = error instanceof Error ? error.message.replace(/,.*$/, "") : "unknown";
  return migrateError("journal-unwritable", { path, reason }, error);
}
