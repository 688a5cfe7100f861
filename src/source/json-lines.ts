import type { Place, Row, Source } from "../types.js";
import {
  countOther,
  detectLayoutOf,
  disposition,
  idAt,
  isPlainText,
  kindAt,
  mustShowSign,
  watchSets,
} from "./file-layout.js";
import { trimEnd } from "./json/characters.js";
import { parses } from "./json/parse-json.js";
import { Scanner } from "./json/scanner.js";
import type { Level } from "./json/scanner-visitor.js";
import { readText } from "./read-text.js";
import type { Batch, Stretch } from "./split-into-rows.js";

const LINE_FEED = 0x0a;

/** Redis holds no value longer than this, so no longer line is worth its memory. In bytes. */
const longestLine = 512 * 1024 * 1024;

/** A line that is too long is handed over in parts of so many bytes. */
const partBytes = 1024 * 1024;

const nothing = Buffer.alloc(0);

/** What was read of a source until now. */
export interface Before {
  /** Bytes from the start of the text, and line, at which a line begins that was not read. */
  readonly offset: number;
  readonly line: number;
  readonly others: ReadonlyMap<string, number>;
}

const start: Before = { offset: 0, line: 1, others: new Map() };

/**
 * Cuts JSON lines into the raw text of their records. A line that cannot be read costs itself alone.
 * @param before where to begin
 */
export async function* splitJsonLines(source: Source, before: Before = start): AsyncGenerator<Batch> {
  const others = new Map(before.others);
  const text = readText(source);
  let items: (Row | Stretch)[] = [];
  let open: Buffer[] = [];
  let openBytes = 0;
  let { offset, line } = before;
  let index = line - 1;
  let passed = 0;
  const placeOf = (): Place => ({ source: source.path, index, offset: text.start() + offset, line });
  const finish = (last: Buffer) => {
    const bytes = open.length === 0 ? last : Buffer.concat([...open, last]);
    const document = withoutComma(bytes);
    if (document.length > 0) {
      items.push(...itemsOf(document, placeOf(), others));
      index += 1;
    }
    offset += bytes.length + 1;
    line += 1;
    open = [];
    openBytes = 0;
  };
  let shed = false;
  for await (const whole of text.chunks) {
    const chunk = whole.subarray(Math.max(0, before.offset - passed));
    passed += whole.length;
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      const rest = chunk.subarray(from, end);
      from = end + 1;
      if (!shed) {
        finish(rest);
        continue;
      }
      shed = false;
      items.push(...tooLong(rest, placeOf(), true));
      offset += rest.length + 1;
      line += 1;
      index += 1;
    }
    const rest = chunk.subarray(from);
    if (shed) {
      items.push(...tooLong(rest, placeOf(), true));
      offset += rest.length;
    } else if (rest.length > 0) {
      open.push(rest);
      openBytes += rest.length;
    }
    if (openBytes > longestLine) {
      items.push(...tooLong(Buffer.concat(open), placeOf(), false));
      offset += openBytes;
      shed = true;
      open = [];
      openBytes = 0;
    }
    yield { items, values: nothing, bytesRead: text.bytesRead(), others };
    items = [];
  }
  if (!shed) finish(nothing);
  for (const reason of text.damages()) {
    const rejection = { kind: null, place: { ...placeOf(), index: null }, reason };
    items.push({ rejection, bytes: nothing, continued: false });
  }
  yield { items, values: nothing, bytesRead: text.bytesRead(), others };
}

/** Without the white space at its end, and a comma, as behind a row that was cut out of an array. */
function withoutComma(line: Buffer): Buffer {
  const trimmed = trimEnd(line);
  return trimmed.at(-1) === 0x2c ? trimmed.subarray(0, -1) : trimmed;
}

/** The rows of one line: itself, or, where it holds sets or an array, theirs. */
function itemsOf(bytes: Buffer, place: Place, others: Map<string, number>): (Row | Stretch)[] {
  const layout = detectLayoutOf(bytes);
  const whole: Row = { kind: null, id: null, place, bytes, mustShowSign: true };
  // What does not parse as a whole is told as a whole: brackets within it are not to be trusted.
  if (layout === null || layout === "record" || layout === "damaged" || !parses(bytes)) return [whole];
  const items: (Row | Stretch)[] = [];
  const sets = watchSets(layout);
  const rowOf = (path: readonly Level[], taken: Buffer, offset: number): Row => ({
    kind: kindAt(path),
    id: idAt(path),
    place: { ...place, index: Math.max(0, path.at(-1)?.index ?? 0), offset: place.offset + offset },
    bytes: taken,
    mustShowSign: mustShowSign(path),
  });
  const scanner = new Scanner({
    value: (path, opens) => {
      const problem = sets.problemAt(path, opens);
      if (problem !== null) {
        const rejection = { ...problem, place: { ...place, index: null } };
        items.push({ rejection, bytes: nothing, continued: false });
      }
      const what = disposition(sets.layoutAt(path), path, opens);
      if (what !== "take") countOther(others, path, opens);
      return what;
    },
    taken: (path, { bytes: taken, offset }) => {
      if (!isPlainText(sets.layoutAt(path), path, taken)) items.push(rowOf(path, taken, offset));
    },
    damaged: () => {},
  });
  scanner.write(bytes);
  scanner.end();
  return items;
}

/** @param begun whether the line began before these bytes */
function tooLong(bytes: Buffer, place: Place, begun: boolean): Stretch[] {
  const reason = "longer than 512 MiB, the most that Redis holds in one value";
  const stretches: Stretch[] = [];
  for (let at = 0; at < bytes.length; at += partBytes) {
    const part = bytes.subarray(at, at + partBytes);
    const rejection = {
      kind: null,
      place: { ...place, offset: place.offset + at },
      reason,
      bytes: part.length,
    };
    stretches.push({ rejection, bytes: part, continued: begun || at > 0 });
  }
  return stretches;
}
