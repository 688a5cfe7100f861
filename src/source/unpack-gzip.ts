import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { systemCode } from "../errors.js";
import { BytesAhead, type Open } from "./bytes-ahead.js";
import { skipFirst, unpackDamagedGzip } from "./unpack-damaged-gzip.js";

/**
 * Unpacks a gzip file of one or more members, as gzip(1) does; zeros behind one are padding. Damage ends the text, but
 * for a wrong checksum; all that was unpacked before it counts.
 * @param chunkBytes how much is unpacked into one chunk at most
 * @param onDamage called with what was wrong, each thing once, with its extent in bytes of the compressed file
 */
export async function* gunzip(
  open: Open,
  chunkBytes: number,
  onDamage: (reason: string) => void,
): AsyncGenerator<Buffer> {
  let from: number | null = 0;
  while (from !== null) {
    const { unpacked, end, failed }: Unpacked = yield* unpackFrom(open, from, chunkBytes);
    const again = unpackDamagedGzip(open, from, end, chunkBytes, onDamage);
    const next: number | null = failed ? yield* skipFirst(again, unpacked) : end;
    from = next === null ? null : await behindPadding(open, next);
  }
}

type Unpacked = { readonly unpacked: number; readonly end: number; readonly failed: boolean };

/**
 * Unpacks one member after the other, up to a zero behind one, or to the end.
 * @returns bytes that were unpacked, and the position in the file up to which it is fine for certain
 */
async function* unpackFrom(open: Open, from: number, chunkBytes: number): AsyncGenerator<Buffer, Unpacked> {
  const engine = createGunzip({ chunkSize: chunkBytes });
  const source = Readable.from(open(from), { objectMode: false });
  source.on("error", (error) => engine.destroy(error)).pipe(engine);
  let unpacked = 0;
  let failed = false;
  try {
    for await (const chunk of engine) {
      unpacked += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  } catch (error) {
    if (!systemCode(error)?.startsWith("Z_")) throw error;
    failed = true;
  } finally {
    source.destroy();
  }
  return { unpacked, end: from + engine.bytesWritten, failed };
}

/** Where something else than zeros begins; null where the file ends before. */
async function behindPadding(open: Open, from: number): Promise<number | null> {
  const input = new BytesAhead(open, from);
  try {
    await input.skipZeros();
    return (await input.peek(1)).length === 0 ? null : input.position;
  } finally {
    await input.close();
  }
}
