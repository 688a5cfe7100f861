import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { systemCode } from "../errors.js";
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
