import { open } from "node:fs/promises";
import { migrateError } from "../errors.js";
import type { Source } from "../model.js";

/** Large enough that reading costs little beside parsing; larger ones cost memory and gained no time (measured). */
const chunkBytes = 256 * 1024;

/**
 * The bytes of a source, in chunks that are each in memory of their own. The file is only ever read.
 * @throws MigrateError `source-unreadable`
 */
export async function* readChunks(source: Source): AsyncGenerator<Buffer> {
  try {
    const file = await open(source.path, "r");
    try {
      for (;;) {
        const buffer = Buffer.allocUnsafeSlow(chunkBytes);
        const { bytesRead } = await file.read(buffer, 0, chunkBytes);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(source.path, error);
  }
}

/** The error for a path that the system would not let us read; its own words carry no file content. */
export function unreadable(path: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message.replace(/,.*$/, "") : "unknown";
  return migrateError("source-unreadable", { path, reason }, error);
}
