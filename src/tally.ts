import type {
  Counts,
  Difference,
  Entry,
  Kind,
  Mode,
  Oddity,
  Place,
  Rejection,
  Settled,
  Source,
  SourceSummary,
  Warning,
} from "./model.js";
import { kinds, setOf } from "./model.js";
import { sumHolds, zeroCounts } from "./target/counts.js";

const odd: Record<Oddity, string> = {
  "no-user-name": "without a userName",
  "message-without-content": "with a message that has no content",
  "message-without-date": "with a message that has no date",
  "message-of-unknown-type": "with a message whose type is not 0, 1 or 2",
  "balance-null": "whose balance is null",
  "number-as-id": "whose id is a number, not a string",
};

const nouns = { conversation: "conversation", key: "API key" } as const satisfies Record<Kind, string>;

/** Outcomes that are told one by one, not only counted. */
const told: ReadonlySet<string> = new Set([
  "updated",
  "kept",
  "conflict",
  "failed",
  "missing",
  "different",
  "newer",
  "expiry",
  "wrongType",
]);

/** Keeps the books of a run: counts always, lists up to a bound. */
export class Tally {
  readonly counts: Readonly<Record<Kind, Counts>>;
  readonly differences: Difference[] = [];
  readonly rejections: Rejection[] = [];
  /** Stretches outside of any set that could not be read. */
  unreadable = 0;
  truncated = false;
  readonly #mode: Mode;
  readonly #bound: number;
  readonly #noted = new Map<string, { count: number; kind: Kind; first: string; tell: string }>();
  readonly #warnings: Warning[] = [];
  readonly #sources = new Map<string, { bytes: number; conversation: number; key: number }>();

  /** @param bound how many differences, and how many rejections, to list */
  constructor(mode: Mode, bound: number) {
    this.#mode = mode;
    this.#bound = bound;
    this.counts = { conversation: zeroCounts(mode), key: zeroCounts(mode) };
  }

  begin(source: Source): void {
    this.#sources.set(source.path, { bytes: source.bytes, conversation: 0, key: 0 });
  }

  /** Records whose outcome is known. */
  get records(): number {
    return kinds.reduce((sum, kind) => sum + this.counts[kind].read, 0);
  }

  reject(rejection: Rejection): void {
    if (rejection.kind === null) this.unreadable += 1;
    else this.#count(rejection.kind, "invalid", rejection.place);
    this.#list(this.rejections, rejection);
  }

  duplicate(entry: Entry, first: string): void {
    this.#count(entry.kind, "duplicate", entry.place);
    const where = `${placeName(entry.kind, entry.place)}, after ${first}`;
    this.#note(
      "duplicate",
      entry.kind,
      where,
      "with an id that an earlier row has; the first counts, as in the library",
    );
  }

  settle(entry: Entry, { outcome, fields, reason }: Settled): void {
    const { kind, name, place } = entry;
    this.#count(kind, outcome, place);
    for (const oddity of entry.oddities) {
      this.#note(oddity, kind, placeName(kind, place), `${odd[oddity]}; taken as they are`);
    }
    if (!told.has(outcome)) return;
    this.#list(this.differences, { kind, name, difference: outcome, fields, ...(reason ? { reason } : {}) });
  }

  extra(kind: Kind, name: string): void {
    this.#add(kind, "extra");
    this.#list(this.differences, { kind, name, difference: "extra", fields: [] });
  }

  warn(code: string, message: string): void {
    this.#warnings.push({ code, message });
  }

  get warnings(): Warning[] {
    const noted = [...this.#noted].map(([key, { count, kind, first, tell }]) => ({
      code: key.slice(key.indexOf(" ") + 1),
      message: `${count} ${nouns[kind]}${count === 1 ? "" : "s"} ${tell} (first: ${first})`,
    }));
    return [...this.#warnings, ...noted];
  }

  get sources(): SourceSummary[] {
    return [...this.#sources].map(([path, { bytes, conversation, key }]) => ({
      path,
      bytes,
      layout: "dbcontext",
      conversations: conversation,
      keys: key,
    }));
  }

  /** The kinds whose counts do not add up: none, unless this program is broken. */
  get unbalanced(): Kind[] {
    return kinds.filter((kind) => !sumHolds(this.#mode, this.counts[kind]));
  }

  #count(kind: Kind, name: keyof Counts, place: Place): void {
    this.#add(kind, "read");
    this.#add(kind, name);
    const source = this.#sources.get(place.source);
    if (source !== undefined) source[kind] += 1;
  }

  #add(kind: Kind, name: keyof Counts): void {
    this.counts[kind][name] = (this.counts[kind][name] ?? 0) + 1;
  }

  #list<T>(list: T[], item: T): void {
    if (list.length < this.#bound) list.push(item);
    else this.truncated = true;
  }

  /** Notes a warning that many records may share. */
  #note(code: string, kind: Kind, first: string, tell: string): void {
    const noted = this.#noted.get(`${kind} ${code}`);
    if (noted === undefined) this.#noted.set(`${kind} ${code}`, { count: 1, kind, first, tell });
    else noted.count += 1;
  }
}

/** A row as people find it: `db.json, conversations row 7`; rows count from 0, as in the file's arrays. */
function placeName(kind: Kind, place: Place): string {
  return rowName(kind, place.source, place.index ?? 0);
}

export function rowName(kind: Kind, source: string, row: number): string {
  return `${source}, ${setOf[kind]} row ${row}`;
}
