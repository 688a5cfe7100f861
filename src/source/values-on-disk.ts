import { closeSync, mkdtempSync, openSync, read, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { migrateError } from "../errors.js";

/** Where a value is kept, in bytes from the start. */
export interface KeptValue {
  readonly at: number;
  readonly length: number;
}

/**
 * Keeps values of rows on disk, since a source that is compressed, or in UTF-16, cannot be read again from the middle. As
 * the copy of standard input, their file has no name, is for its owner alone, and is made once there is something to keep.
 */
export interface ValuesOnDisk {
  /** @throws MigrateError `duplicates-not-kept`, where the disk does not take it */
  add(value: Buffer, path: string): KeptValue;
  read(kept: KeptValue): Promise<Buffer>;
  close(): void;
}

const readFrom = promisify(read);

export function openValuesOnDisk(): ValuesOnDisk {
  let file: number | null = null;
  let end = 0;
  return {
    add(value, path) {
      try {
        file ??= openNameless();
        for (let done = 0; done < value.length; )
          done += writeSync(file, value, done, value.length - done, end + done);
      } catch (error) {
        const reason = error instanceof Error ? error.message : "unknown";
        throw migrateError("duplicates-not-kept", { path, folder: tmpdir(), reason }, error);
      }
      const kept = { at: end, length: value.length };
      end += value.length;
      return kept;
    },
    async read({ at, length }) {
      const value = Buffer.allocUnsafeSlow(length);
      for (let done = 0; done < length; ) {
        const { bytesRead } = await readFrom(file ?? -1, value, done, length - done, at + done);
        if (bytesRead === 0) throw new Error("what was kept of the duplicates is cut off");
        done += bytesRead;
      }
      return value;
    },
    close() {
      if (file !== null) closeSync(file);
      file = null;
    },
  };
}

function openNameless(): number {
  const folder = mkdtempSync(join(tmpdir(), "chatgpt-migrate-"));
  try {
    return openSync(join(folder, "duplicates.json"), "wx+", 0o600);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
