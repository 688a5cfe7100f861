import { isUtf8 } from "node:buffer";
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from "node:fs";
import { migrateError, systemCode } from "../errors.js";
import { objectInPieces } from "../record/json-in-pieces.js";
import type { Kind } from "../types/kind.js";
import type { Rejection } from "../types/row.js";

/** Where what could not be migrated is kept. */
export interface Rejects {
  /** The file, once anything was added; null until then. */
  readonly path: string | null;
  /**
   * Adds one record or range of damaged bytes, of any length, as a whole line or not at all; it is written before this
   * returns. `continued`: the range goes on from the one added before.
   */
  add(rejection: Rejection, bytes: Buffer, continued?: boolean): void;
  /**
   * The same for a key of Redis that holds no record; `bytes` are its string, or what DUMP says of another type: null
   * where Redis did not hand them out.
   */
  addHeld(held: RejectedKey, bytes: Buffer | null): void;
  /** How many keys were added without what they hold. */
  readonly withoutBytes: number;
  /** Takes back all that was added. */
  startOver(): void;
  /** Closes the file, and removes it where nothing was added. */
  close(): void;
}

/** A key of Redis that holds no record. */
interface RejectedKey {
  readonly kind: Kind;
  /** The whole key, which need not be UTF-8. */
  readonly key: Buffer;
  readonly type: string;
  readonly reason: string;
}

/**
 * Adds to a new file, readable by its owner alone, with a JSON line for each record or range of damaged bytes: its place
 * and reason, and its bytes as `raw` text, or as `base64` where they are not UTF-8. A file that exists is never written
 * to: it may be all that is left of an earlier run's. It is made with the first line, so that a run that is killed leaves
 * no empty one; that it can be made is seen here.
 * @throws MigrateError `rejects-exist`, `rejects-unwritable`, here and while adding
 */
export function openRejects(path: string): Rejects {
  const open = () => attempt(path, () => openSync(path, "ax", 0o600));
  // Somebody may remove it meanwhile.
  const remove = () => rmSync(path, { force: true });
  closeSync(open());
  remove();
  let file: number | null = null;
  let length = 0;
  let withoutBytes = 0;
  let failure: { readonly error: unknown } | null = null;
  const write = (descriptor: number, line: Iterable<string>): number => {
    let written = 0;
    for (const piece of line) {
      const text = Buffer.from(piece);
      for (let at = 0; at < text.length; ) at += writeSync(descriptor, text, at);
      written += text.length;
    }
    return written;
  };
  const addLine = (about: object, bytes: Buffer | null) => {
    if (failure !== null) throw failure.error;
    try {
      const descriptor = file ?? open();
      file = descriptor;
      length += attempt(path, () => write(descriptor, lineOf(about, bytes)));
    } catch (error) {
      failure = { error };
      // Half a line would spoil the file for whoever reads it.
      if (file !== null) ftruncateSync(file, length);
      throw error;
    }
  };
  return {
    get path() {
      return length > 0 ? path : null;
    },
    add({ kind, place, reason }, bytes, continued = false) {
      addLine({ kind, ...place, reason, ...(continued ? { continued } : {}) }, bytes);
    },
    addHeld({ kind, key, type, reason }, bytes) {
      const named = isUtf8(key) ? { key: key.toString() } : { keyBase64: key.toString("base64") };
      addLine({ kind, ...named, type, reason }, bytes);
      if (bytes === null) withoutBytes += 1;
    },
    get withoutBytes() {
      return withoutBytes;
    },
    startOver() {
      const descriptor = file;
      if (descriptor !== null) attempt(path, () => ftruncateSync(descriptor, 0));
      length = 0;
      withoutBytes = 0;
    },
    close() {
      if (file === null) return;
      closeSync(file);
      if (length === 0) remove();
    },
  };
}

function* lineOf(about: object, bytes: Buffer | null): Generator<string> {
  if (bytes === null) yield JSON.stringify(about);
  else yield* objectInPieces(about, "raw", bytes);
  yield "\n";
}

function attempt<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (systemCode(error) === "EEXIST") throw migrateError("rejects-exist", { path }, error);
    const reason = error instanceof Error ? error.message.replace(/,.*$/, "") : "unknown";
    throw migrateError("rejects-unwritable", { path, reason }, error);
  }
}
