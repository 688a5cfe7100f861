import { type Kind, kinds } from "../types/kind.js";
import type { Place, Row } from "../types/row.js";
import type { Layout, Source } from "../types/source-file.js";
import { damageReasons } from "./damage-reasons.js";
import { OPENS_OBJECT } from "./first-byte.js";
import { cutFirst } from "./first-chunk.js";
import { longestCut } from "./json/begin-value.js";
import { FastRowReader } from "./json/fast-row.js";
import { kindOfRow } from "./json/kind-of-row.js";
import { Scanner } from "./json/scanner.js";
import type { Damage, Level, Visitor } from "./json/scanner-visitor.js";
import type { Layouts } from "./json/where-rows-stand.js";
import { idAt, kindAt, mustShowSign, redisKeyIn } from "./kind-and-id-by-path.js";
import { chunkBytes, readText } from "./read-text.js";
import { INDEX, KIND, LINE, OFFSET, RecordColumns } from "./record-columns.js";
import { type RejectedText, rejectedWithoutText } from "./rejected-text.js";
import type { RowBatch, SplitOptions } from "./row-batch.js";
import { rowIndentationOf } from "./row-indentation.js";
import { searchOtherMembers } from "./search-other-members.js";
import type { LinesFrom } from "./split-json-lines.js";
import { indexAt, takeRows } from "./take-rows.js";
import { disposition } from "./which-values-are-rows.js";

/** Room before a chunk, for the beginning of a row that ends in it. Longer ones get memory of their own. In bytes. */
const headroom = longestCut;

/** What is scanned at once, and so the most that its values can come to. In bytes. */
const partBytes = headroom + chunkBytes;

/**
 * Cuts a source that is one JSON document into the raw text of its records, chunk by chunk, and reports where it cannot.
 * @returns where JSON lines begin: the first of them may be too long to detect them by; null where there are none
 * @throws MigrateError `source-unreadable`, `source-abandoned`
 */
export async function* splitDocument(
  source: Source,
  { fastPath = true, fastKind = null, reuseMemory = false, firstPart = chunkBytes }: SplitOptions,
): AsyncGenerator<RowBatch, LinesFrom | null> {
  let items: RowBatch["items"][number][] = [];
  /** Of the fast rows, those that are not among the items yet. */
  let rowsBehind = 0;
  const columns = new RecordColumns();
  const reader = new FastRowReader({
    output: partBytes,
    copies: partBytes,
    input: reuseMemory ? 2 * partBytes : 0,
  });
  const text = readText(source, reuseMemory ? [chunkIn(reader.input, 0), chunkIn(reader.input, 1)] : null);
  const otherSets = new Map<string, number>();
  const placeOf = (path: readonly Level[], offset: number, line: number): Place => ({
    source: source.path,
    index: indexAt(path),
    offset: text.start() + offset,
    line,
  });
  const here = () => placeOf([], scanner.position.offset, scanner.position.line);
  const { layout } = source;
  const addFastRows = () => {
    if (rowsBehind > 0) items.push(rowsBehind);
    rowsBehind = 0;
  };
  const add = (item: Row | RejectedText) => {
    addFastRows();
    items.push(item);
  };
  const rows = takeRows({ layout, otherSets, add, placeOf, here });
  const others = searchOtherMembers(otherSets);
  /** Line on which the document in hand begins, and where the next line does, once each line proves to be a document. */
  let documentLine = 1;
  let linesFrom: LinesFrom | null = null;
  /** What is being scanned, and how much of the text stands before it. */
  let chunk: Buffer = Buffer.alloc(0);
  let bytesBefore = 0;
  const beginsLines = ({ kind, line, offset }: Damage): boolean =>
    kind === "second-document" &&
    line === documentLine + 1 &&
    offset >= chunkBytes &&
    !isIndented(chunk, offset - bytesBefore);
  /** Whether the row in hand is longer than what is read in one go, and so is read once its end is found. */
  let isLong = false;
  const addFast = (
    path: readonly Level[],
    { offset, line }: { readonly offset: number; readonly line: number },
  ) => {
    const kind = kindAt(path) as Kind;
    if (fastKind !== null && kind !== fastKind) return;
    const row = columns.add();
    const { numbers } = columns;
    reader.keep(numbers, row);
    numbers[row + KIND] = kinds.indexOf(kind);
    numbers[row + INDEX] = indexAt(path) ?? -1;
    numbers[row + OFFSET] = text.start() + offset;
    numbers[row + LINE] = line;
    rowsBehind += 1;
  };
  const visitor: Visitor = {
    value: (path, opens) => {
      isLong = false;
      if (linesFrom !== null) return "skip";
      // Rows, which are many, stand deeper.
      if (path.length < 2) others.valueAt(path, scanner.position.offset, { bytes: chunk, bytesBefore });
      if (path.length === 0) documentLine = scanner.position.line;
      return rows.value(path, opens);
    },
    taken: (path, taken) => {
      if (isLong && reader.readWhole(taken.bytes, kindAt(path) as Kind)) addFast(path, taken);
      else rows.taken(path, taken);
    },
    express: (path, window, at) => {
      const kind = kindAt(path);
      if (!fastPath || kind === null || idAt(path) !== null) return null;
      // A conversation of the fast path shows by its userName whose it is, an API key need not.
      if (kind === "key" && mustShowSign(path)) return null;
      const read = reader.read(window, at, kind);
      isLong = read === null && reader.ranOut;
      return isLong ? "cut" : read;
    },
    expressed: addFast,
    damaged: (path, damage) => {
      if (linesFrom !== null) return;
      others.damaged();
      const { kind: what, bytes, continued, offset, line } = damage;
      if (beginsLines(damage)) {
        linesFrom = { offset, line, otherSets };
        return;
      }
      // Where each document is a record, one stands behind the other.
      if (layout === "record" && what === "second-document") return;
      // Only what cost one row, and no more, counts as a record of its set.
      const kind = damage.rows === 1 ? kindAt(path) : null;
      const place = placeOf(kind === null ? [] : path, offset, line);
      const rejection = {
        kind,
        place,
        reason: damageReasons[what] + unknownRows(damage),
        bytes: bytes.length,
      };
      add({ rejection, bytes, continued });
    },
  };
  const scanner: Scanner = new Scanner(visitor, rowIndentationOf(layout), resyncIn(layout));
  const batch = (): RowBatch => {
    addFastRows();
    const done = items;
    items = [];
    const [fastRows, values] = [columns.take(), reader.take()];
    return { items: done, fastRows, values, bytesRead: text.bytesRead(), otherSets };
  };
  try {
    for await (const next of cutFirst(text.chunks, firstPart)) {
      bytesBefore += chunk.length;
      chunk = next;
      // What was unpacked or recoded is in other memory.
      scanner.write(chunk, chunk.buffer === reader.input.buffer && reuseMemory ? headroom : 0);
      others.endOf({ bytes: chunk, bytesBefore });
      yield batch();
      if (linesFrom !== null) return linesFrom;
    }
    scanner.end();
    if (linesFrom === null) {
      for (const reason of text.damages()) add(rejectedWithoutText({ kind: null, place: here(), reason }));
    }
    yield batch();
    return linesFrom;
  } finally {
    reader.close();
  }
}

/** Said of damage that may have cost more rows than are counted. */
function unknownRows({ kind, rows, bytes }: Damage): string {
  if (kind === "truncated") return "; how many rows are lost with its end is unknown";
  return rows === null && bytes.length > 0 ? "; how many rows it held is unknown" : "";
}

/** Where a chunk is read to in a part of the memory: behind room for what is kept of the one before. */
function chunkIn(memory: Buffer, part: number): Buffer {
  return memory.subarray(part * partBytes + headroom, (part + 1) * partBytes);
}

/** Whether nothing but a bracket stands on the line at a position, as where indented JSON begins. */
function isIndented(bytes: Buffer, at: number): boolean {
  return /^[{[]\s*[\r\n]/.test(bytes.toString("latin1", at, at + 16));
}

/** How the rows of a source are found again behind damage. */
function resyncIn(layout: Layout): Layouts {
  const byKey = layout === "by-key";
  return {
    damaged: layout === "damaged",
    byId: layout === "by-id" || byKey,
    idUnder: (name) => (byKey ? (redisKeyIn(name)?.id ?? name) : name),
    takes: (path, kind) =>
      disposition(layout, path, OPENS_OBJECT) === "take" && (byKey || (kindAt(path) ?? kind) === kind),
    isRow: (path, bytes) => kindOfRow(bytes, idAt(path), true) !== null,
  };
}
