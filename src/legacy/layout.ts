import type { Candidate, Kind, Layout } from "../model.js";
import { readText } from "./read.js";
import type { Disposition, Level, TidyRow, Visitor } from "./scan.js";
import { Scanner } from "./scan.js";

const OPENS_OBJECT = 0x7b;
const OPENS_ARRAY = 0x5b;
const OPENS_STRING = 0x22;

const kindOfSet: ReadonlyMap<string, Kind> = new Map([
  ["conversations", "conversation"],
  ["keys", "key"],
]);

/** The kind of record that stands at, or would stand below, `path`; null where only its fields can tell. */
export function kindAt(path: readonly Level[]): Kind | null {
  const [root] = unnested(path);
  return root === undefined || root.array ? null : (kindOfSet.get(root.name) ?? null);
}

/** A set that seems to stand within the other stands beside it: the bracket between them was lost. */
function unnested(path: readonly Level[]): readonly Level[] {
  const [root, set] = path;
  const nested = root?.array === false && set?.array === false && kindOfSet.has(root.name);
  return nested && kindOfSet.has(set.name) ? path.slice(1) : path;
}

/** The id that a record has by its place: its name, in an object of records by id. */
export function idAt(path: readonly Level[]): string | null {
  const [root, set, ...deeper] = unnested(path);
  return root?.array === false && set?.array === false && deeper.length === 0 ? set.name : null;
}

/**
 * What to do with each value of a legacy file. Rows stand in
 * - `{"<set>": {"rows": [ … ], "name": "<set>"}}`, as `dbcontext` 1.0.0 to 1.0.4 writes them,
 * - `{"<set>": [ … ]}`, flattened, and `{"<set>": {"<id>": { … }}}`, by id,
 * - `[ … ]`, or are the file itself.
 * Rows of sets other than the two are passed by one at a time, so that they can be counted.
 */
export function disposition(layout: Layout, path: readonly Level[], opens: number): Disposition {
  const [root, set, rows] = unnested(path);
  if (root === undefined) {
    if (layout === "record") return "take";
    return opens === OPENS_OBJECT || opens === OPENS_ARRAY ? "enter" : "skip";
  }
  if (root.array) return "take";
  if (isAdopted(path)) return "take";
  const ours = kindAt(path) !== null;
  // In a damaged file, rows whose set has lost its name still stand under their own.
  const bare = layout === "damaged" && root.name === "rows";
  if (set === undefined) return opens === OPENS_OBJECT || opens === OPENS_ARRAY ? "enter" : "skip";
  if (set.array) return ours || bare ? "take" : "skip";
  if (rows === undefined) {
    // In our own sets any array is taken for the rows, also where their name was damaged.
    if (opens === OPENS_ARRAY && (ours || set.name === "rows")) return "enter";
    // What is left are records by id; beside `rows`, only objects can be meant as such.
    return ours && (layout === "by-id" || opens === OPENS_OBJECT) ? "take" : "skip";
  }
  // An array of another name is taken for rows only as far as it holds what could be some.
  return ours && (set.name === "rows" || opens === OPENS_OBJECT) ? "take" : "skip";
}

/** Name of the set of another name whose row stands at `path`, if any. */
export function otherSetAt(path: readonly Level[], opens: number): string | null {
  const [root, set, rows] = path;
  if (root === undefined || root.array || root.name === "" || kindAt(path) !== null) return null;
  // In a plain array, only objects make it a set.
  return rows !== undefined || (set?.array && opens === OPENS_OBJECT) ? root.name : null;
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
}

const none: Evidence = { messages: false, id: false, userName: false, key: false, usage: false };

function isRecord({ messages, id, userName, key, usage }: Evidence): boolean {
  return messages || (id && userName) || (key && usage);
}

function weigh(evidence: Evidence, name: string, opens: number): Evidence {
  if (name === "messages") return { ...evidence, messages: evidence.messages || opens === OPENS_ARRAY };
  if (name === "id") return { ...evidence, id: true };
  if (name === "userName") return { ...evidence, userName: true };
  if (name === "key") return { ...evidence, key: evidence.key || opens === OPENS_STRING };
  if (["queries", "tokens", "balance"].includes(name)) return { ...evidence, usage: true };
  return evidence;
}

/**
 * Tells a file's layout by what is in it, reading no further than needed. A file that is damaged before it tells is
 * `damaged`; JSON that is none of ours is null.
 * @throws MigrateError `source-unreadable`
 */
export async function tellLayout(source: Candidate): Promise<Layout | null> {
  const teller = new Teller();
  const scanner = new Scanner(teller);
  for await (const chunk of readText(source).chunks) {
    scanner.write(chunk);
    if (teller.told !== null) return teller.told;
  }
  scanner.end();
  return teller.atEnd();
}

class Teller implements Visitor {
  told: Layout | null = null;
  #evidence = none;
  #element = -1;
  #emptySet = false;
  #array = false;

  value(path: readonly Level[], opens: number): Disposition {
    const [root, inner, deeper] = path;
    if (root === undefined) {
      this.#array = opens === OPENS_ARRAY;
      return opens === OPENS_OBJECT || opens === OPENS_ARRAY ? "enter" : "skip";
    }
    if (deeper !== undefined) return "skip";
    if (root.array) return this.#inArray(root, inner, opens);
    if (inner !== undefined) return this.#inSet(inner, opens);
    if (kindOfSet.has(root.name)) {
      if (opens === OPENS_ARRAY) this.#tell("arrays");
      this.#emptySet ||= opens === OPENS_OBJECT;
      return opens === OPENS_OBJECT ? "enter" : "skip";
    }
    this.#evidence = weigh(this.#evidence, root.name, opens);
    if (this.#evidence.messages) this.#tell("record");
    return "skip";
  }

  taken(): void {}

  damaged(): void {
    this.#tell("damaged");
  }

  atEnd(): Layout | null {
    if (this.told !== null) return this.told;
    if (this.#emptySet) return "dbcontext";
    if (this.#array) return this.#element < 0 || isRecord(this.#evidence) ? "array" : null;
    return isRecord(this.#evidence) ? "record" : null;
  }

  #inArray(root: Level, member: Level | undefined, opens: number): Disposition {
    if (member === undefined) {
      if (isRecord(this.#evidence)) this.#tell("array");
      this.#element = root.index;
      this.#evidence = none;
      return opens === OPENS_OBJECT ? "enter" : "skip";
    }
    this.#evidence = weigh(this.#evidence, member.name, opens);
    if (isRecord(this.#evidence)) this.#tell("array");
    return "skip";
  }

  #inSet(member: Level, opens: number): Disposition {
    if (member.name === "rows" && opens === OPENS_ARRAY) this.#tell("dbcontext");
    else if (opens === OPENS_OBJECT) this.#tell("by-id");
    return "skip";
  }

  #tell(layout: Layout): void {
    this.told ??= layout;
  }
}
