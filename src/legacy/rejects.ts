import { isUtf8 } from "node:buffer";
import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";
import { migrateError, systemCode } from "../errors.js";
import type { Rejection } from "../model.js";

/** Where what could not be migrated is kept. */
export interface Rejects {
  /** Adds one record or stretch; on disk before it returns. `continued`: it goes on from the one before. */
  add(rejection: Rejection, bytes: Buffer, continued?: boolean): void;
  /** Closes the file, and removes it where nothing was added. */
  close(): void;
}

/**
 * Opens a new file, readable by its owner alone, for one JSON line a record or stretch: its place and reason, and its
 * bytes as `raw` text, or as `base64` where they are not UTF-8. A file that exists is never written to: it may be
 * all that is left of an earlier run's.
 * @throws MigrateError `rejects-exist`, `rejects-unwritable`, here and while adding
 */
export function openRejects(path: string): Rejects {
  const file = attempt(path, () => openSync(path, "wx", 0o600));
  let added = 0;
  return {
    add({ kind, place, reason }, bytes, continued = false) {
      const content = isUtf8(bytes) ? { raw: bytes.toString("utf8") } : { base64: bytes.toString("base64") };
      const line = { kind, ...place, reason, ...(continued ? { continued } : {}), ...content };
      const text = Buffer.from(`${JSON.stringify(line)}\n`);
      attempt(path, () => {
        for (let at = 0; at < text.length; ) at += writeSync(file, text, at);
      });
      added += 1;
    },
    close() {
      closeSync(file);
      if (added === 0) unlinkSync(path);
    },
  };
}

function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (systemCode(error) === "EEXIST") throw migrateError("rejects-exist", { path }, error);
    const reason = error instanceof Error ? error.message.replace(/,.*$/, "") : "unknown";
    throw migrateError("rejects-unwritable", { path, reason }, error);
  }
}
