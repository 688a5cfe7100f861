import { migrateError } from "../errors.js";
import type { DecisionsDigest } from "../plan/decision-digest.js";
import { MemoryEstimate } from "../preflight/memory-estimate.js";
import type { Facts } from "../preflight/server-facts.js";
import { memoryModelOf } from "../redis/memory-model.js";
import type { Entry, Oddity } from "../types/entry.js";
import type { Kind } from "../types/kind.js";
import type { Mode, OnDuplicate } from "../types/mode-and-policy.js";
import type { Outcome, Settled, SkippedDuplicate } from "../types/outcome.js";
import type { Finding } from "../types/redis-findings.js";
import type { ReportWriter } from "../types/report-events.js";
import type { Rejection } from "../types/row.js";
import type { Reading, Warning } from "../types/run-result.js";
import type { Source } from "../types/source-file.js";
import { isListed, ListedDifferences } from "./listed-differences.js";
import { ListedRejections } from "./listed-rejections.js";
import { RecordCounts } from "./record-counts.js";
import { type KnownRecord, recordEventOf } from "./record-event.js";
import { placeName } from "./row-location.js";
import { evictedMeanwhile, expiredMeanwhile, sourceChanged, sourcesWithoutRecords } from "./run-warnings.js";
import { SharedWarnings } from "./shared-warnings.js";
import { skippedSetWarnings } from "./skipped-sets.js";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface SummaryOptions {
  readonly mode: Mode;
  /** How many differences, and how many rejections, to list. */
  readonly details: number;
  readonly strict?: boolean;
  readonly onDuplicate?: OnDuplicate;
  readonly only?: Kind | null;
}

/** What a run has counted, listed and warned of so far. */
export class Summary {
  readonly counts: RecordCounts;
  readonly differences: ListedDifferences;
  readonly rejections: ListedRejections;
  /** What the preflight check found about Redis. */
  readonly findings: Finding[] = [];
  /** Findings that do not stop the run, or do not because of --force. */
  readonly foundWarnings: Warning[] = [];
  /** Damaged parts of files that are not one row each for certain. */
  unreadable = 0;
  /** Keys that Redis evicted while this ran; null where it wrote, and that is not known. */
  evicted: number | null;
  readonly reading: Writable<Reading> = { checking: false, bytes: 0, totalBytes: 0, checked: 0 };
  /** Sources that were replaced or written to while this ran: what they hold by now may not be in Redis. */
  changedSources = 0;
  /** What a dry run's work would cost in Redis' memory. */
  estimate = new MemoryEstimate(memoryModelOf(null, false));
  /** Is told what became of each row; null where no report is wanted. */
  report: ReportWriter | null = null;
  /** Whether conversations that were written have left Redis by their time before the run ended. */
  expiredMeanwhile = false;
  /** When those that were written leave Redis, in ms since 1970, where that is certain: the first and the last of them. */
  readonly leaving = { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY };
  /** What is decided about every record; null where no plan asks for it. */
  decisions: DecisionsDigest | null = null;
  /** The plan that was written, or that is being done since all of it was found the same. */
  plan: string | null = null;
  /** Whether what was done is not what the plan says. */
  deviatesFromPlan = false;
  readonly #options: SummaryOptions;
  readonly #skippedSets = new Map<string, ReadonlyMap<string, number>>();
  #finished = false;
  readonly #sharedWarnings = new SharedWarnings();
  readonly #warnings: Warning[] = [];

  constructor(options: SummaryOptions) {
    const { mode, details, strict = false } = options;
    this.#options = options;
    this.evicted = mode === "migrate" ? null : 0;
    this.counts = new RecordCounts(mode);
    this.differences = new ListedDifferences(details);
    // With --strict they are why nothing is written, so all are listed.
    this.rejections = new ListedRejections(strict ? Number.POSITIVE_INFINITY : details);
  }

  /** Forgets all that was counted and listed of records, since they are read once more. */
  startOver(): void {
    this.counts.clear();
    this.differences.clear();
    this.rejections.clear();
    this.unreadable = 0;
    this.estimate = this.estimate.anew();
    Object.assign(this.leaving, { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY });
    this.#sharedWarnings.clear();
    this.report?.startOver();
    this.decisions?.startOver();
  }

  /**
   * Adds findings of a preflight check.
   * @throws MigrateError `redis-unfit`, where one of them is a reason to stop, and `force` is not given
   */
  addFindings(findings: readonly Finding[], force: boolean): void {
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

  /** Records and damaged parts of files that could not be read. */
  get rejected(): number {
    return this.unreadable + this.counts.sum("invalid");
  }

  /** Says that all sources were read to their end, and every record is counted. */
  finish(): void {
    this.#finished = true;
  }

  /** @param sets rows of sets that are not the library's, by name of their set */
  skipSets({ path }: Source, sets: ReadonlyMap<string, number>): void {
    this.#skippedSets.set(path, sets);
  }

  warnOfChange({ path }: Source): void {
    this.changedSources += 1;
    this.#warnings.push(sourceChanged(path));
  }

  warnOfExpired(): void {
    this.expiredMeanwhile = true;
    this.#warnings.push(expiredMeanwhile);
  }

  reject(rejection: Rejection): void {
    if (rejection.kind === null) this.unreadable += 1;
    else this.counts.addRow(rejection.kind, "invalid", rejection.place);
    this.rejections.add(rejection);
    this.report?.rejected(rejection);
  }

  /** The damaged bytes that were rejected last go on for so many bytes. */
  extendRejection(bytes: number): void {
    this.rejections.extendLast(bytes);
    this.report?.extendRejected(bytes);
  }

  skipDuplicate(
    entry: Omit<Entry, "value">,
    { outcome, winner, fields, reason, leftOut, merged = false }: SkippedDuplicate,
  ): void {
    const { kind, name, place } = entry;
    this.counts.addRow(kind, outcome, place);
    if (leftOut) this.counts.add(kind, "leftOut");
    if (outcome === "duplicate") {
      const where = `${placeName(kind, place)}, and ${winner} counts`;
      const { onDuplicate = "first" } = this.#options;
      const rule = onDuplicate === "merge" ? mergeText(merged) : `the ${onDuplicate} counts`;
      const text = `with an id that another row has; ${rule}`;
      this.#sharedWarnings.add("duplicate", kind, where, text);
    }
    if (reason !== null) this.differences.add({ kind, name, difference: outcome, place, fields, reason });
    const why = reason === null ? {} : { reason };
    this.report?.record(recordEventOf(entry, { outcome, fields, leftOut, ...why }));
  }

  settle(entry: Entry, settled: Settled): void {
    const { kind } = entry;
    this.counts.addRow(kind, settled.outcome, entry.place);
    this.#noteLeaving(entry, settled);
    this.decisions?.add(entry, settled);
    if (entry.oddities.length > 0)
      this.#sharedWarnings.addOddities(kind, placeName(kind, entry.place), entry.oddities);
    // Of most records nobody asks for the name, and text need not be made of it.
    if (isListed(settled)) this.differences.addOutcome(kind, entry.name, settled, entry.place);
    this.report?.record(recordEventOf(entry, settled));
  }

  /** Counts a record as something else than `before`, and lists it once, as that. */
  recount(record: KnownRecord, before: Outcome, settled: Settled): void {
    const { kind, name, place } = record;
    this.counts.add(kind, before, -1);
    this.counts.add(kind, settled.outcome);
    this.#noteLeaving(record, settled);
    this.differences.replace(kind, name, before, settled, place);
    this.report?.corrected(recordEventOf(record, settled), before);
  }

  #noteLeaving(record: KnownRecord, { outcome, expiresAt = record.expiresAt ?? null }: Settled): void {
    if (expiresAt === null || (outcome !== "created" && outcome !== "updated")) return;
    this.leaving.first = Math.min(this.leaving.first, expiresAt);
    this.leaving.last = Math.max(this.leaving.last, expiresAt);
  }

  /** Counts what an undo did with one key, or an export. */
  settleKey(record: KnownRecord, settled: Settled): void {
    const { kind, name } = record;
    this.counts.add(kind, "read");
    this.counts.add(kind, settled.outcome);
    this.differences.addOutcome(kind, name, settled);
    this.report?.record(recordEventOf(record, settled));
  }

  /** Warns of an exported record that the library sees otherwise than Redis holds it. */
  warnOfExported(kind: Kind, name: string, oddities: readonly Oddity[]): void {
    const seen = oddities.filter((oddity) => oddity === "number-rounded" || oddity === "name-twice");
    this.#sharedWarnings.addOddities(kind, name, seen);
  }

  addExtra(kind: Kind, name: string): void {
    this.counts.add(kind, "extra");
    this.differences.add({ kind, name, difference: "extra", fields: [] });
    this.report?.record(recordEventOf({ kind, name }, { outcome: "extra", fields: [] }));
  }

  /** Says that keys that no file holds cannot be counted: a 0 would say that there are none. */
  extraIsUnknown(): void {
    for (const counts of Object.values(this.counts.byKind)) delete counts.extra;
  }

  warn(code: Warning["code"], message: string): void {
    this.#warnings.push({ code, message });
  }

  get warnings(): Warning[] {
    // With --only, nothing is known of the other kind.
    const isAllKnown = this.#finished && (this.#options.only ?? null) === null;
    return [
      ...this.foundWarnings,
      ...this.#warnings,
      ...[...this.#skippedSets].flatMap(([path, sets]) => skippedSetWarnings(path, sets)),
      ...(isAllKnown ? sourcesWithoutRecords(this.counts.sources) : []),
      ...this.#sharedWarnings.all,
      ...(this.evicted ? [evictedMeanwhile(this.evicted)] : []),
    ];
  }
}

function mergeText(merged: boolean): string {
  return merged ? "merged with the first" : "the first counts, with which they could not be merged";
}
