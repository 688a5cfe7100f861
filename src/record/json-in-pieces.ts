import { isUtf8 } from "node:buffer";

/** How much becomes one string: a record may be longer than the longest one. In bytes. */
const pieceBytes = 192 * 1024;

/**
 * A JSON object in pieces, whose last member is `bytes`, however long they are: as text, by the name `asText`, or where
 * they are not UTF-8, in base64, by the name `base64`. Together the pieces are what `JSON.stringify` would give.
 * @param before the members before it: at least one
 */
export function* objectInPieces(before: object, asText: string, bytes: Buffer): Generator<string> {
  const text = isUtf8(bytes);
  yield `${JSON.stringify(before).slice(0, -1)},${JSON.stringify(text ? asText : "base64")}:"`;
  for (let from = 0; from < bytes.length; ) {
    const to = text ? characterBefore(bytes, from + pieceBytes) : from + pieceBytes;
    // 192 KiB are a multiple of 3 bytes, so that pieces in base64 can be joined.
    yield text
      ? JSON.stringify(bytes.toString("utf8", from, to)).slice(1, -1)
      : bytes.toString("base64", from, to);
    from = to;
  }
  yield '"}';
}

/** The nearest position up to `position` that is not within a character. */
function characterBefore(bytes: Buffer, position: number): number {
  let end = Math.min(position, bytes.length);
  while (end < bytes.length && ((bytes[end] as number) & 0xc0) === 0x80) end -= 1;
  return end;
}
