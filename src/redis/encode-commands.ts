import type { Arguments } from "./send-command.js";

/** Longer values are written from where they are. In bytes. */
const longestCopied = 32 * 1024;

/** Text is joined up to about this, in characters. */
const longestText = 8 * 1024;

/** How large a piece is at least that commands are copied to. In bytes. */
export const pieceBytes = 256 * 1024;

/**
 * Commands as Redis reads them (https://redis.io/docs/latest/develop/reference/protocol-spec/), in few pieces: text and
 * short values are copied, which is faster than writing many buffers (measured).
 * @param room gives memory for so many bytes, or for more
 */
export function encodeCommands(
  commands: Iterable<Arguments>,
  room: (bytes: number) => Buffer,
): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let piece = room(pieceBytes);
  let from = 0;
  let to = 0;
  let text = "";
  const makeRoom = (bytes: number): void => {
    if (to + bytes <= piece.length) return;
    if (to > from) pieces.push(piece.subarray(from, to));
    piece = room(Math.max(bytes, pieceBytes));
    from = 0;
    to = 0;
  };
  const flush = (): void => {
    // A UTF-16 unit takes three bytes at most.
    makeRoom(text.length * 3);
    to += piece.write(text, to);
    text = "";
  };
  for (const parameters of commands) {
    if (text.length > longestText) flush();
    text += `*${parameters.length}\r\n`;
    for (const one of parameters) {
      if (typeof one === "string") {
        text += `$${Buffer.byteLength(one)}\r\n${one}\r\n`;
        continue;
      }
      text += `$${one.length}\r\n`;
      flush();
      if (one.length <= longestCopied) {
        makeRoom(one.length);
        piece.set(one, to);
        to += one.length;
      } else {
        pieces.push(piece.subarray(from, to), one);
        from = to;
      }
      text = "\r\n";
    }
  }
  flush();
  if (to > from) pieces.push(piece.subarray(from, to));
  return pieces;
}
