import { read } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { isDeepStrictEqual, promisify } from "node:util";
import { systemCode } from "../errors.js";
import { idOf, redisKeyOf } from "../record/redis-key.js";
import type { Entry, Kind, Source } from "../types.js";
import type { Keyspace } from "./decode-row.js";
import { decodeRow } from "./decode-row.js";
import { FastRowReader } from "./json/fast-row.js";
import { longestRow, Scanner } from "./json/scanner.js";
import { identityOf, isPlain } from "./read-text.js";

/** A value that was read again, or why it could not be. */
export type Reread = { readonly value: Buffer } | { readonly reason: string };

/** Reads single rows again, from the middle of their sources. */
export interface Rereader {
  /** Whether a source's text is its bytes, so that a row can be found by its offset: not where it is compressed or UTF-16. */
  canSeek(source: Source): Promise<boolean>;
  /** The value of the record of `redisKey` that begins at an offset of a source's text: as its entry had it. */
  valueAt(source: Source, offset: number, of: Pick<Entry, "kind" | "redisKey">): Promise<Reread>;
  close(): Promise<void>;
}

/** Read at once: rows that are asked for one after the other often stand side by side. In bytes. */
const windowBytes = 256 * 1024;

/** What a row is first expected to take at most. In bytes. */
const usualRow = 32 * 1024;

const readInto = promisify(read);

/** A source that is open, and the part of it that was read last. */
interface Opened {
  readonly source: Source;
  readonly file: FileHandle | null;
  readonly descriptor: number;
  seekable: boolean;
  window: Buffer;
  start: number;
  /** Whether the source ends with the window. */
  ended: boolean;
}

/** One source is open at a time. */
export function openRereader({ prefix, ttl }: Keyspace): Rereader {
  const regular = new FastRowReader(Buffer.allocUnsafeSlow(windowBytes));
  let opened: Opened | null = null;
  const close = async () => {
    await opened?.file?.close();
    opened = null;
  };
  /** The source, open; null where it cannot be opened, or is another one by now. */
  const reopen = async (source: Source): Promise<Opened | null> => {
    if (opened?.source === source) return opened;
    await close();
    const file = source.stdinFile === null ? await open(source.path, "r") : null;
    const descriptor = source.stdinFile ?? file?.fd ?? -1;
    opened = { source, file, descriptor, seekable: false, window: Buffer.alloc(0), start: 0, ended: false };
    const { identity } = source;
    const same =
      file === null || identity === null || isDeepStrictEqual(identityOf(await file.stat()), identity);
    if (same) opened.seekable = isPlain(await textAt(opened, 0, 2));
    else await close();
    return opened;
  };
  const reread: Rereader["valueAt"] = async (source, offset, { kind, redisKey }) => {
    const from = await reopen(source);
    if (from === null) return changed;
    if (!from.seekable) return { reason: "it stands in no plain UTF-8 file, and cannot be read again" };
    const key = redisKey.reveal();
    const name = idOf(prefix, kind, key);
    for (let bytes = usualRow; bytes <= longestRow * 2; bytes *= 4) {
      const text = await textAt(from, offset, bytes);
      const found = quickly(regular, text, kind) ?? slowly(text, kind, name, { prefix, ttl });
      // A file that was written to in place holds something else there.
      if (found !== null)
        return redisKeyOf(prefix, kind, found.id).reveal() === key ? { value: found.value } : changed;
      if (text.length < bytes) break;
    }
    return changed;
  };
  return {
    canSeek: async (source) => (await attempt(() => reopen(source)))?.seekable ?? false,
    valueAt: async (source, offset, of) => (await attempt(() => reread(source, offset, of))) ?? changed,
    close,
  };
}

const changed: Reread = { reason: "its file has changed, or cannot be read any more" };

/** Null where the system refuses: whoever reads the whole source tells that better. */
async function attempt<T>(act: () => Promise<T>): Promise<T | null> {
  try {
    return await act();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return null;
  }
}

/** The text from an offset on: so many bytes, or more, or as many as there are. */
async function textAt(from: Opened, offset: number, bytes: number): Promise<Buffer> {
  const { start, window, ended, descriptor } = from;
  const within = offset >= start && offset <= start + window.length;
  if (!within || (offset + bytes > start + window.length && !ended)) {
    // In memory of its own: see FastRowReader.
    const room = Buffer.allocUnsafeSlow(Math.max(bytes, windowBytes));
    let length = 0;
    for (;;) {
      const { bytesRead } = await readInto(descriptor, room, length, room.length - length, offset + length);
      length += bytesRead;
      from.ended = bytesRead === 0;
      if (bytesRead === 0 || length === room.length) break;
    }
    from.window = room.subarray(0, length);
    from.start = offset;
  }
  return from.window.subarray(offset - from.start);
}

interface Row {
  readonly id: string;
  readonly value: Buffer;
}

function quickly(regular: FastRowReader, text: Buffer, kind: Kind): Row | null {
  if (regular.read(text, 0, kind) === null) return null;
  const { id } = regular.keep();
  return { id, value: regular.take() };
}

/** @param name the id that it has by its name, should it hold none */
function slowly(text: Buffer, kind: Kind, name: string, keyspace: Keyspace): Row | null {
  let bytes: Buffer | null = null;
  const scanner = new Scanner({
    value: () => "take",
    taken: (_, taken) => {
      bytes ??= taken.bytes;
    },
    damaged: () => {},
  });
  scanner.write(text);
  if (bytes === null) return null;
  const place = { source: "", index: null, offset: 0, line: 1 };
  const decoded = decodeRow({ kind, id: name, place, bytes }, keyspace);
  if ("reason" in decoded) return null;
  return { id: idOf(keyspace.prefix, decoded.kind, decoded.redisKey.reveal()), value: decoded.value };
}
