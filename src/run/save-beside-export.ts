import { lstat } from "node:fs/promises";
import { temporaryOf } from "../source/leftover-temp-file.js";
import type { Warning } from "../types/run-result.js";

/** Warns of what a crash left of a save, beside an export; null where there is nothing. */
export async function saveBeside(path: string): Promise<Warning | null> {
  const isPacked = path.endsWith(".gz");
  const save = temporaryOf(isPacked ? path.slice(0, -".gz".length) : path);
  const isThere = await lstat(save).then(
    () => true,
    () => false,
  );
  if (!isThere) return null;
  const exported = isPacked ? `${path}, once it is unpacked there,` : path;
  const message = `${save}: lies beside the export, as a crash leaves a save of the library, which would put it in the place of ${exported} when it starts: move it away before`;
  return { code: "save-beside", message };
}
