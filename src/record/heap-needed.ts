import { constants } from "node:buffer";
import { getHeapStatistics } from "node:v8";

const MIB = 1024 * 1024;

/** What the program itself takes of the heap, and V8 for what is young. In bytes. */
const ownBytes = 64 * MIB;

/** How full the heap may get: beyond that V8 ends the process, which nothing can catch. */
const usable = 0.9;

/** What always fits. In bytes. */
const small = MIB;

/** Heap that a text takes per character: as text, parsed, and written anew. In characters (measured on Node 20). */
const copies = 3.15;

/** Heap for each value within: up to 59 bytes were measured, for objects that each have a name of their own. */
const bytesPerValue = 64;

/** JSON that is nothing but empty objects and arrays takes this much heap a byte. */
const mostPerByte = 2 * copies + bytesPerValue;

/**
 * How much more memory Node needs to parse some texts as JSON, have them all at once, and write them anew.
 * @param heapLimit of this thread, in bytes
 * @returns null where it has enough, or else what is lacking, for people
 */
export function lackingHeap(
  texts: readonly Buffer[],
  heapLimit: number = getHeapStatistics().heap_size_limit,
): string | null {
  const bytes = texts.reduce((sum, { length }) => sum + length, 0);
  if (bytes <= small) return null;
  if (texts.some(isTooLong)) return tooLong;
  if (bytes * mostPerByte <= availableOf(heapLimit)) return null;
  return lackingFor(texts.map(sizeOf).reduce(together), heapLimit);
}

/**
 * The same for texts that are had one after the other, and needed all at once. What was refused counts as well: so the
 * last answer says how much memory is enough for all.
 * @returns what takes one more text into account, and says what is lacking for it, or null
 */
export function openHeapBudget(
  heapLimit: number = getHeapStatistics().heap_size_limit,
): (text: Buffer) => string | null {
  let bytes = 0;
  let size: TextSize = { characters: 0, values: 0, unit: 1 };
  return (text) => {
    if (isTooLong(text)) return tooLong;
    bytes += text.length;
    size = together(size, sizeOf(text));
    return bytes <= small ? null : lackingFor(size, heapLimit);
  };
}

const tooLong = "is longer than any text that Node can hold";

function isTooLong({ length }: Buffer): boolean {
  return length > constants.MAX_STRING_LENGTH;
}

function availableOf(heapLimit: number): number {
  return (heapLimit - ownBytes) * usable;
}

interface TextSize {
  readonly characters: number;
  /** Values within it. */
  readonly values: number;
  /** Bytes for each of its characters. */
  readonly unit: number;
}

/** What is made of both takes as much a character as the wider one does. */
function together(one: TextSize, other: TextSize): TextSize {
  return {
    characters: one.characters + other.characters,
    values: one.values + other.values,
    unit: Math.max(one.unit, other.unit),
  };
}

/** From an upper bound of the heap that texts take while they are parsed and written anew. */
function lackingFor({ characters, values, unit }: TextSize, heapLimit: number): string | null {
  const needed = characters * unit * copies + values * bytesPerValue;
  if (needed <= availableOf(heapLimit)) return null;
  const enough = Math.ceil((needed / usable + ownBytes) / MIB / 1024) * 1024;
  return `needs more memory than Node may use: give it more with NODE_OPTIONS=--max-old-space-size=${enough}`;
}

function sizeOf(text: Buffer): TextSize {
  let characters = 0;
  let values = 0;
  // A text with one character beyond U+00FF takes two bytes for each of its characters.
  let unit = 1;
  for (let index = 0; index < text.length; index += 1) {
    const byte = text[index] as number;
    if (byte < 0x80) {
      characters += 1;
      if (byte === 0x2c || byte === 0x3a || byte === 0x5b || byte === 0x7b) values += 1;
    } else if (byte >= 0xc0) {
      characters += byte >= 0xf0 ? 2 : 1;
      if (byte >= 0xc4) unit = 2;
    }
  }
  return { characters, values, unit };
}
