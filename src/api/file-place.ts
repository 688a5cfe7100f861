import { statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";

/** What a path leads to, as far as the disk says it. */
export interface FilePlace {
  /** The file, or what else is there, by device and inode; null where there is nothing. */
  readonly file: string | null;
  /** The folder, by device and inode, or by its path where it is not there. */
  readonly folder: string;
  readonly name: string;
}

/** Looks a path up on the disk, behind links. */
export function placeOf(path: string): FilePlace {
  const [folder, name] = [dirname(path), basename(path)];
  const plain = resolve(folder);
  return { file: identityOf(path), folder: identityOf(folder) ?? identityOf(plain) ?? plain, name };
}

function identityOf(path: string): string | null {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found === undefined ? null : `${found.dev} ${found.ino}`;
  } catch {
    // Whoever opens it says why that cannot be.
    return null;
  }
}

/**
 * Whether two paths lead to one file, or would once it is made: many systems take names for one that differ in case alone,
 * or in how an accent is written.
 */
export function isOneFile(a: FilePlace, b: FilePlace): boolean {
  if (a.file !== null || b.file !== null) return a.file === b.file;
  return a.folder === b.folder && inOneSpelling(a.name) === inOneSpelling(b.name);
}

function inOneSpelling(name: string): string {
  return name.normalize("NFC").toLowerCase();
}
