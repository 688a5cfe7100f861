import { migrateError } from "../errors.js";
import { MemoryEstimate } from "../preflight/memory-estimate.js";
import type { Facts } from "../preflight/server-facts.js";
import { memoryModelOf } from "../redis/memory-model.js";
import { maskKey } from "../secret.js";
import type {
  Counts,
  Difference,
  Entry,
  Finding,
  Kind,
  Mode,
  Oddity,
  Outcome,
  Passed,
  Place,
  Reading,
  Rejection,
  Settled,
  Source,
  SourceSummary,
  Warning,
} from "../types.js";
import { kinds, setOf } from "../types.js";
import { sumHolds, zeroCounts } from "./counts.js";

const odd: Record<Oddity, string> = {
  "no-user-name": "without a userName",
  "message-without-content": "with a message that has no content",
  "message-without-date": "with a message that has no date",
  "message-of-unknown-type": "with a message whose type is not 0, 1 or 2",
  "balance-null": "whose balance is null",
  "number-as-id": "whose id is a number, not a string",
  "boolean-as-id": "whose id is true or false, not a string",
  "null-as-id": "whose id is null, not a string",
  "empty-id": "whose id is empty",
  "surrogate-in-id": "whose id holds half a surrogate pair, which the Redis key shows as U+FFFD",
  "in-other-set": "that stood in the set of the other kind, as in a file that was damaged or edited",
  "json-in-string": "that stood as JSON within a text, which was unpacked",
  "other-name": "under a name that is not its id: it goes in under its id",
  "name-twice": "in which a name stands twice: the library, as JSON.parse does, sees the last alone",
  "number-rounded": "with a number that JavaScript, and so the library, cannot hold: rounded, or null",
};

const nouns = { conversation: "conversation", key: "API key" } as const satisfies Record<Kind, string>;

/** Outcomes that are only counted, and not told one by one. */
const quiet: ReadonlySet<string> = new Set(["created", "unchanged", "matched", "deleted", "restored"]);

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What a tally needs to know of the options. */
interface SummaryOptions {
  readonly mode: Mode;
  /** How many differences, and how many rejections, to list. */
  readonly details: number;
  readonly strict?: boolean;
  readonly onDuplicate?: "first" | "newest";
  readonly only?: Kind | null;
}

/** Keeps the books of a run: counts always, lists up to a bound. */
export class Summary {
  readonly counts: Readonly<Record<Kind, Counts>>;
  readonly differences: Difference[] = [];
  /** How many there are, listed or not. */
  differencesFound = 0;
  readonly rejections: Rejection[] = [];
  /** What was found about Redis beforehand. */
  readonly findings: Finding[] = [];
  /** Findings that are no reason to stop, or were none because of --force. */
  readonly foundWarnings: Warning[] = [];
  /** Stretches that could not be read, and are not one row each for certain. */
  unreadable = 0;
  truncated = false;
  /** Keys that Redis threw away while this ran; null where it wrote, and that is not known. */
  evicted: number | null;
  readonly reading: Writable<Reading> = { checking: false, bytes: 0, totalBytes: 0, checked: 0 };
  /** Sources that were replaced or written to while this ran: what they hold by now may not be in Redis. */
  changedSources = 0;
  /** What a dry run's work would cost in Redis' memory. */
  estimate = new MemoryEstimate(memoryModelOf(null, false));
  readonly #options: SummaryOptions;
  readonly #others = new Map<Source, ReadonlyMap<string, number>>();
  #finished = false;
  #listsLast = false;
  /** Whether any is listed that is only for its reason. */
  #listsQuiet = false;
  #lastFound = 0;
  readonly #noted = new Map<string, { count: number; kind: Kind; first: string; tell: string }>();
  readonly #warnings: Warning[] = [];
  readonly #sources = new Map<string, Writable<SourceSummary>>();

  constructor(options: SummaryOptions) {
    this.#options = options;
    this.evicted = options.mode === "migrate" ? null : 0;
    this.counts = { conversation: zeroCounts(options.mode), key: zeroCounts(options.mode) };
  }

  /** Forgets all that was counted and listed of records, for they are looked at anew. */
  startOver(): void {
    for (const kind of kinds) Object.assign(this.counts[kind], zeroCounts(this.#options.mode));
    for (const source of this.#sources.values()) Object.assign(source, { conversations: 0, keys: 0 });
    this.differences.length = 0;
    this.differencesFound = 0;
    this.rejections.length = 0;
    this.unreadable = 0;
    this.truncated = false;
    this.estimate = this.estimate.anew();
    this.#noted.clear();
  }

  /**
   * Notes findings about Redis.
   * @throws MigrateError `redis-unfit`, where one of them is a reason not to go on, and that is not to be forced
   */
  find(findings: readonly Finding[], force: boolean): void {
    this.findings.push(...findings);
    const reasons = force ? [] : findings.filter(({ severity }) => severity === "refuse");
    for (const finding of findings) {
      const { code, severity, message, hint } = finding;
      // What the error says is not said once more.
      if (severity === "note" || reasons.includes(finding)) continue;
      this.foundWarnings.push({ code, message: `${message}. ${hint}` });
    }
    if (reasons.length > 0) throw migrateError("redis-unfit", { findings: reasons });
  }

  /** By how many bytes Redis' memory would grow by a dry run's work; in a cluster all masters' together. */
  growth({ masters }: Facts): number {
    const sum = (of: "keys" | "expiring") => masters.reduce((all, master) => all + master[of], 0);
    return this.estimate.growth(sum("keys"), sum("expiring"));
  }

  begin({ path, bytes, layout }: Source): void {
    this.#sources.set(path, { path, bytes, layout, conversations: 0, keys: 0 });
  }

  /** Records whose outcome is known. */
  get records(): number {
    return kinds.reduce((sum, kind) => sum + this.counts[kind].read, 0);
  }

  /** Records and stretches that could not be read. */
  get rejected(): number {
    return this.unreadable + kinds.reduce((sum, kind) => sum + this.counts[kind].invalid, 0);
  }

  /** Notes that all sources were read to their end, and what became of each record is counted. */
  finish(): void {
    this.#finished = true;
  }

  /** Notes the rows of other sets in a source, by name of their set. */
  noteOtherSets(source: Source, others: ReadonlyMap<string, number>): void {
    this.#others.set(source, others);
  }

  changed({ path }: Source): void {
    this.changedSources += 1;
    const message = `${path}: changed while it was read, and what is new in it was left out. If the app is still running, stop it and run this again`;
    this.warn("source-changed", message);
  }

  reject(rejection: Rejection): void {
    if (rejection.kind === null) this.unreadable += 1;
    else this.#count(rejection.kind, "invalid", rejection.place);
    const listed = this.rejections.length;
    // With --strict they are why nothing was written, so all are listed.
    this.#list(
      this.rejections,
      rejection,
      this.#options.strict ? Number.POSITIVE_INFINITY : this.#options.details,
    );
    this.#listsLast = this.rejections.length > listed;
  }

  /** The stretch that was noted last goes on for so many bytes. */
  extend(bytes: number): void {
    const last = this.#listsLast ? this.rejections.pop() : undefined;
    if (last !== undefined) this.rejections.push({ ...last, bytes: (last.bytes ?? 0) + bytes });
  }

  /** Notes a row in whose place another one counts. */
  skipDuplicate(
    { kind, name, place }: Omit<Entry, "value">,
    { outcome, winner, fields, reason, leftOut }: Passed,
  ): void {
    this.#count(kind, outcome, place);
    if (leftOut) this.#add(kind, "leftOut");
    if (outcome === "duplicate") {
      const where = `${placeName(kind, place)}, and ${winner} counts`;
      const { onDuplicate = "first" } = this.#options;
      this.#note("duplicate", kind, where, `with an id that another row has; the ${onDuplicate} counts`);
    }
    if (reason !== null) this.#differs({ kind, name, difference: outcome, fields, reason });
  }

  settle(entry: Entry, settled: Settled): void {
    const { kind, name, place } = entry;
    this.#count(kind, settled.outcome, place);
    for (const oddity of entry.oddities) {
      this.#note(oddity, kind, placeName(kind, place), `${odd[oddity]}; taken as they are`);
    }
    if (!quiet.has(settled.outcome)) this.#became(kind, name, settled);
  }

  /** Counts as something else what was counted before, and lists it once, as that. */
  recount(kind: Kind, name: string, before: Outcome, settled: Settled): void {
    const { outcome, fields, reason } = settled;
    this.#add(kind, before, -1);
    this.#add(kind, outcome);
    const now = { kind, name, difference: outcome, fields, ...(reason ? { reason } : {}) };
    const lists = !quiet.has(outcome) || reason !== undefined;
    const wasListed = !quiet.has(before);
    const at = wasListed || this.#listsQuiet ? this.#listedAt(kind, name, before) : null;
    if (at !== null || wasListed) this.differencesFound -= 1;
    if (at !== null) this.differences.splice(at, 1, ...(lists ? [now] : []));
    if (at !== null && lists) this.differencesFound += 1;
    if (at === null && lists) this.#differs(now);
    this.#listsQuiet ||= lists && quiet.has(outcome);
  }

  /** Notes what an undo did with one key. */
  undone(kind: Kind, name: string, settled: Settled): void {
    this.#add(kind, "read");
    this.#add(kind, settled.outcome);
    if (!quiet.has(settled.outcome)) this.#became(kind, name, settled);
  }

  extra(kind: Kind, name: string): void {
    this.#add(kind, "extra");
    this.#differs({ kind, name, difference: "extra", fields: [] });
  }

  /** Notes that keys that no file holds cannot be counted: a 0 would say that there are none. */
  extraUnknown(): void {
    for (const kind of kinds) delete this.counts[kind].extra;
  }

  warn(code: string, message: string): void {
    this.#warnings.push({ code, message });
  }

  get warnings(): Warning[] {
    const noted = [...this.#noted].map(([key, { count, kind, first, tell }]) => ({
      code: key.slice(key.indexOf(" ") + 1),
      message: `${count} ${nouns[kind]}${count === 1 ? "" : "s"} ${tell} (first: ${first})`,
    }));
    const passedBy = [...this.#others]
      .flatMap(([{ path }, others]) => passedByTexts(path, [...others]))
      .map((message) => ({ code: "other-set", message }));
    // Of one kind alone, nothing is known of the other.
    const known = this.#finished && (this.#options.only ?? null) === null;
    const empty = this.sources
      .filter(({ conversations, keys }) => known && conversations + keys === 0)
      .map(({ path }) => ({
        code: "no-records",
        message: `${path}: holds neither conversations nor API keys`,
      }));
    const lost = this.evicted ? [{ code: "evicted", message: evictedText(this.evicted) }] : [];
    return [...this.foundWarnings, ...this.#warnings, ...passedBy, ...empty, ...noted, ...lost];
  }

  get sources(): SourceSummary[] {
    return [...this.#sources.values()];
  }

  /** The kinds whose counts do not add up: none, unless this program is broken. */
  get unbalanced(): Kind[] {
    return kinds.filter((kind) => !sumHolds(this.#options.mode, this.counts[kind]));
  }

  #count(kind: Kind, name: keyof Counts, place: Place): void {
    this.#add(kind, "read");
    this.#add(kind, name);
    const source = this.#sources.get(place.source);
    if (source !== undefined) source[setOf[kind]] += 1;
  }

  #add(kind: Kind, name: keyof Counts, more = 1): void {
    this.counts[kind][name] = (this.counts[kind][name] ?? 0) + more;
  }

  #became(kind: Kind, name: string, { outcome, fields, reason }: Settled): void {
    this.#differs({ kind, name, difference: outcome, fields, ...(reason ? { reason } : {}) });
  }

  #differs(difference: Difference): void {
    this.differencesFound += 1;
    this.#list(this.differences, difference);
  }

  /** Looks on from where it found the last one, since records come in the order in which they are listed. */
  #listedAt(kind: Kind, name: string, difference: Outcome): number | null {
    const { length } = this.differences;
    for (let step = 0; step < length; step += 1) {
      const at = (this.#lastFound + step) % length;
      const one = this.differences[at];
      if (one?.kind !== kind || one.name !== name || one.difference !== difference) continue;
      this.#lastFound = at;
      return at;
    }
    return null;
  }

  #list<T>(list: T[], item: T, bound = this.#options.details): void {
    if (list.length < bound) list.push(item);
    else this.truncated = true;
  }

  /** Notes a warning that many records may share. */
  #note(code: string, kind: Kind, first: string, tell: string): void {
    const noted = this.#noted.get(`${kind} ${code}`);
    if (noted === undefined) this.#noted.set(`${kind} ${code}`, { count: 1, kind, first, tell });
    else noted.count += 1;
  }
}

/** How many other sets of a source are told by name: a file may have thousands. */
const mostNames = 20;

function passedByTexts(path: string, others: readonly (readonly [string, number])[]): string[] {
  const none = "none of the library's, and was passed by";
  const texts = others
    .slice(0, mostNames)
    .map(([name, rows]) =>
      rows > 0
        ? `${path}: the set "${shownName(name)}" (${rows} row${rows === 1 ? "" : "s"}) is ${none}`
        : `${path}: "${shownName(name)}" is no set, and was passed by, though it may hold records`,
    );
  const rest = others.slice(mostNames);
  if (rest.length === 0) return texts;
  const rows = rest.reduce((sum, [, rows]) => sum + rows, 0);
  return [...texts, `${path}: every other set, ${rest.length} in all (${rows} rows), is ${none}`];
}

/** The longest name of a set that is shown whole. */
const longestName = 60;

/** A set may be named after an API key, in part or as under its Redis key, which is secret. */
function shownName(name: string): string {
  const shown = name.replace(/sk-\S*/g, maskKey).replace(/(?<=\bkeys:).*$/s, maskKey);
  return shown.length <= longestName ? shown : `${shown.slice(0, longestName)}…`;
}

function evictedText(keys: number): string {
  const what = keys === 1 ? "1 key" : `${keys} keys`;
  return `Redis threw ${what} away while this ran (evicted_keys), for want of memory: --verify names the records that are gone`;
}

/**
 * A row as people find it: `db.json, conversations row 7`, counted from 0 as in the file's arrays; by its offset where
 * nobody knows its number.
 */
export function placeName(kind: Kind, { source, index, offset }: Omit<Place, "line">): string {
  return index === null ? `${source}, byte ${offset}` : `${source}, ${setOf[kind]} row ${index}`;
}
