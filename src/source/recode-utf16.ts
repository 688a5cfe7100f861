import { StringDecoder } from "node:string_decoder";
import { putBack } from "./first-chunk.js";

/** Drops a UTF-8 mark, and turns UTF-16 with its mark into UTF-8. */
export async function* recode(
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
