import type { Kind, Layout, Place, Rejection, Row, Source } from "../types.js";
import {
  countOther,
  disposition,
  formatIn,
  idAt,
  idUnderKey,
  isPlainText,
  kindAt,
  mustShowSign,
  tidyRow,
  watchSets,
} from "./file-layout.js";
import { longestCut } from "./json/begin-value.js";
import { FastRowReader, type Gathered } from "./json/fast-row.js";
import { kindOfRow } from "./json/kind-of-row.js";
import { Scanner } from "./json/scanner.js";
import type { DamageKind, Level } from "./json/scanner-visitor.js";
import type { TidyRow } from "./json/where-rows-stand.js";
import { type Before, splitJsonLines } from "./json-lines.js";
import { chunkBytes, readText } from "./read-text.js";

const OPENS_OBJECT = 0x7b;

/** A stretch of text that could not be read, with its raw bytes. */
export interface Stretch {
  readonly rejection: Rejection;
  readonly bytes: Buffer;
  /** Whether it goes on from the one before: a long stretch comes in parts, and counts once. */
  readonly continued: boolean;
}

/** A row that was read in one go, and needs no decoding. */
export interface Ready extends Gathered {
  readonly kind: Kind;
  readonly place: Place;
}

/** What one chunk of a source held, in its order. */
export interface Batch {
  readonly items: readonly (Row | Ready | Stretch)[];
  /** The values of the rows that are ready. */
  readonly values: Buffer;
  /** Bytes of the source read until now. */
  readonly bytesRead: number;
  /** Rows passed by until now, by the name of their set. */
  readonly others: ReadonlyMap<string, number>;
}

/** How to read; what comes of it is the same. */
export interface Way {
  /** Whether rows that are regular are read in one go: yes, unless told otherwise. */
  readonly quick?: boolean;
  /** Whether a batch is done with when the next one is asked for: then its memory is used again. */
  readonly passing?: boolean;
}

/** Room before a chunk, for the beginning of a row that goes on in it. Longer ones get memory of their own. In bytes. */
const headroom = longestCut;

/** What is looked at in one go, and so the most that its values can come to. In bytes. */
const partBytes = headroom + chunkBytes;

const reasons: Record<DamageKind, string> = {
  empty: "the file is empty",
  truncated: "the file ends in the middle of this: it was cut off",
  unexpected: "this is not JSON",
  bracket: "the brackets do not match",
  "line-break-in-string": "a string is broken by a line break: its closing quote is missing",
  "comma-missing": "a comma is missing here; what follows was read",
  "comma-extra": "a comma too many; what follows was read",
  "trailing-text": "text after the end of the JSON document",
  "second-document": "a second JSON document begins here; it was read too",
  "record-within":
    "another record stands within this one, as if its closing bracket were missing: that one was read by itself",
  "too-long": "longer than 512 MiB, the most that Redis holds in one value",
};

/** Said of a stretch that is not one row for certain. */
const uncounted = "how many rows it held is unknown";

/**
 * Cuts a source into the raw text of its records, chunk by chunk, and says where it cannot.
 */
export async function* splitIntoRows(source: Source, how: Way = {}): AsyncGenerator<Batch> {
  if (source.layout === "lines") return yield* splitJsonLines(source);
  if (source.layout === "unreadable") return yield* nameFormat(source);
  let items: (Row | Ready | Stretch)[] = [];
  const { quick = true, passing = false } = how;
  // In one piece, so that bytes are moved within it: see FastRowReader.
  const memory = Buffer.allocUnsafeSlow((passing ? 3 : 1) * partBytes);
  const reader = new FastRowReader(memory.subarray(0, partBytes), passing);
  const others = new Map<string, number>();
  const text = readText(source, passing ? [chunkIn(memory, 1), chunkIn(memory, 2)] : null);
  const placeOf = (path: readonly Level[], offset: number, line: number) => ({
    source: source.path,
    index: path.length === 0 || path[0]?.adopted ? null : Math.max(0, path.at(-1)?.index ?? 0),
    offset: text.start() + offset,
    line,
  });
  const sets = watchSets(source.layout);
  /** Line on which the document in hand begins, and where the next line does, once each line proves to be a document. */
  let documentLine = 1;
  let nextLine: Before | null = null;
  /** What is being scanned, and how much of the text stands before it. */
  let chunk: Buffer = Buffer.alloc(0);
  let passed = 0;
  const scanner = new Scanner(
    {
      value: (path, opens) => {
        if (nextLine !== null) return "skip";
        if (path.length === 0) documentLine = scanner.position.line;
        const problem = sets.problemAt(path, opens);
        if (problem !== null) {
          const place = placeOf([], scanner.position.offset, scanner.position.line);
          items.push({ rejection: { ...problem, place }, bytes: Buffer.alloc(0), continued: false });
        }
        const what = disposition(sets.layoutAt(path), path, opens);
        if (what !== "take") countOther(others, path, opens);
        return what;
      },
      express: (path, window, at) => {
        const kind = kindAt(path);
        if (!quick || kind === null || idAt(path) !== null) return null;
        // A regular conversation shows by its userName whose it is, a regular API key need not.
        if (kind === "key" && mustShowSign(path)) return null;
        return reader.read(window, at, kind) ?? (reader.ranOut ? "cut" : null);
      },
      expressed: (path, { offset, line }) => {
        const kind = kindAt(path) as Kind;
        items.push({ kind, place: placeOf(path, offset, line), ...reader.keep() });
      },
      taken: (path, { bytes, offset, line }) => {
        if (isPlainText(sets.layoutAt(path), path, bytes)) return;
        const place = placeOf(path, offset, line);
        items.push({ kind: kindAt(path), id: idAt(path), place, bytes, mustShowSign: mustShowSign(path) });
      },
      damaged: (path, damage) => {
        if (nextLine !== null) return;
        // The first line of JSON lines may be too long to tell them by.
        const own = damage.kind === "second-document" && damage.line === documentLine + 1;
        if (own && damage.offset >= chunkBytes && !isIndented(chunk, damage.offset - passed)) {
          nextLine = { offset: damage.offset, line: damage.line, others };
          return;
        }
        // Where each document is a record, one stands behind the other.
        if (source.layout === "record" && damage.kind === "second-document") return;
        // Only what cost one row, and no more, counts as a record of its set.
        const kind = damage.rows === 1 ? kindAt(path) : null;
        const place = placeOf(kind === null ? [] : path, damage.offset, damage.line);
        const { bytes, continued, rows } = damage;
        const held = rows === null && bytes.length > 0 ? `; ${uncounted}` : "";
        const rejection = { kind, place, reason: reasons[damage.kind] + held, bytes: bytes.length };
        items.push({ rejection, bytes, continued });
      },
    },
    tidyRowOf(source.layout),
    {
      damaged: source.layout === "damaged",
      byId: source.layout === "by-id" || source.layout === "by-key",
      idUnder: (name) => (source.layout === "by-key" ? idUnderKey(name) : name),
      takes: (path, kind) =>
        disposition(source.layout, path, OPENS_OBJECT) === "take" &&
        (source.layout === "by-key" || (kindAt(path) ?? kind) === kind),
      isRow: (path, bytes) => kindOfRow(bytes, idAt(path), true) !== null,
    },
  );
  for await (const next of text.chunks) {
    passed += chunk.length;
    chunk = next;
    // What was unpacked or recoded is in other memory.
    scanner.write(chunk, chunk.buffer === memory.buffer ? headroom : 0);
    yield { items, values: reader.take(), bytesRead: text.bytesRead(), others };
    items = [];
    if (nextLine !== null) return yield* splitJsonLines(source, nextLine);
  }
  scanner.end();
  if (nextLine !== null) {
    yield { items, values: reader.take(), bytesRead: text.bytesRead(), others };
    return yield* splitJsonLines(source, nextLine);
  }
  for (const reason of text.damages()) {
    const place = placeOf([], scanner.position.offset, scanner.position.line);
    items.push({ rejection: { kind: null, place, reason }, bytes: Buffer.alloc(0), continued: false });
  }
  yield { items, values: reader.take(), bytesRead: text.bytesRead(), others };
}

/** Whether nothing but a bracket stands on the line at a position, as where indented JSON begins. */
function isIndented(bytes: Buffer, at: number): boolean {
  return /^[{[]\s*[\r\n]/.test(bytes.toString("latin1", at, at + 16));
}

/** Says of a source of another format which one that is. */
async function* nameFormat(source: Source): AsyncGenerator<Batch> {
  const format = await formatIn(source);
  const place = { source: source.path, index: null, offset: 0, line: 1 };
  const reason = format === null ? reasons.unexpected : `is ${format.name}, not JSON. ${format.todo}`;
  const stretch = { rejection: { kind: null, place, reason }, bytes: Buffer.alloc(0), continued: false };
  yield { items: [stretch], values: Buffer.alloc(0), bytesRead: source.bytes, others: new Map() };
}

/** Where a chunk goes in a part of the memory: behind room for what is kept of the one before. */
function chunkIn(memory: Buffer, part: number): Buffer {
  return memory.subarray(part * partBytes + headroom, (part + 1) * partBytes);
}

/**
 * One damaged bracket makes the library's own file look like the two layouts whose rows have a set. Where rows stand
 * by their Redis key, it is messages that have their indentation.
 */
function tidyRowOf(layout: Layout): TidyRow | null {
  if (layout === "array" || layout === "record" || layout === "by-key") return null;
  return { ...tidyRow, unsure: layout === "arrays" || layout === "by-id" };
}
