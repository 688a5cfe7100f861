import { randomUUID } from "node:crypto";
import { type FileHandle, link, lstat, open, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { Interruption, MigrateError, migrateError, systemCode } from "../errors.js";
import { openPipe } from "./open-pipe.js";
import { syncFolder } from "./sync-folder.js";

/** A file that is being made, for its owner alone: under its name it is there whole, or not at all. */
export interface NewFile {
  /** Whether it is a pipe or a device, so that what is written may be read at once, and cannot be taken back. */
  readonly isReadAtOnce: boolean;
  /** Appends bytes, of which nothing is kept once the promise is fulfilled. To be called one after the other. */
  write(bytes: Uint8Array): Promise<void>;
  /** Puts the file on disk for good, and then gives it its name, which nothing else may have by then. */
  finish(): Promise<void>;
  /** Puts what was written on disk, without its name. @returns the path where it stays; null where there is no file */
  keepPartial(): Promise<string | null>;
  /** Takes away what was written, also where it could not get its name. Does nothing once the file is finished or kept. */
  discard(): Promise<void>;
}

/** A file that a flag names. */
export interface NamedFile {
  readonly path: string;
  /** The flag, as in `--export`: errors name it. */
  readonly flag: string;
  /** Once it aborts, nobody is waited for to read a pipe. */
  readonly signal?: AbortSignal | undefined;
  /** Called where nobody reads a pipe yet, and that is waited for. */
  readonly onWait?: () => void;
}

/**
 * Sees that a file can be made at a path: nothing is there, and the folder takes a new file.
 * @throws MigrateError `file-exists`, `file-unwritable`
 */
export async function checkNewFile(named: NamedFile): Promise<void> {
  const file = await openNewFile(named);
  await file.discard();
}

/**
 * Opens a new file under a temporary name beside its own. A pipe or a device, such as /dev/null, is written to as it is.
 * @throws MigrateError `file-exists`, `file-unwritable`, here and from each method; `Interruption` instead of waiting
 */
export async function openNewFile(named: NamedFile): Promise<NewFile> {
  const { path } = named;
  const explained = <T>(act: () => Promise<T>) => explainedBy(named, act);
  const existing = await explained(() => stat(path).catch(nullIfMissing));
  if (existing?.isFIFO()) return openNamedPipe(named);
  if (existing?.isCharacterDevice()) return openDevice(named);
  // A link that leads nowhere has the name too.
  const taken = existing ?? (await explained(() => lstat(path).catch(nullIfMissing)));
  if (taken !== null) throw migrateError("file-exists", named);
  const partial = `${path}.${randomUUID()}.partial`;
  const file = await explained(() => open(partial, "wx", 0o600));
  let isOpen = true;
  let isToBeDiscarded = true;
  const close = async (isToBeKept: boolean) => {
    if (!isOpen) return;
    isOpen = false;
    try {
      if (isToBeKept) await file.sync();
    } finally {
      await file.close();
    }
  };
  return {
    isReadAtOnce: false,
    write: (bytes) => explained(() => writeAll(file, bytes)),
    finish: () =>
      explained(async () => {
        await close(true);
        await nameWithoutReplacing(partial, path);
        isToBeDiscarded = false;
        await syncFolder(dirname(path));
      }),
    keepPartial: () =>
      explained(async () => {
        await close(true);
        isToBeDiscarded = false;
        return partial;
      }),
    discard: () =>
      explained(async () => {
        await close(false);
        if (isToBeDiscarded) await unlink(partial).catch(nullIfMissing);
        isToBeDiscarded = false;
      }),
  };
}

async function openNamedPipe(named: NamedFile): Promise<NewFile> {
  const pipe = await explainedBy(named, () => openPipe(named));
  return {
    isReadAtOnce: true,
    write: (bytes) => explainedBy(named, () => pipe.write(bytes)),
    finish: () => explainedBy(named, pipe.end),
    keepPartial: () => explainedBy(named, pipe.end).then(() => null),
    discard: async () => pipe.destroy(),
  };
}

async function openDevice(named: NamedFile): Promise<NewFile> {
  const file = await explainedBy(named, () => open(named.path, "w"));
  let isOpen = true;
  const close = async () => {
    if (isOpen) await file.close();
    isOpen = false;
  };
  return {
    isReadAtOnce: true,
    write: (bytes) => explainedBy(named, () => writeAll(file, bytes)),
    finish: close,
    keepPartial: () => close().then(() => null),
    discard: close,
  };
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}

/** Where a file system has no hard links. */
const withoutLinks: ReadonlySet<string | undefined> = new Set(["EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP"]);

/** `rename` alone would replace what somebody has put there meanwhile. @throws what the system says */
async function nameWithoutReplacing(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!withoutLinks.has(systemCode(error))) throw error;
    const place = await open(to, "wx", 0o600);
    await place.close();
    return rename(from, to);
  }
  await unlink(from);
}

function nullIfMissing(error: unknown): null {
  if (systemCode(error) === "ENOENT") return null;
  throw error;
}

async function explainedBy<T>(named: NamedFile, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof MigrateError || error instanceof Interruption) throw error;
    if (systemCode(error) === "EEXIST") throw migrateError("file-exists", named, error);
    // The system's words, without the call and the path that follow them.
    const reason = error instanceof Error ? error.message.replace(/,.*$/s, "") : "unknown";
    throw migrateError("file-unwritable", { ...named, reason }, error);
  }
}
