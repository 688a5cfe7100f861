import type { Candidate, Kind, Layout, Rejection } from "../types.js";
import { parses } from "./json/parse-json.js";
import { Scanner } from "./json/scanner.js";
import type { Damage, Disposition, Level, Visitor } from "./json/scanner-visitor.js";
import type { TidyRow } from "./json/where-rows-stand.js";
import { type Format, formatOf } from "./other-formats.js";
import { readText } from "./read-text.js";

const OPENS_OBJECT = 0x7b;
const OPENS_ARRAY = 0x5b;
const OPENS_STRING = 0x22;
const OPENS_NULL = 0x6e;

const kindOfSet: ReadonlyMap<string, Kind> = new Map([
  ["conversations", "conversation"],
  ["keys", "key"],
]);

/** The kind of record that stands at, or would stand below, `path`; null where only its fields can tell. */
export function kindAt(path: readonly Level[]): Kind | null {
  const [root, inner] = unnested(path);
  if (root === undefined || root.array) return null;
  return kindOfSet.get(root.name) ?? (inner === undefined ? (redisKeyIn(root.name)?.kind ?? null) : null);
}

/** A set that seems to stand within the other stands beside it: the bracket between them was lost. */
function unnested(path: readonly Level[]): readonly Level[] {
  const [root, set] = path;
  const nested = root?.array === false && set?.array === false && kindOfSet.has(root.name);
  return nested && kindOfSet.has(set.name) ? path.slice(1) : path;
}

/** The kind and id that a Redis key names, under any prefix. */
function redisKeyIn(name: string): { readonly kind: Kind; readonly id: string } | null {
  const [, set = "", id = ""] = /^.*?(conversations|keys):(.+)$/s.exec(name) ?? [];
  const kind = kindOfSet.get(set);
  return kind === undefined ? null : { kind, id };
}

/** The id that a Redis key names; the name itself, where it is none. */
export function idUnderKey(name: string): string {
  return redisKeyIn(name)?.id ?? name;
}

/** The id that a record has by its place: its name, in an object of records by id or by Redis key. */
export function idAt(path: readonly Level[]): string | null {
  const [root, set, row, ...deeper] = unnested(path);
  if (root === undefined || root.array || deeper.length > 0) return null;
  if (set === undefined) return redisKeyIn(root.name)?.id ?? null;
  if (set.array) return null;
  if (row === undefined) return set.name;
  // Rows as an object: their names may be ids, or count them.
  const counts = [row.index, row.index + 1].map(String).includes(row.name);
  return row.array || set.name !== "rows" || counts ? null : row.name;
}

/**
 * Whether other programs' data may stand at `path` as well. Nobody but `dbcontext` writes the rows of a set as it does.
 */
export function mustShowSign(path: readonly Level[]): boolean {
  const [root, set, row, ...deeper] = unnested(path);
  const inRows = root?.array === false && set?.array === false && set.name === "rows";
  return !(inRows && kindOfSet.has(root.name) && row?.array && deeper.length === 0);
}

/**
 * What to do with each value of a legacy file. Rows stand in
 * - `{"<set>": {"rows": [ … ], "name": "<set>"}}`, as `dbcontext` 1.0.0 to 1.0.4 writes them, or `{"rows": { … }}`,
 * - `{"<set>": [ … ]}`, flattened, and `{"<set>": {"<id>": { … }}}`, by id,
 * - `{"<prefix><set>:<id>": { … }}`, by Redis key,
 * - `[ … ]`, or are the file itself.
 * Wherever an object can stand as a row, what stands in its place is taken too, so that it is counted. Rows of sets
 * other than the two are passed by one at a time, so that they can be counted.
 */
export function disposition(layout: Layout, path: readonly Level[], opens: number): Disposition {
  const [root, set, row] = unnested(path);
  const container = opens === OPENS_OBJECT || opens === OPENS_ARRAY;
  if (root === undefined) {
    if (layout === "record") return "take";
    return container ? "enter" : "skip";
  }
  if (root.array) return "take";
  if (isAdopted(path)) return "take";
  const ours = kindOfSet.has(root.name);
  // In a damaged file, rows whose set has lost its name still stand under their own.
  const bare = layout === "damaged" && root.name === "rows";
  if (set === undefined) {
    const single = layout === "by-key" || opens === OPENS_OBJECT || opens === OPENS_STRING;
    if (single && redisKeyIn(root.name) !== null) return "take";
    // A set that is null holds nothing; any other value may hold what nobody can read.
    return container ? "enter" : ours && opens !== OPENS_NULL ? "take" : "skip";
  }
  if (set.array) return ours || bare ? "take" : "skip";
  if (row !== undefined) return ours ? "take" : "skip";
  // In our own sets any array is taken for the rows, also where their name was damaged.
  if (opens === OPENS_ARRAY && (ours || set.name === "rows")) return "enter";
  if (!ours) return "skip";
  if (layout === "by-id") return "take";
  if (opens === OPENS_OBJECT) return set.name === "rows" ? "enter" : "take";
  if (set.name === "rows") return opens === OPENS_NULL ? "skip" : "take";
  // Its `name` tells nothing.
  return opens === OPENS_STRING && set.name !== "name" ? "take" : "skip";
}

/**
 * Whether a value that was taken is a text that describes a set, such as its `name`, and no record. In an object of
 * records by id each value stands for a record, but for that name.
 */
export function isPlainText(layout: Layout, path: readonly Level[], bytes: Buffer): boolean {
  const [root, set, ...deeper] = unnested(path);
  if (root === undefined || root.array || set?.array || deeper.length > 0) return false;
  if (layout === "by-id" && set !== undefined && set.name !== "name") return false;
  if (layout === "by-key" && set === undefined) return false;
  // In place of a set, or of its rows, nothing but an empty text holds nothing.
  if (kindOfSet.has(root.name) && (set === undefined || set.name === "rows")) return bytes.equals(emptyText);
  return bytes[0] === OPENS_STRING && !/^"(?:\\[nrt]| )*[{[]/.test(bytes.toString("latin1", 0, 256));
}

const emptyText = Buffer.from('""');

/** What the sets of a file have shown so far. */
export interface SetWatch {
  /**
   * To be asked as each value begins: what must be told of it, if anything. A set, or the rows of one, may stand a second
   * time in its document: JSON.parse, and so the library, takes the last one alone; what is read row by row has handed over
   * the first by then. Or the object that holds the sets has the fields of a record, and will not be read as one.
   */
  problemAt(path: readonly Level[], opens: number): Pick<Rejection, "kind" | "reason"> | null;
  /** The layout at `path`: a set in which no rows were seen holds records by id, whatever other sets do. */
  layoutAt(path: readonly Level[]): Layout;
}

const setTwice = {
  kind: null,
  reason:
    "a set, or its rows, stands a second time here: the library sees the last alone; all of them were read",
};

function recordAround({ messages }: Evidence): Pick<Rejection, "kind" | "reason"> {
  const [kind, what] = messages
    ? (["conversation", "a conversation"] as const)
    : (["key", "an API key"] as const);
  return { kind, reason: `the object around these sets is ${what} itself: that was not read, its sets were` };
}

const mayMix: ReadonlySet<Layout> = new Set(["dbcontext", "arrays", "by-key"]);

export function watchSets(layout: Layout): SetWatch {
  const sets = new Set<string>();
  let rows = false;
  let fields = none;
  let told = false;
  /** Whether the object around the sets looks like a record as well, which is told once. */
  const isRecordToo = ({ name }: Level, opens: number) => {
    fields = weigh(fields, name, opens);
    const record = (fields.messages && fields.sign) || (fields.key && fields.usage);
    if (told || !record || sets.size === 0) return false;
    told = true;
    return true;
  };
  return {
    problemAt: (path, opens) => {
      // Rows, which are many, stand deeper, but for a set that seems to stand within the other.
      if (path.length > 3) return null;
      const [root, set, row] = unnested(path);
      if (root === undefined) {
        sets.clear();
        [fields, told] = [none, false];
      }
      if (root === undefined || row !== undefined || root.array) return null;
      if (set === undefined) {
        const ours = kindOfSet.has(root.name);
        const twice = ours && sets.has(root.name);
        if (ours) {
          sets.add(root.name);
          rows = false;
        } else if (redisKeyIn(root.name) !== null) sets.add("by key");
        if (isRecordToo(root, opens)) return recordAround(fields);
        return twice ? setTwice : null;
      }
      if (!kindOfSet.has(root.name) || set.array || set.name !== "rows") return null;
      const twice = rows;
      rows = true;
      return twice ? setTwice : null;
    },
    layoutAt: (path) => (path.length > 1 && !rows && mayMix.has(layout) ? "by-id" : layout),
  };
}

/** Counts a row that is passed by at `path`, if one of a set of another name stands there. */
export function countOther(others: Map<string, number>, path: readonly Level[], opens: number): void {
  const [root, set, rows] = path;
  if (root === undefined || root.array || root.name === "" || kindAt(path) !== null) return;
  // In a plain array, only objects make it a set.
  if (rows === undefined && !(set?.array && opens === OPENS_OBJECT)) return;
  others.set(root.name, (others.get(root.name) ?? 0) + 1);
}

/**
 * Where rows stand in a file as `dbcontext` writes it, by `JSON.stringify(x, null, 4)`: on a line that begins with an
 * object after just this white space. So they can be found even where the names above them are damaged.
 */
export const tidyRow: Omit<TidyRow, "unsure"> = { indent: " ".repeat(12), depth: 3 };

/** Whether a row was found by its indentation alone, in a set whose name was lost. */
function isAdopted(path: readonly Level[]): boolean {
  return path.length === tidyRow.depth && path[0]?.array === false && path[0].name === "";
}

/** What the members of an object say about its being a record. */
interface Evidence {
  messages: boolean;
  id: boolean;
  userName: boolean;
  key: boolean;
  usage: boolean;
  /** Whether messages are of this library's sort: see `showsSign`. */
  sign: boolean;
}

const none: Evidence = {
  messages: false,
  id: false,
  userName: false,
  key: false,
  usage: false,
  sign: false,
};

function isRecord({ messages, id, userName, key, usage }: Evidence): boolean {
  return messages || (id && userName) || (key && usage);
}

function weigh(evidence: Evidence, name: string, opens: number): Evidence {
  if (name === "messages") return { ...evidence, messages: evidence.messages || opens === OPENS_ARRAY };
  if (name === "id") return { ...evidence, id: true };
  if (name === "userName") return { ...evidence, userName: true, sign: true };
  if (name === "lastActive") return { ...evidence, sign: true };
  if (name === "key") return { ...evidence, key: evidence.key || opens === OPENS_STRING };
  if (["queries", "tokens", "balance"].includes(name)) return { ...evidence, usage: true };
  return evidence;
}

/**
 * Tells a file's layout by what is in it, reading no further than needed. A file that is damaged before it tells is
 * `damaged`; JSON that is none of ours is null. Whether it is ours, its records must show: see `recognise`.
 * @throws MigrateError `source-unreadable`
 */
export async function detectLayout(source: Candidate): Promise<Layout | null> {
  const teller = new Teller();
  let first: Buffer | null = null;
  for await (const chunk of readText(source).chunks) {
    if (first === null) {
      first = chunk;
      if (formatOf(chunk) !== null) return "unreadable";
      if (isLines(chunk)) return "lines";
    }
    teller.write(chunk);
    if (teller.told !== null) return teller.told;
  }
  return teller.end();
}

/** What a source is that is not JSON, as its first bytes tell. @throws MigrateError `source-unreadable` */
export async function formatIn(source: Candidate): Promise<Format | null> {
  for await (const chunk of readText(source).chunks) return formatOf(chunk);
  return null;
}

function isDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2d;
}

/** Tells the layout of one text, as `tellLayout` does; never `lines`. */
export function detectLayoutOf(text: Buffer): Layout | null {
  const teller = new Teller();
  teller.write(text);
  return teller.end();
}

const NEW_LINE = 0x0a;

/**
 * Whether a text that begins like this is JSON lines: at least half of its lines are JSON documents of their own, and
 * there are several. So one that is broken does not hide the others. Commas may stand between them, as in rows that were
 * cut out of an array.
 */
function isLines(beginning: Buffer): boolean {
  let lines = 0;
  let documents = 0;
  let commas = false;
  for (let from = 0; from < beginning.length && lines < 100; ) {
    const found = beginning.indexOf(NEW_LINE, from);
    const end = found < 0 ? beginning.length : found;
    const line = beginning.toString("utf8", from, end).trim();
    from = end + 1;
    if (line === "") continue;
    // Indented JSON begins so.
    if (lines === 0 && (line === "{" || line === "[")) return false;
    lines += 1;
    if (isDocument(line)) documents += 1;
    else if ((lines === 1 || commas) && line.endsWith(",") && isDocument(line.slice(0, -1))) {
      documents += 1;
      commas = true;
    }
  }
  return lines > 1 && documents > 0 && documents * 2 >= lines;
}

function isDocument(line: string): boolean {
  return /^(\{.*\}|\[.*\]|".*")$/s.test(line) && parses(Buffer.from(line));
}

/** What an object named `rows` turns out to be: a record whose id is that, or the rows. */
interface Rows {
  record: Evidence;
  row: Evidence;
}

class Teller implements Visitor {
  told: Layout | null = null;
  readonly #scanner = new Scanner(this);
  #evidence = none;
  #rows: Rows | null = null;
  /** Whether one of our sets is there, and whether it holds anything that may be a record by id. */
  #set = false;
  #members = false;
  #line = 0;
  #severalLines = false;

  write(chunk: Buffer): void {
    this.#scanner.write(chunk);
  }

  end(): Layout | null {
    this.#scanner.end();
    if (this.told !== null) return this.told;
    if (this.#rows !== null || (this.#set && !this.#members)) return "dbcontext";
    if (this.#members) return "by-id";
    // A chat of another program is one record too, and may be too large to be read as one.
    const foreign = this.#evidence.messages && !this.#evidence.sign;
    return isRecord(this.#evidence) && !foreign ? "record" : null;
  }

  value(path: readonly Level[], opens: number): Disposition {
    const [root, inner, row, member] = path;
    const { line } = this.#scanner.position;
    const container = opens === OPENS_OBJECT || opens === OPENS_ARRAY;
    if (root === undefined) {
      this.#line = line;
      if (opens === OPENS_ARRAY) this.#tell("array");
      return container ? "enter" : "skip";
    }
    this.#severalLines ||= line > this.#line;
    if (root.array === false && root.name === "messages" && inner !== undefined)
      return this.#inMessages(row, opens);
    if (member !== undefined) return this.#inRow(member, opens);
    if (row !== undefined) return this.#inRows(row, opens);
    if (inner !== undefined) return this.#inSet(inner, opens);
    if (kindOfSet.has(root.name)) {
      if (opens === OPENS_ARRAY) this.#tell("arrays");
      this.#set ||= opens === OPENS_OBJECT;
      this.#members ||= opens === OPENS_STRING;
      return opens === OPENS_OBJECT ? "enter" : "skip";
    }
    if (redisKeyIn(root.name) !== null && (opens === OPENS_OBJECT || opens === OPENS_STRING))
      this.#tell("by-key");
    this.#evidence = weigh(this.#evidence, root.name, opens);
    return root.name === "messages" && opens === OPENS_ARRAY ? "enter" : "skip";
  }

  taken(): void {}

  damaged([root]: readonly Level[], { kind, line }: Damage): void {
    // The name came before the damage.
    if (root?.array === false && redisKeyIn(root.name) !== null) this.#tell("by-key");
    if (kind === "second-document" && isRecord(this.#evidence)) {
      this.#tell(line > this.#line && !this.#severalLines ? "lines" : "record");
    }
    this.#tell(this.#evidence.messages ? "record" : "damaged");
  }

  #inMessages(member: Level | undefined, opens: number): Disposition {
    if (member === undefined) return opens === OPENS_OBJECT ? "enter" : "skip";
    if (member.name === "type" && isDigit(opens)) this.#evidence = { ...this.#evidence, sign: true };
    return "skip";
  }

  #inSet(member: Level, opens: number): Disposition {
    if (member.name === "rows") {
      if (opens === OPENS_ARRAY) this.#tell("dbcontext");
      if (opens !== OPENS_OBJECT) return "skip";
      this.#rows = { record: none, row: none };
      return "enter";
    }
    if (opens === OPENS_OBJECT) this.#tell(this.#rows === null ? "by-id" : "dbcontext");
    // An array is taken for rows whose name was damaged.
    this.#members ||= opens !== OPENS_ARRAY && !(member.name === "name" && opens === OPENS_STRING);
    return "skip";
  }

  #inRows(member: Level, opens: number): Disposition {
    if (this.#rows === null) return "skip";
    this.#rows.record = weigh(this.#rows.record, member.name, opens);
    this.#rows.row = none;
    if (isRecord(this.#rows.record)) this.#tell("by-id");
    return opens === OPENS_OBJECT ? "enter" : "skip";
  }

  #inRow(member: Level, opens: number): Disposition {
    if (this.#rows === null) return "skip";
    this.#rows.row = weigh(this.#rows.row, member.name, opens);
    if (isRecord(this.#rows.row)) this.#tell("dbcontext");
    return "skip";
  }

  #tell(layout: Layout): void {
    this.told ??= layout;
  }
}
