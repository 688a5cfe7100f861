import { read, readSync, type Stats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";
import { isDeepStrictEqual, promisify } from "node:util";
import { type MigrateError, migrateError, systemCode } from "../errors.js";
import type { Candidate, Identity } from "../types.js";
import type { Open } from "./bytes-ahead.js";
import { gunzip } from "./unpack-gzip.js";

/** Large enough that few rows go over the end of one; 1 MiB cost about 70 MB more at the peak (one run each). */
export const chunkBytes = 512 * 1024;

/** Memory for two chunks, which is written to in turns. */
export type Passing = readonly [Buffer, Buffer];

/** A source's text as UTF-8 without a byte-order mark, chunk by chunk. */
export interface Text {
  /** Each chunk is in memory of its own, and is never written to again, unless it was asked for in passing. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Bytes of the file read so far. */
  bytesRead(): number;
  /** Length of the byte-order mark, in bytes: where the text begins. Known once the first chunk came. */
  start(): number;
  /** What was wrong with the compressed data, each thing once. Known once the last chunk came. */
  damages(): readonly string[];
}

/** Whether text is neither compressed nor UTF-16, by its first bytes. */
export function isPlain([a, b]: Buffer): boolean {
  return !((a === 0x1f && b === 0x8b) || (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff));
}

/**
 * Opens a source for reading, which is all that is ever done with it. Gzip is told by its first bytes and unpacked,
 * UTF-16 by its mark and recoded. Reading throws MigrateError `source-unreadable`.
 * @param passing where to read to, if a chunk is done with when the one after the next is asked for
 */
export function readText(source: Candidate, passing: Passing | null = null): Text {
  const state = { bytesRead: 0, start: 0, damages: [] as string[] };
  const raw = rawChunks(source, passing, 0, (bytes) => {
    state.bytesRead += bytes;
  });
  const open: Open = (from) => rawChunks(source, null, from, () => {});
  const unpacked = unpack(raw, open, (reason) => {
    state.damages.push(reason);
  });
  const chunks = recode(unpacked, (mark) => {
    state.start = mark;
  });
  return { chunks, bytesRead: () => state.bytesRead, start: () => state.start, damages: () => state.damages };
}

const readAt = promisify(read);

async function* rawChunks(
  { path, stdinFile }: Candidate,
  passing: Passing | null,
  from: number,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let opened: FileHandle | null = null;
  try {
    if (stdinFile === null) opened = await open(path, "r");
    const file = stdinFile ?? opened?.fd ?? -1;
    let position = from;
    let buffer: Buffer = passing?.[0] ?? Buffer.allocUnsafeSlow(chunkBytes);
    let turn = 0;
    for (;;) {
      const length = buffer.length;
      // Who reads in passing has nothing else to do meanwhile, and need not wait for the answer to come around.
      const bytesRead =
        passing === null
          ? (await readAt(file, buffer, 0, length, position)).bytesRead
          : readSync(file, buffer, 0, length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      onRead(bytesRead);
      const chunk = buffer.subarray(0, bytesRead);
      // What is to be unpacked or recoded is held by streams for longer.
      if (position - from === bytesRead && !isPlain(chunk)) passing = null;
      yield chunk;
      turn = 1 - turn;
      buffer = passing?.[turn] ?? Buffer.allocUnsafeSlow(chunkBytes);
    }
  } catch (error) {
    throw systemCode(error) === undefined ? error : unreadable(path, error);
  } finally {
    await opened?.close();
  }
}

/** Passes plain bytes on, and unpacks gzip. */
async function* unpack(
  raw: AsyncGenerator<Buffer>,
  open: Open,
  onDamage: (reason: string) => void,
): AsyncGenerator<Buffer> {
  const first = await raw.next();
  if (first.done) return;
  const chunks = putBack(first.value, raw);
  if (!(first.value[0] === 0x1f && first.value[1] === 0x8b)) {
    yield* chunks;
    return;
  }
  let begun = false;
  const openOnce: Open = (from) => {
    // What was read already need not be read twice, unless there is damage.
    if (begun) return open(from);
    begun = true;
    return chunks;
  };
  yield* gunzip(openOnce, chunkBytes, onDamage);
}

/** Drops a UTF-8 mark, and turns UTF-16 with its mark into UTF-8. */
async function* recode(
  chunks: AsyncGenerator<Buffer>,
  onMark: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const first = await chunks.next();
  if (first.done) return;
  const [a, b, c] = first.value;
  const utf8Mark = a === 0xef && b === 0xbb && c === 0xbf;
  const utf16Mark = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);
  if (utf8Mark) onMark(3);
  if (utf16Mark) yield* fromUtf16(putBack(first.value.subarray(2), chunks), a === 0xfe);
  else yield* putBack(utf8Mark ? first.value.subarray(3) : first.value, chunks);
}

async function* fromUtf16(chunks: AsyncIterable<Buffer>, bigEndian: boolean): AsyncGenerator<Buffer> {
  const decoder = new StringDecoder("utf16le");
  let odd: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([odd, chunk]);
    const even = bytes.length - (bytes.length % 2);
    odd = bytes.subarray(even);
    const units = bytes.subarray(0, even);
    if (bigEndian) units.swap16();
    yield toUtf8(decoder.write(units));
  }
  const rest = toUtf8(decoder.end());
  yield odd.length > 0 ? Buffer.concat([rest, notUtf8]) : rest;
}

/** Stands where text has no UTF-8, so that the row around it is found invalid, and not silently changed. */
const notUtf8 = Buffer.from([0xff]);

function toUtf8(text: string): Buffer {
  const parts = text.split(/\p{Surrogate}/u);
  if (parts.length === 1) return Buffer.from(text);
  return Buffer.concat(
    parts.flatMap((part, at) => (at === 0 ? [Buffer.from(part)] : [notUtf8, Buffer.from(part)])),
  );
}

/** `first`, then `rest`, which is closed also when the reader goes away after the first. */
async function* putBack(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

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

/** The error for a path that the system would not let us read; its own words carry no file content. */
export function unreadable(path: string, error: unknown): MigrateError {
  const reason = error instanceof Error ? error.message.replace(/,.*$/, "") : "unknown";
  return migrateError("source-unreadable", { path, reason }, error);
}
