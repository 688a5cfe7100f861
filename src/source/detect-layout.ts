import type { Candidate, Layout } from "../types/source-file.js";
import { isJsonLines } from "./detect-json-lines.js";
import { type FieldsSeen, looksLikeRecord, noFields, withField } from "./fields-seen-in-object.js";
import { OPENS_ARRAY, OPENS_OBJECT, OPENS_STRING, opensContainer } from "./first-byte.js";
import { Scanner } from "./json/scanner.js";
import type { Damage, Disposition, Level, Visitor } from "./json/scanner-visitor.js";
import { isSetName, redisKeyIn } from "./kind-and-id-by-path.js";
import { formatOf } from "./other-formats.js";
import { readText } from "./read-text.js";

/** Most files show in so many bytes what they are, and the rest of a chunk need not be scanned for it. */
export const firstPart = 16 * 1024;

/**
 * Detects a file's layout by what is in it, reading no further than needed. A file that is damaged before it shows one is
 * `damaged`; JSON that is none of ours is null. Whether it is ours, its records must show: see `recognise`.
 * @throws MigrateError `source-unreadable`
 */
export async function detectLayout(source: Candidate): Promise<Layout | null> {
  const detector = new LayoutDetector();
  let first = true;
  for await (const chunk of readText(source).chunks) {
    if (first && formatOf(chunk) !== null) return "unreadable";
    if (first && isJsonLines(chunk)) return "lines";
    first = false;
    for (const part of [chunk.subarray(0, firstPart), chunk.subarray(firstPart)]) {
      detector.write(part);
      if (detector.layout !== null) return detector.layout;
    }
  }
  return detector.end();
}

/** Detects the layout of one text, as `detectLayout` does; never `lines`. */
export function detectLayoutOf(text: Buffer): Layout | null {
  const detector = new LayoutDetector();
  detector.write(text);
  return detector.end();
}

class LayoutDetector implements Visitor {
  layout: Layout | null = null;
  readonly #scanner = new Scanner(this);
  /** Fields of the outermost object. */
  #fields = noFields;
  /** Whether one of our sets is there, and whether it holds anything that may be a record by id. */
  #sawSet = false;
  #sawMembers = false;
  /** Fields of an object named `rows`, and of its member in hand: it is a record whose id is that, or the rows. */
  #rows: { record: FieldsSeen; row: FieldsSeen } | null = null;
  #firstLine = 0;
  #severalLines = false;

  write(chunk: Buffer): void {
    this.#scanner.write(chunk);
  }

  end(): Layout | null {
    this.#scanner.end();
    if (this.layout !== null) return this.layout;
    if (this.#rows !== null || (this.#sawSet && !this.#sawMembers)) return "dbcontext";
    if (this.#sawMembers) return "by-id";
    // A chat of another program is one record too, and may be too large to be read as one.
    const foreign = this.#fields.messages && !this.#fields.sign;
    return looksLikeRecord(this.#fields) && !foreign ? "record" : null;
  }

  value(path: readonly Level[], opens: number): Disposition {
    const [root, inner, row, member] = path;
    const { line } = this.#scanner.position;
    if (root === undefined) {
      this.#firstLine = line;
      if (opens === OPENS_ARRAY) this.#detected("array");
      return opensContainer(opens) ? "enter" : "skip";
    }
    this.#severalLines ||= line > this.#firstLine;
    if (inner === undefined) return this.#atMember(root.name, opens);
    if (!root.array && root.name === "messages") return this.#inMessages(row, opens);
    if (member !== undefined) return this.#inRow(member, opens);
    if (row !== undefined) return this.#inRows(row, opens);
    return this.#inSet(inner, opens);
  }

  taken(): void {}

  damaged([root]: readonly Level[], { kind, line }: Damage): void {
    // The name came before the damage.
    if (root?.array === false && redisKeyIn(root.name) !== null) this.#detected("by-key");
    if (kind === "second-document" && looksLikeRecord(this.#fields))
      this.#detected(line > this.#firstLine && !this.#severalLines ? "lines" : "record");
    this.#detected(this.#fields.messages ? "record" : "damaged");
  }

  #atMember(name: string, opens: number): Disposition {
    if (isSetName(name)) {
      if (opens === OPENS_ARRAY) this.#detected("arrays");
      this.#sawSet ||= opens === OPENS_OBJECT;
      this.#sawMembers ||= opens === OPENS_STRING;
      return opens === OPENS_OBJECT ? "enter" : "skip";
    }
    const record = opens === OPENS_OBJECT || opens === OPENS_STRING;
    if (record && redisKeyIn(name) !== null) this.#detected("by-key");
    this.#fields = withField(this.#fields, name, opens);
    return name === "messages" && opens === OPENS_ARRAY ? "enter" : "skip";
  }

  #inMessages(member: Level | undefined, opens: number): Disposition {
    if (member === undefined) return opens === OPENS_OBJECT ? "enter" : "skip";
    if (member.name === "type" && isNumber(opens)) this.#fields = { ...this.#fields, sign: true };
    return "skip";
  }

  #inSet(member: Level, opens: number): Disposition {
    if (member.name === "rows") {
      if (opens === OPENS_ARRAY) this.#detected("dbcontext");
      if (opens !== OPENS_OBJECT) return "skip";
      this.#rows = { record: noFields, row: noFields };
      return "enter";
    }
    if (opens === OPENS_OBJECT) this.#detected(this.#rows === null ? "by-id" : "dbcontext");
    // An array is taken for rows whose name was damaged.
    this.#sawMembers ||= opens !== OPENS_ARRAY && !(member.name === "name" && opens === OPENS_STRING);
    return "skip";
  }

  #inRows(member: Level, opens: number): Disposition {
    if (this.#rows === null) return "skip";
    this.#rows = { record: withField(this.#rows.record, member.name, opens), row: noFields };
    if (looksLikeRecord(this.#rows.record)) this.#detected("by-id");
    return opens === OPENS_OBJECT ? "enter" : "skip";
  }

  #inRow(member: Level, opens: number): Disposition {
    if (this.#rows === null) return "skip";
    this.#rows.row = withField(this.#rows.row, member.name, opens);
    if (looksLikeRecord(this.#rows.row)) this.#detected("dbcontext");
    return "skip";
  }

  /** The first answer holds: what comes behind it may be another program's. */
  #detected(layout: Layout): void {
    this.layout ??= layout;
  }
}

function isNumber(opens: number): boolean {
  return (opens >= 0x30 && opens <= 0x39) || opens === 0x2d;
}
