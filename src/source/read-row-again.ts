import { MigrateError, systemCode } from "../errors.js";
import { idOf, redisKeyOf } from "../record/redis-key.js";
import type { Entry } from "../types/entry.js";
import type { Kind } from "../types/kind.js";
import type { Source } from "../types/source-file.js";
import { decodeRow } from "./decode-row.js";
import { isPlain } from "./detect-encoding.js";
import type { Keyspace } from "./entry-in-batch.js";
import { bytesAt, type FileWindow, openWindow, windowBytes } from "./file-window.js";
import { FastRowReader } from "./json/fast-row.js";
import { longestRow, Scanner } from "./json/scanner.js";
import { ID_FROM, ID_TO, stride } from "./record-columns.js";

/** The value of a row that was read again, or why it could not be. */
export type RowValue = { readonly value: Buffer } | { readonly reason: string };

/** Reads single rows again, from the middle of their sources. */
export interface SingleRowReader {
  /** Whether a source's text is its bytes, so that a row can be found by its offset: not where it is compressed or UTF-16. */
  canSeek(source: Source): Promise<boolean>;
  /** The value of the record of `redisKey` that begins at an offset of a source's text: as its entry had it. */
  valueAt(source: Source, offset: number, of: Pick<Entry, "kind" | "redisKey">): Promise<RowValue>;
  close(): Promise<void>;
}

/** What a row is first expected to take at most. In bytes. */
const usualRow = 32 * 1024;

/** Of a row whose file is another one by now. */
export const changedRow: RowValue = { reason: "its file has changed, or cannot be read any more" };

/** One source is open at a time. */
export function openSingleRowReader(keyspace: Keyspace): SingleRowReader {
  const fastReader = new FastRowReader({ output: windowBytes, copies: windowBytes, input: 0 });
  let opened: { readonly source: Source; readonly window: FileWindow; seekable: boolean } | null = null;
  const close = async () => {
    await opened?.window.file?.close();
    opened = null;
  };
  /** The source, open; null where it cannot be opened, or is another one by now. */
  const reopen = async (source: Source) => {
    if (opened?.source === source) return opened;
    await close();
    const window = await openWindow(source);
    if (window === null) return null;
    opened = { source, window, seekable: false };
    opened.seekable = isPlain(await bytesAt(window, 0, 2));
    return opened;
  };
  const read: SingleRowReader["valueAt"] = async (source, offset, { kind, redisKey }) => {
    const from = await reopen(source);
    if (from === null) return changedRow;
    if (!from.seekable) return { reason: "it stands in no plain UTF-8 file, and cannot be read again" };
    const key = redisKey.reveal();
    const name = idOf(keyspace.prefix, kind, key);
    for (let count = usualRow; count <= longestRow * 2; count *= 4) {
      const bytes = await bytesAt(from.window, offset, count);
      const row = readFast(fastReader, bytes, kind) ?? scan(bytes, kind, name);
      if (row !== null)
        return redisKeyOf(keyspace.prefix, kind, row.id).reveal() === key ? { value: row.value } : changedRow;
      if (bytes.length < count) break;
    }
    return changedRow;
  };
  return {
    canSeek: async (source) => (await unlessRefused(reopen(source)))?.seekable ?? false,
    valueAt: async (source, offset, of) => (await unlessRefused(read(source, offset, of))) ?? changedRow,
    close,
  };
}

/** Null where the system refuses: the error of the pass that reads the whole source says more. */
async function unlessRefused<T>(result: Promise<T>): Promise<T | null> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof MigrateError || systemCode(error) === undefined) throw error;
    return null;
  }
}

interface DecodedRow {
  readonly id: string;
  readonly value: Buffer;
}

function readFast(reader: FastRowReader, bytes: Buffer, kind: Kind): DecodedRow | null {
  if (reader.read(bytes, 0, kind) === null) return null;
  const row = new Float64Array(stride);
  reader.keep(row, 0);
  const value = Buffer.from(reader.take());
  return { id: value.toString("utf8", row[ID_FROM], row[ID_TO]), value };
}

/** @param name the id that it has by its place, should it hold none */
function scan(bytes: Buffer, kind: Kind, name: string): DecodedRow | null {
  let row: Buffer | null = null;
  const scanner = new Scanner({
    value: () => "take",
    taken: (_, taken) => {
      row ??= taken.bytes;
    },
    damaged: () => {},
  });
  scanner.write(bytes);
  if (row === null) return null;
  const place = { source: "", index: null, offset: 0, line: 1 };
  const decoded = decodeRow({ kind, id: name, place, bytes: row });
  return "reason" in decoded ? null : decoded;
}
