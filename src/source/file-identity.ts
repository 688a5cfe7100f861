import { fstatSync, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { migrateError, systemCode } from "../errors.js";
import type { Candidate, Identity } from "../types/source-file.js";
import { unreadable } from "./unreadable-source.js";

export function identityOf({ dev, ino, size, mtimeMs }: Stats): Identity {
  return { device: dev, inode: ino, bytes: size, modifiedMs: mtimeMs };
}

/**
 * Whether a file was replaced or written to since it was found: the running app saves every 5 s, by renaming.
 * @throws MigrateError `source-unreadable`
 */
export async function hasChanged({ path, identity }: Candidate): Promise<boolean> {
  if (identity === null) return false;
  try {
    return !isDeepStrictEqual(identityOf(await stat(path)), identity);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return true;
    throw unreadable(path, error);
  }
}

/**
 * To be called once something was read of an open file, before it is used: of one that was written to since it was found,
 * a part may be of another state than the rest. One that was only replaced is whole as long as it is open. Device and inode
 * are not asked: some file systems number anew what is opened.
 * @throws MigrateError `source-abandoned`
 */
export function throwIfOther({ path, identity }: Candidate, descriptor: number): void {
  if (identity === null) return;
  const { size, mtimeMs } = fstatSync(descriptor);
  if (size !== identity.bytes || mtimeMs !== identity.modifiedMs)
    throw migrateError("source-abandoned", { path });
}
