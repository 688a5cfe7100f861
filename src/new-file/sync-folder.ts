import { type FileHandle, open } from "node:fs/promises";
import { systemCode } from "../errors.js";

/** Where folders cannot be opened or synced: Windows, and some network file systems. */
const folderUnsynced: ReadonlySet<string | undefined> = new Set(["EISDIR", "EPERM", "EINVAL", "ENOTSUP"]);

/** A new file outlasts a power failure only once its folder is on disk too. @throws what the system says */
export async function syncFolder(path: string): Promise<void> {
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
