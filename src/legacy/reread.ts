import { read } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { isDeepStrictEqual, promisify } from "node:util";
import type { Entry, Kind, Source } from "../model.js";
import { idOf, redisKeyOf } from "../target/keyspace.js";
import type { Keyspace } from "./decode.js";
import { decode } from "./decode.js";
import { identityOf, isPlain } from "./read.js";
import { RegularReader } from "./regular.js";
import { longestRow, Scanner } from "./scan.js";

/** Reads single rows again, from the middle of their sources. */
export interface Rereader {
  /** Whether a source's text is its bytes, so that a row can be found by its offset: not where it is compressed or UTF-16. */
  canSeek(source: Source): Promise<boolean>;
  /**
   * The value of the record of `redisKey` that begins at an offset: as its entry had it. Null where it cannot be read
   * again: its source cannot be read from the middle, is gone, or has changed.
   */
  valueAt(source: Source, offset: number, of: Pick<Entry, "kind" | "redisKey">): Promise<Buffer | null>;
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
  readonly seekable: boolean;
  window: Buffer;
  start: number;
  /** Whether the source ends with the window. */
  ended: boolean;
}

/** One source is open at a time. */
export function openRereader({ prefix, ttl }: Keyspace): Rereader {
  const regular = new RegularReader(Buffer.allocUnsafeSlow(windowBytes));
  let opened: Opened | null = null;
  const close = async () => {
    await opened?.file?.close();
    opened = null;
  };
  /** The source, open; null where it is another one by now. */
  const reopen = async (source: Source): Promise<Opened | null> => {
    if (opened?.source === source) return opened;
    await close();
    const file = source.spool === null ? await open(source.path, "r").catch(() => null) : null;
    const descriptor = source.spool ?? file?.fd;
    if (descriptor === undefined) return null;
    if (file !== null && source.identity !== null) {
      const now = identityOf(await file.stat());
      if (!isDeepStrictEqual(now, source.identity)) {
        await file.close();
        return null;
      }
    }
    opened = { source, file, descriptor, seekable: false, window: Buffer.alloc(0), start: 0, ended: false };
    const seekable = isPlain(await textAt(opened, 0, 2));
    opened = { ...opened, seekable };
    return opened;
  };
  return {
    canSeek: async (source) => (await reopen(source))?.seekable ?? false,
    valueAt: async (source, offset, { kind, redisKey }) => {
      const from = await reopen(source);
      if (from === null || !from.seekable) return null;
      const key = redisKey.reveal();
      for (let bytes = usualRow; bytes <= longestRow * 2; bytes *= 4) {
        const text = await textAt(from, offset, bytes);
        const found =
          quickly(regular, text, kind) ?? slowly(text, kind, idOf(prefix, kind, key), { prefix, ttl });
        if (found !== null) return redisKeyOf(prefix, kind, found.id).reveal() === key ? found.value : null;
        if (text.length < bytes) return null;
      }
      return null;
    },
    close,
  };
}

/** The text from an offset on: so many bytes, or more, or as many as there are. */
async function textAt(from: Opened, offset: number, bytes: number): Promise<Buffer> {
  const { start, window, ended, descriptor } = from;
  const within = offset >= start && offset <= start + window.length;
  if (!within || (offset + bytes > start + window.length && !ended)) {
    // In memory of its own: see RegularReader.
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

interface Reread {
  readonly id: string;
  readonly value: Buffer;
}

function quickly(regular: RegularReader, text: Buffer, kind: Kind): Reread | null {
  if (regular.read(text, 0, kind) === null) return null;
  const { id } = regular.keep();
  return { id, value: regular.take() };
}

/** @param name the id that it has by its name, should it hold none */
function slowly(text: Buffer, kind: Kind, name: string, keyspace: Keyspace): Reread | null {
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
  const decoded = decode({ kind, id: name, place, bytes }, keyspace);
  if ("reason" in decoded) return null;
  return { id: idOf(keyspace.prefix, decoded.kind, decoded.redisKey.reveal()), value: decoded.value };
}
