import { once } from "node:events";
import { Readable } from "node:stream";
import { createGunzip, createInflateRaw, type InflateRaw } from "node:zlib";
import { systemCode } from "../errors.js";

/** The bytes of a compressed file from a position on. */
export type Open = (from: number) => AsyncGenerator<Buffer>;

/** How much is unpacked at once, once something was wrong: little, for what came of it is lost with the first error. */
const carefulBytes = 16 * 1024;

const trailerBytes = 8;

/**
 * Unpacks a gzip file of one or more members, as gzip(1) does; zeros behind one are padding. Damage ends the text, but
 * for a wrong checksum; all that was unpacked before it counts.
 * @param chunkBytes how much is unpacked into one chunk at most
 * @param onDamage told what was wrong, each thing once, with its extent in bytes of the compressed file
 */
export async function* gunzip(
  open: Open,
  chunkBytes: number,
  onDamage: (reason: string) => void,
): AsyncGenerator<Buffer> {
  const quick = createGunzip({ chunkSize: chunkBytes });
  const source = Readable.from(open(0), { objectMode: false });
  source.on("error", (error) => quick.destroy(error)).pipe(quick);
  let unpacked = 0;
  try {
    for await (const chunk of quick) {
      unpacked += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
    // It stops at the first zero behind a member, with whatever stands behind that.
    if (await isPadding(open, quick.bytesWritten)) return;
  } catch (error) {
    if (!systemCode(error)?.startsWith("Z_")) throw error;
  } finally {
    source.destroy();
  }
  let passed = 0;
  for await (const chunk of unpackCarefully(open, chunkBytes, onDamage)) {
    const from = Math.max(0, Math.min(chunk.length, unpacked - passed));
    passed += chunk.length;
    if (from < chunk.length) yield chunk.subarray(from);
  }
}

async function isPadding(open: Open, from: number): Promise<boolean> {
  const input = new Input(open, from);
  try {
    await input.skipZeros();
    return (await input.peek(1)).length === 0;
  } finally {
    await input.close();
  }
}

/** The same from the beginning, a member at a time, in small steps: the way that knows where and why it ends. */
async function* unpackCarefully(
  open: Open,
  chunkBytes: number,
  onDamage: (reason: string) => void,
): AsyncGenerator<Buffer> {
  const input = new Input(open, 0);
  try {
    for (let member = 0; ; member += 1) {
      if (member > 0) await input.skipZeros();
      const begins = input.position;
      if ((await input.peek(1)).length === 0) return;
      if (!(await passHeader(input))) {
        const rest = (await input.count()) - begins;
        if (member === 0)
          onDamage(`the gzip header is damaged: none of the file's ${rest} bytes was unpacked`);
        else
          onDamage(`${bytes(rest)} behind the gzip data, from byte ${begins} of the file on, were not read`);
        return;
      }
      const ended = yield* inflate(input, open, chunkBytes);
      if (ended.failedAt !== null) {
        const rest = (await input.count()) - ended.failedAt;
        onDamage(
          rest === 0
            ? "the gzip data is cut off: how many rows stood behind that is unknown"
            : `the gzip data is damaged at byte ${ended.failedAt} of the file: the ${bytes(rest)} from there on were not unpacked, and how many rows they hold is unknown`,
        );
        return;
      }
      const trailer = await input.peek(trailerBytes);
      const position = input.position;
      input.pass(trailer.length);
      if (trailer.length < trailerBytes) {
        onDamage(
          "the gzip data is cut off within its checksum: all of it was unpacked, and cannot be checked",
        );
        return;
      }
      const wrong = [
        ...(trailer.readUInt32LE(0) === ended.checksum ? [] : ["checksum"]),
        ...(trailer.readUInt32LE(4) === ended.length % 2 ** 32 ? [] : ["length"]),
      ];
      if (wrong.length > 0)
        onDamage(
          `the gzip data's ${wrong.join(" and ")} (byte ${position} of the file) ${wrong.length > 1 ? "are" : "is"} wrong: all that could be unpacked was read, and may have been changed`,
        );
    }
  } finally {
    await input.close();
  }
}

function bytes(count: number): string {
  return count === 1 ? "1 byte" : `${count} bytes`;
}

/** What came of one member's data. */
interface Ended {
  /** CRC-32 of what was unpacked, and its length in bytes. */
  readonly checksum: number;
  readonly length: number;
  /** Position of the byte in the file at which the data makes no sense, or ends; null where it is whole. */
  readonly failedAt: number | null;
}

/** Unpacks the data of one member; the step that fails is done again a byte at a time. */
async function* inflate(input: Input, open: Open, chunkBytes: number): AsyncGenerator<Buffer, Ended> {
  const begins = input.position;
  let checksum = 0;
  let length = 0;
  let failedAt: number | null = null;
  for await (const step of steps(input, chunkBytes, null)) {
    for (const chunk of step.chunks) {
      checksum = crc32(chunk, checksum);
      length += chunk.length;
      yield chunk;
    }
    if (step.failedAt !== null) failedAt = step.failedAt;
  }
  if (failedAt === null || (await input.peek(1)).length === 0) return { checksum, length, failedAt };
  const again = new Input(open, begins);
  let passed = 0;
  try {
    for await (const step of steps(again, chunkBytes, failedAt)) {
      for (const chunk of step.chunks) {
        const from = Math.max(0, Math.min(chunk.length, length - passed));
        passed += chunk.length;
        if (from < chunk.length) yield chunk.subarray(from);
      }
      if (step.failedAt !== null) failedAt = step.failedAt;
    }
  } finally {
    await again.close();
  }
  return { checksum, length, failedAt };
}

interface Step {
  readonly chunks: readonly Buffer[];
  readonly failedAt: number | null;
}

/** @param singly position in the file from which on each byte is a step of its own */
async function* steps(input: Input, chunkBytes: number, singly: number | null): AsyncGenerator<Step> {
  const engine = createInflateRaw({ chunkSize: chunkBytes });
  let chunks: Buffer[] = [];
  let ended = false;
  engine.on("data", (chunk: Buffer) => chunks.push(chunk));
  engine.on("end", () => {
    ended = true;
  });
  try {
    while (!ended) {
      const at = input.position;
      const most = singly !== null && at >= singly ? 1 : Math.min(carefulBytes, (singly ?? Infinity) - at);
      const piece = await input.peek(most);
      if (piece.length === 0) return yield { chunks: [], failedAt: at };
      const before = engine.bytesWritten;
      const fine = await fed(engine, piece);
      if (!fine) return yield { chunks, failedAt: at };
      const taken = engine.bytesWritten - before;
      input.pass(taken);
      if (taken < piece.length && !ended) await once(engine, "end");
      yield { chunks, failedAt: null };
      chunks = [];
    }
  } finally {
    engine.destroy();
  }
}

/** Whether a piece was unpacked; all that came of it was handed over by then. */
function fed(engine: InflateRaw, piece: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      if (systemCode(error)?.startsWith("Z_")) resolve(false);
      else reject(error);
    };
    engine.once("error", failed);
    engine.write(piece, () => {
      // What it made is handed over in the turn behind this one.
      setImmediate(() => {
        engine.off("error", failed);
        resolve(true);
      });
    });
  });
}

/** Passes a member's header (RFC 1952). @returns whether one stands here; if not, nothing is passed */
async function passHeader(input: Input): Promise<boolean> {
  const fixed = await input.peek(10);
  if (fixed.length < 10 || fixed[0] !== 0x1f || fixed[1] !== 0x8b || fixed[2] !== 8) return false;
  const flags = fixed[3] as number;
  if ((flags & 0xe0) !== 0) return false;
  let length = 10;
  if ((flags & 4) !== 0) {
    const extra = await input.peek(length + 2);
    if (extra.length < length + 2) return false;
    length += 2 + extra.readUInt16LE(length);
  }
  // A name, and a comment, each up to a zero.
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    const end = (await input.peek(length + longestName)).indexOf(0, length);
    if (end < 0) return false;
    length = end + 1;
  }
  if ((flags & 2) !== 0) length += 2;
  if ((await input.peek(length)).length < length) return false;
  input.pass(length);
  return true;
}

/** In bytes. */
const longestName = 64 * 1024;

/** The bytes of the file, as many at a time as are asked for. */
class Input {
  readonly #chunks: AsyncGenerator<Buffer>;
  #held: Buffer = Buffer.alloc(0);
  #position: number;

  constructor(open: Open, from: number) {
    this.#chunks = open(from);
    this.#position = from;
  }

  /** Bytes from the start of the file. */
  get position(): number {
    return this.#position;
  }

  /** The next bytes: fewer than asked for only where the file ends. */
  async peek(count: number): Promise<Buffer> {
    while (this.#held.length < count) {
      const next = await this.#chunks.next();
      if (next.done) break;
      this.#held = this.#held.length === 0 ? next.value : Buffer.concat([this.#held, next.value]);
    }
    return this.#held.subarray(0, count);
  }

  pass(count: number): void {
    this.#held = this.#held.subarray(count);
    this.#position += count;
  }

  async skipZeros(): Promise<void> {
    while ((await this.peek(1))[0] === 0) {
      const other = this.#held.findIndex((byte) => byte !== 0);
      this.pass(other < 0 ? this.#held.length : other);
    }
  }

  /** Passes all that is left. @returns the length of the file */
  async count(): Promise<number> {
    while ((await this.peek(1)).length > 0) this.pass(this.#held.length);
    return this.#position;
  }

  async close(): Promise<void> {
    await this.#chunks.return(undefined);
  }
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** `zlib.crc32`, which Node has from 20.15 on only. */
function crc32(bytes: Buffer, before: number): number {
  let value = ~before;
  for (const byte of bytes) value = (table[(value ^ byte) & 0xff] as number) ^ (value >>> 8);
  return ~value >>> 0;
}
