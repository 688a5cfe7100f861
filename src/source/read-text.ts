import { read, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { promisify } from "node:util";
import { MigrateError, systemCode } from "../errors.js";
import type { Candidate } from "../types/source-file.js";
import type { Open } from "./bytes-ahead.js";
import { isGzip, isPlain } from "./detect-encoding.js";
import { throwIfOther } from "./file-identity.js";
import { putBack } from "./first-chunk.js";
import { recode } from "./recode-utf16.js";
import { gunzip } from "./unpack-gzip.js";
import { unreadable } from "./unreadable-source.js";

/** Large enough that few rows go over the end of one; 1 MiB cost about 70 MB more at the peak (one run each). */
export const chunkBytes = 512 * 1024;

/** Memory for two chunks, which is written to in turns. */
export type TwoBuffers = readonly [Buffer, Buffer];

/** A source's text as UTF-8 without a byte-order mark, chunk by chunk. */
export interface Text {
  /** Each chunk is in memory of its own, and is never written to again, unless memory was given for them. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Bytes of the file read so far. */
  bytesRead(): number;
  /** Length of the byte-order mark, in bytes: where the text begins. Known once the first chunk came. */
  start(): number;
  /** What was wrong with the compressed data, each thing once. Known once the last chunk came. */
  damages(): readonly string[];
}

/**
 * Opens a source for reading, which is all that is ever done with it. Gzip is detected by its first bytes and unpacked,
 * UTF-16 by its mark and recoded. Reading throws MigrateError `source-unreadable`, and
 * `source-abandoned` where it is not what was found any more.
 * @param memory where to read to, if a chunk is done with when the one after the next is asked for
 */
export function readText(source: Candidate, memory: TwoBuffers | null = null): Text {
  let bytesRead = 0;
  let start = 0;
  const damages: string[] = [];
  const raw = rawChunks(source, 0, memory, (bytes) => {
    bytesRead += bytes;
  });
  const open: Open = (from) => rawChunks(source, from);
  const unpacked = unpack(raw, open, (reason) => damages.push(reason));
  const chunks = recode(unpacked, (mark) => {
    start = mark;
  });
  return { chunks, bytesRead: () => bytesRead, start: () => start, damages: () => damages };
}

const readAt = promisify(read);

async function* rawChunks(
  source: Candidate,
  from: number,
  memory: TwoBuffers | null = null,
  onRead: (bytes: number) => void = () => {},
): AsyncGenerator<Buffer> {
  const { path, stdinFile } = source;
  let opened: FileHandle | null = null;
  try {
    if (stdinFile === null) opened = await open(path, "r");
    const file = stdinFile ?? opened?.fd ?? -1;
    let position = from;
    let reused = memory;
    for (let turn = 0; ; turn = 1 - turn) {
      const buffer = reused?.[turn] ?? Buffer.allocUnsafeSlow(chunkBytes);
      const { length } = buffer;
      // A thread that is given memory has nothing else to do meanwhile, and need not wait for the event loop.
      const bytesRead =
        reused === null
          ? (await readAt(file, buffer, 0, length, position)).bytesRead
          : readSync(file, buffer, 0, length, position);
      throwIfOther(source, file);
      if (bytesRead === 0) return;
      const chunk = buffer.subarray(0, bytesRead);
      // What is to be unpacked or recoded is held by streams for longer.
      if (position === from && !isPlain(chunk)) reused = null;
      position += bytesRead;
      onRead(bytesRead);
      yield chunk;
    }
  } catch (error) {
    throw error instanceof MigrateError || systemCode(error) === undefined ? error : unreadable(path, error);
  } finally {
    await opened?.close();
  }
}

/** Hands plain bytes on, and unpacks gzip. */
async function* unpack(
  raw: AsyncGenerator<Buffer>,
  open: Open,
  onDamage: (reason: string) => void,
): AsyncGenerator<Buffer> {
  const first = await raw.next();
  if (first.done) return;
  const chunks = putBack(first.value, raw);
  if (!isGzip(first.value)) return yield* chunks;
  let begun = false;
  const openOnce: Open = (from) => {
    // What was read already need not be read twice, unless there is damage.
    if (begun) return open(from);
    begun = true;
    return chunks;
  };
  yield* gunzip(openOnce, chunkBytes, onDamage);
}
