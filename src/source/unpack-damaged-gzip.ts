import { createInflateRaw, type InflateRaw } from "node:zlib";
import { systemCode } from "../errors.js";
import { BytesAhead, type Open } from "./bytes-ahead.js";
import { crc32, skipHeader, trailerBytes } from "./gzip-member.js";

/** How much is unpacked at once where the data is fine: little, for a byte may become a thousand. */
const stepBytes = 16 * 1024;

/** How much is unpacked at once where it may not be, until the place is known: byte by byte all of it would take long. */
const carefulBytes = 16;

/**
 * Unpacks one member after the other, in small steps, up to the first that is damaged: Node's own way drops what came of
 * the input in hand, and does not say where it fails.
 * @param intactUpTo position in the file up to which it is fine for certain
 * @param onDamage called with what was wrong, with its extent in bytes of the file
 * @returns where to continue, behind a member whose checksum is wrong; null where nothing more can be unpacked
 */
export async function* unpackDamagedGzip(
  open: Open,
  from: number,
  intactUpTo: number,
  chunkBytes: number,
  onDamage: (reason: string) => void,
  careful = carefulBytes,
): AsyncGenerator<Buffer, number | null> {
  const input = new BytesAhead(open, from);
  try {
    for (;;) {
      const begins = input.position;
      if (!(await skipHeader(input))) {
        const rest = (await input.skipToEnd()) - begins;
        if (rest > 0) onDamage(headerDamaged(begins, rest));
        return null;
      }
      const { checksum, length, failedAt } = yield* inflate(input, intactUpTo, careful, chunkBytes);
      if (failedAt !== null && careful > 1 && (await input.peek(1)).length > 0) {
        // What came of the bytes just before the damage was lost with them: unpacked again, they are taken one by one.
        const exactly = unpackDamagedGzip(open, begins, failedAt, chunkBytes, onDamage, 1);
        return yield* skipFirst(exactly, length);
      }
      if (failedAt !== null) {
        onDamage(dataDamaged(failedAt, (await input.skipToEnd()) - failedAt));
        return null;
      }
      const trailer = await input.peek(trailerBytes);
      if (trailer.length < trailerBytes) {
        onDamage(
          "the gzip data is cut off within its checksum: all of it was unpacked, and cannot be checked",
        );
        return null;
      }
      const wrong: string[] = [];
      if (trailer.readUInt32LE(0) !== checksum) wrong.push("checksum");
      if (trailer.readUInt32LE(4) !== length % 2 ** 32) wrong.push("length");
      if (wrong.length > 0) onDamage(trailerWrong(wrong, input.position));
      input.skip(trailerBytes);
      if (wrong.length > 0) return input.position;
    }
  } finally {
    await input.close();
  }
}

/** The chunks without the bytes at their beginning that were handed over before. */
export async function* skipFirst(
  chunks: AsyncGenerator<Buffer, number | null>,
  bytes: number,
): AsyncGenerator<Buffer, number | null> {
  try {
    for (let left = bytes; ; ) {
      const next = await chunks.next();
      if (next.done) return next.value;
      const rest = next.value.subarray(left);
      left = Math.max(0, left - next.value.length);
      if (rest.length > 0) yield rest;
    }
  } finally {
    // Whoever stops reading early closes the file.
    await chunks.return(null);
  }
}

/** What came of one member's data. */
interface Inflated {
  /** CRC-32 of what was unpacked, and its length in bytes. */
  readonly checksum: number;
  readonly length: number;
  /** Position in the file at which the data makes no sense, or ends; null where it is whole. */
  readonly failedAt: number | null;
}

async function* inflate(
  input: BytesAhead,
  intactUpTo: number,
  careful: number,
  chunkBytes: number,
): AsyncGenerator<Buffer, Inflated> {
  const engine = createInflateRaw({ chunkSize: chunkBytes });
  const chunks: Buffer[] = [];
  engine.on("data", (chunk: Buffer) => chunks.push(chunk));
  let checksum = 0;
  let length = 0;
  try {
    for (;;) {
      const at = input.position;
      const piece = await input.peek(at < intactUpTo ? Math.min(stepBytes, intactUpTo - at) : careful);
      const before = engine.bytesWritten;
      const fine = piece.length > 0 && (await isInflated(engine, piece));
      for (const chunk of chunks.splice(0)) {
        checksum = crc32(chunk, checksum);
        length += chunk.length;
        yield chunk;
      }
      if (!fine) return { checksum, length, failedAt: at };
      const taken = engine.bytesWritten - before;
      input.skip(taken);
      // What stands behind the data is left over.
      if (taken < piece.length) return { checksum, length, failedAt: null };
    }
  } finally {
    engine.destroy();
  }
}

/** Whether a piece was unpacked; all that came of it was handed over by then. */
function isInflated(engine: InflateRaw, piece: Buffer): Promise<boolean> {
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

function headerDamaged(at: number, rest: number): string {
  return at === 0
    ? `the gzip header is damaged: none of the file's ${rest} bytes was unpacked`
    : `${bytes(rest)} behind the gzip data, from byte ${at} of the file on, were not read`;
}

function dataDamaged(at: number, rest: number): string {
  return rest === 0
    ? "the gzip data is cut off: how many rows stood behind that is unknown"
    : `the gzip data is damaged at byte ${at} of the file: the ${bytes(rest)} from there on were not unpacked, and how many rows they hold is unknown`;
}

function trailerWrong(wrong: readonly string[], at: number): string {
  const are = wrong.length > 1 ? "are" : "is";
  return `the gzip data's ${wrong.join(" and ")} (byte ${at} of the file) ${are} wrong: all that could be unpacked was read, and may have been changed`;
}

function bytes(count: number): string {
  return count === 1 ? "1 byte" : `${count} bytes`;
}
