import { putNumber } from "../put-bytes.js";
import type { Entry } from "../types/entry.js";
import { creationOptions } from "./create-record.js";

/** Longer values are written from where they are. In bytes. */
const longestCopied = 32 * 1024;

/** How large a piece is at least that commands are copied to. In bytes. */
const pieceBytes = 256 * 1024;

/** More than a command takes beside its key and value. In bytes. */
const otherBytes = 128;

const noMemory = Buffer.alloc(0);
const beforeValue = Buffer.from("\r\n$");
const lineEnd = Buffer.from("\r\n");

/** Commands that create records, in few pieces, as Redis reads them. */
interface EncodedCreations {
  readonly pieces: readonly Buffer[];
  /** To be called once they are written: their memory is used again. */
  readonly release: () => void;
}

/**
 * Encodes the commands that create records: most of what is written. Keys and short values are copied from where they
 * are, with no object or text made for a record.
 */
export class CreationEncoder {
  readonly #spare: Buffer[] = [];

  encode(entries: readonly Entry[]): EncodedCreations {
    const used: Buffer[] = [];
    const pieces: Buffer[] = [];
    let memory: Buffer = noMemory;
    let [from, to] = [0, 0];
    let [ttl, expiresAt, lastLength]: (number | null)[] = [];
    let beforeKey: Buffer = lineEnd;
    let behindValue: Buffer = lineEnd;
    for (const entry of entries) {
      const { keyLength, bytes } = entry;
      const isCopied = bytes <= longestCopied;
      const most = keyLength + otherBytes + (isCopied ? bytes : 0);
      if (to + most > memory.length) {
        if (to > from) pieces.push(memory.subarray(from, to));
        memory =
          (most <= pieceBytes && this.#spare.pop()) || Buffer.allocUnsafeSlow(Math.max(most, pieceBytes));
        used.push(memory);
        [from, to] = [0, 0];
      }
      // Nearly all have one expiry, and keys of one length.
      if (entry.ttl !== ttl || entry.expiresAt !== expiresAt || keyLength !== lastLength) {
        ({ ttl, expiresAt, keyLength: lastLength } = entry);
        [beforeKey, behindValue] = partsOf(entry);
      }
      memory.set(beforeKey, to);
      to = entry.putKey(memory, to + beforeKey.length);
      memory.set(beforeValue, to);
      to = putNumber(memory, to + beforeValue.length, bytes);
      memory.set(lineEnd, to);
      to += lineEnd.length;
      if (isCopied) {
        memory.set(entry.value, to);
        to += bytes;
      } else {
        pieces.push(memory.subarray(from, to), entry.value);
        from = to;
      }
      memory.set(behindValue, to);
      to += behindValue.length;
    }
    if (to > from) pieces.push(memory.subarray(from, to));
    const release = () => void this.#spare.push(...used.filter(({ length }) => length === pieceBytes));
    return { pieces, release };
  }
}

/** What stands before the key of a command that creates a record, and behind its value. */
function partsOf(entry: Entry): [Buffer, Buffer] {
  const options = creationOptions(entry);
  const behind = options.map((one) => `$${one.length}\r\n${one}\r\n`).join("");
  const before = `*${3 + options.length}\r\n$3\r\nSET\r\n$${entry.keyLength}\r\n`;
  return [Buffer.from(before), Buffer.from(`\r\n${behind}`)];
}
