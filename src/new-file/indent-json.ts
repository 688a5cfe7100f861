/** Memory that is filled, written, and filled again. */
export interface Block {
  readonly bytes: Buffer;
  /** How much of it is filled, in bytes. */
  length: number;
}

/** How far a value has been written. */
export interface Progress {
  /** The next byte of the value. */
  at: number;
  /** How many levels deep that is. */
  depth: number;
  /** Spaces that come before it. */
  spaces: number;
  /** Up to here the value's bytes are written as they are. */
  copyTo: number;
}

const quote = 0x22;
const backslash = 0x5c;
const space = 0x20;
const lineFeed = 0x0a;
const comma = 0x2c;
const colon = 0x3a;

/** What `JSON.stringify(value, null, 4)` indents each level by, as `dbcontext` writes its file. */
export const indentation = 4;

/** Up to this length, filling and copying byte by byte is faster than a call. In bytes. */
const fewBytes = 24;

/** Where to begin a value that stands `depth` levels deep in a larger one. */
export function beginningAt(depth: number): Progress {
  return { at: 0, depth, spaces: 0, copyTo: 0 };
}

/**
 * Writes JSON as `JSON.stringify(JSON.parse(json), null, 4)` would, however long it is, until its end or that of the block.
 * @param json without white space between its tokens, as `JSON.stringify` writes it
 * @param progress how far it has come, which is moved on
 * @returns whether it is written to its end: if not, to be called again with an empty block
 */
export function indentJson(json: Buffer, progress: Progress, block: Block): boolean {
  const { bytes } = block;
  let { at, depth, spaces, copyTo } = progress;
  let to = block.length;
  const beginLine = () => {
    bytes[to++] = lineFeed;
    spaces = depth * indentation;
  };
  while (at < json.length && bytes.length - to >= 2) {
    if (spaces > 0) {
      const end = Math.min(to + spaces, bytes.length);
      spaces -= end - to;
      if (end - to > fewBytes) bytes.fill(space, to, end);
      else for (let one = to; one < end; one += 1) bytes[one] = space;
      to = end;
    } else if (at < copyTo) {
      const end = Math.min(copyTo, at + bytes.length - to);
      if (end - at > fewBytes) json.copy(bytes, to, at, end);
      else for (let one = at; one < end; one += 1) bytes[to + one - at] = json[one] as number;
      to += end - at;
      at = end;
    } else {
      const byte = json[at] as number;
      if (byte === quote) copyTo = endOfString(json, at);
      else if (isClosing(byte)) {
        depth -= 1;
        beginLine();
        copyTo = at + 1;
      } else {
        bytes[to++] = byte;
        at += 1;
        if (byte === colon) bytes[to++] = space;
        else if (isOpening(byte) && isClosing(json[at] as number)) bytes[to++] = json[at++] as number;
        else if (isOpening(byte) || byte === comma) {
          if (byte !== comma) depth += 1;
          beginLine();
        }
      }
    }
  }
  block.length = to;
  Object.assign(progress, { at, depth, spaces, copyTo });
  return at === json.length;
}

/** The position behind the string that begins at `start`. */
function endOfString(json: Buffer, start: number): number {
  for (let from = start + 1; ; ) {
    const end = json.indexOf(quote, from);
    let backslashes = 0;
    while (json[end - 1 - backslashes] === backslash) backslashes += 1;
    // A quote behind an odd number of them is one of the string's characters.
    if (backslashes % 2 === 0) return end + 1;
    from = end + 1;
  }
}

function isOpening(byte: number): boolean {
  return byte === 0x7b || byte === 0x5b;
}

function isClosing(byte: number): boolean {
  return byte === 0x7d || byte === 0x5d;
}
