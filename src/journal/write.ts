import { closeSync, openSync, unlinkSync } from "node:fs";
import { type FileHandle, open, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { migrateError, systemCode } from "../errors.js";
import { sha1 } from "../record/digest.js";
import type { Secret } from "../secret.js";
import type { Entry, JournalHeader, Kind } from "../types.js";
import type { Line, Previous } from "./format.js";

/** Announces what is about to be done. A step is on disk for good before the promise is fulfilled. */
export interface Journal {
  /** The file, once anything was announced; null until then. */
  readonly path: string | null;
  /** @returns the number of the step, for `cancel` */
  create(entry: Entry): Promise<number>;
  /** `create`, for many at once. @returns the number of the first step; those of the others follow */
  createAll(entries: readonly Entry[]): Promise<number>;
  replace(kind: Kind, redisKey: Secret, value: Buffer, previous: Previous): Promise<number>;
  /** Of a value whose SHA-1 is `digest`, the expiry alone is set. */
  expire(kind: Kind, redisKey: Secret, digest: string, previous: Previous): Promise<number>;
  /** Says that an announced step was not done. */
  cancel(step: number): Promise<void>;
  /** From now on, steps are of keys that Redis may have lost, and are marked `again`. */
  markAgain(): void;
  /** Whether the file is still at its path: whoever deletes or replaces it takes the undo away. */
  isThere(): Promise<boolean>;
  close(): Promise<void>;
}

/** For runs that keep none. */
export const noJournal: Journal = {
  path: null,
  create: async () => 0,
  createAll: async () => 0,
  replace: async () => 0,
  expire: async () => 0,
  cancel: async () => {},
  markAgain: () => {},
  isThere: async () => false,
  close: async () => {},
};

/**
 * A journal at `path`, made with its first step: a run that changes nothing leaves none. It is readable by its owner
 * alone, for it holds keys and previous values. Steps that are announced while others are being written go to
 * disk together, with one sync. A file that exists is never written to.
 * @throws MigrateError `journal-exists`, `journal-unwritable`, from each method
 */
export function openJournal(path: string, header: JournalHeader): Journal {
  let file: FileHandle | null = null;
  let announced = false;
  let steps = 0;
  let again: { readonly again?: true } = {};
  let waiting: string[] = [];
  let turn: Promise<void> = Promise.resolve();
  let scheduled: Promise<void> | null = null;

  const flush = async (): Promise<void> => {
    scheduled = null;
    const lines = waiting;
    waiting = [];
    try {
      const isNew = file === null;
      file ??= await open(path, "wx", 0o600);
      if (isNew) await file.appendFile(`${JSON.stringify(header)}\n`);
      for (const part of partsOf(lines)) await file.appendFile(part);
      await file.datasync();
      if (isNew) await syncFolder(dirname(path));
      announced = true;
    } catch (error) {
      // Nothing was done, so that there is nothing to undo, and the next run need not find it in its way.
      if (file !== null && !announced) await unlink(path).catch(() => {});
      throw journalError(path, error);
    }
  };
  const append = (...lines: readonly Line[]): Promise<void> => {
    for (const line of lines) waiting.push(`${JSON.stringify(line)}\n`);
    if (scheduled === null) {
      scheduled = turn.then(flush);
      turn = scheduled;
      // Each waits for its own; this one is only for order.
      turn.catch(() => {});
    }
    return scheduled;
  };
  const announce = async (...lines: readonly ((n: number) => Line)[]): Promise<number> => {
    const first = steps;
    steps += lines.length;
    await append(...lines.map((line, at) => line(first + at)));
    return first;
  };
  const creation =
    ({ kind, redisKey, value }: Entry) =>
    (n: number): Line => ({ op: "create", n, ...again, kind, key: redisKey.reveal(), digest: sha1(value) });
  return {
    get path() {
      return announced ? path : null;
    },
    create: (entry) => announce(creation(entry)),
    createAll: (entries) => announce(...entries.map(creation)),
    replace: (kind, redisKey, value, previous) =>
      announce((n) => ({
        op: "replace",
        n,
        ...again,
        kind,
        key: redisKey.reveal(),
        digest: sha1(value),
        previous,
      })),
    expire: (kind, redisKey, digest, previous) =>
      announce((n) => ({ op: "expire", n, ...again, kind, key: redisKey.reveal(), digest, previous })),
    markAgain: () => {
      again = { again: true };
    },
    cancel: (n) => append({ op: "void", void: n }),
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

/** All together may be longer than the longest string. In characters. */
const longestPart = 16 * 1024 * 1024;

function* partsOf(lines: readonly string[]): Generator<string> {
  let part: string[] = [];
  let length = 0;
  for (const line of lines) {
    if (length > 0 && length + line.length > longestPart) {
      yield part.join("");
      part = [];
      length = 0;
    }
    part.push(line);
    length += line.length;
  }
  yield part.join("");
}

/** Where folders cannot be opened or synced: Windows, and some network file systems. */
const folderUnsynced: ReadonlySet<string | undefined> = new Set(["EISDIR", "EPERM", "EINVAL", "ENOTSUP"]);

/** A new file outlasts a power failure only once its folder is on disk too. */
async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle | null = null;
  try {
    folder = await open(path, "r");
    await folder.sync();
  } catch (error) {
    if (!folderUnsynced.has(systemCode(error))) throw error;
  } finally {
    await folder?.close();
  }
}

/**
 * Whether a journal could be made at `path`: makes one, and removes it.
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
