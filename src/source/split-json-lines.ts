import type { Place, Row } from "../types/row.js";
import type { Source } from "../types/source-file.js";
import { detectLayoutOf } from "./detect-layout.js";
import { trimEnd } from "./json/characters.js";
import { parses } from "./json/parse-json.js";
import { longestRow, Scanner } from "./json/scanner.js";
import { readText } from "./read-text.js";
import { type RejectedText, rejectedWithoutText, tooLong } from "./rejected-text.js";
import { noFastRows, type RowBatch } from "./row-batch.js";
import { indexAt, takeRows } from "./take-rows.js";

const LINE_FEED = 0x0a;
const COMMA = 0x2c;

/** A line from which on nothing was read yet, and what was skipped before it. */
export interface LinesFrom {
  /** Bytes from the start of the text. */
  readonly offset: number;
  readonly line: number;
  readonly otherSets: ReadonlyMap<string, number>;
}

export const firstLine: LinesFrom = { offset: 0, line: 1, otherSets: new Map() };

/**
 * Cuts JSON lines into the raw text of their records. A line that cannot be read costs itself alone.
 * @throws MigrateError `source-unreadable`, `source-abandoned`
 */
export async function* splitJsonLines(source: Source, from: LinesFrom): AsyncGenerator<RowBatch> {
  const text = readText(source);
  const otherSets = new Map(from.otherSets);
  let items: (Row | RejectedText)[] = [];
  /** The line in hand: its parts, its length in bytes, and whether it is too long to be kept. */
  let parts: Buffer[] = [];
  let bytes = 0;
  let abandoned = false;
  let { offset, line } = from;
  let index = line - 1;
  const place = (at = 0): Place => ({ source: source.path, index, offset: text.start() + offset + at, line });
  const abandon = (part: Buffer, at: number) => {
    const rejection = { kind: null, place: place(at), reason: tooLong, bytes: part.length };
    items.push({ rejection, bytes: part, continued: at > 0 });
  };
  const add = (part: Buffer) => {
    if (abandoned) abandon(part, bytes);
    else parts.push(part);
    bytes += part.length;
    if (abandoned || bytes <= longestRow) return;
    abandoned = true;
    let at = 0;
    for (const kept of parts) {
      abandon(kept, at);
      at += kept.length;
    }
    parts = [];
  };
  const endLine = () => {
    const document = withoutComma(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts));
    if (document.length > 0) items.push(...rowsOfLine(document, place(), otherSets));
    if (document.length > 0 || abandoned) index += 1;
    offset += bytes + 1;
    line += 1;
    parts = [];
    bytes = 0;
    abandoned = false;
  };
  let toSkip = from.offset;
  for await (const whole of text.chunks) {
    const chunk = whole.subarray(toSkip);
    toSkip = Math.max(0, toSkip - whole.length);
    let at = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, at)) {
      add(chunk.subarray(at, end));
      endLine();
      at = end + 1;
    }
    if (at < chunk.length) add(chunk.subarray(at));
    yield { items, ...noFastRows, bytesRead: text.bytesRead(), otherSets };
    items = [];
  }
  if (bytes > 0) endLine();
  for (const reason of text.damages())
    items.push(rejectedWithoutText({ kind: null, place: { ...place(), index: null }, reason }));
  yield { items, ...noFastRows, bytesRead: text.bytesRead(), otherSets };
}

/** Without the white space at its end, and a comma, as behind a row that was cut out of an array. */
function withoutComma(line: Buffer): Buffer {
  const trimmed = trimEnd(line);
  return trimmed.at(-1) === COMMA ? trimmed.subarray(0, -1) : trimmed;
}

/** The rows of one line: itself, or, where it holds sets or an array, theirs. */
function rowsOfLine(bytes: Buffer, place: Place, otherSets: Map<string, number>): (Row | RejectedText)[] {
  const layout = detectLayoutOf(bytes);
  // In what does not parse as a whole, brackets are not to be trusted.
  if (layout === null || layout === "record" || layout === "damaged" || !parses(bytes))
    return [{ kind: null, id: null, place, bytes, mustShowSign: true }];
  const items: (Row | RejectedText)[] = [];
  const rows = takeRows({
    layout,
    otherSets,
    add: (item) => items.push(item),
    placeOf: (path, offset) => ({ ...place, index: indexAt(path), offset: place.offset + offset }),
    here: () => ({ ...place, index: null }),
  });
  const scanner = new Scanner({ ...rows, damaged: () => {} });
  scanner.write(bytes);
  scanner.end();
  return items;
}
