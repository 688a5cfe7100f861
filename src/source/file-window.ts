import { read } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { isDeepStrictEqual, promisify } from "node:util";
import type { Source } from "../types/source-file.js";
import { identityOf, throwIfOther } from "./file-identity.js";

/** Read at once: rows that are asked for one after the other often stand side by side. In bytes. */
export const windowBytes = 256 * 1024;

/** A source that is open, and the part of it that was read last. */
export interface FileWindow {
  readonly source: Source;
  readonly file: FileHandle | null;
  readonly descriptor: number;
  bytes: Buffer;
  /** Bytes of the file before the window. */
  start: number;
  /** Whether the file ends with the window. */
  ended: boolean;
}

/** Null where the file was replaced or written to since it was found. */
export async function openWindow(source: Source): Promise<FileWindow | null> {
  const { path, stdinFile, identity } = source;
  const file = stdinFile === null ? await open(path, "r") : null;
  if (file !== null && identity !== null && !isDeepStrictEqual(identityOf(await file.stat()), identity)) {
    await file.close();
    return null;
  }
  const descriptor = stdinFile ?? file?.fd ?? -1;
  return { source, file, descriptor, bytes: Buffer.alloc(0), start: 0, ended: false };
}

const readInto = promisify(read);

/**
 * The bytes from an offset on: so many, or more, or as many as there are. They last until the next call.
 * @throws MigrateError `source-abandoned`
 */
export async function bytesAt(window: FileWindow, offset: number, count: number): Promise<Buffer> {
  const { source, start, bytes, ended, descriptor } = window;
  const end = start + bytes.length;
  const isWithin = offset >= start && offset <= end && (offset + count <= end || ended);
  if (!isWithin) {
    // In memory of its own: see FastRowReader.
    const room = Buffer.allocUnsafeSlow(Math.max(count, windowBytes));
    let length = 0;
    do {
      const { bytesRead } = await readInto(descriptor, room, length, room.length - length, offset + length);
      length += bytesRead;
      window.ended = bytesRead === 0;
    } while (!window.ended && length < room.length);
    throwIfOther(source, descriptor);
    window.bytes = room.subarray(0, length);
    window.start = offset;
  }
  return window.bytes.subarray(offset - window.start);
}
