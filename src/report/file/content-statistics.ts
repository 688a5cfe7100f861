import type { Kind } from "../../types/kind.js";
import type { RecordEvent } from "../../types/report-events.js";
import { leavingBounds, messageBounds, sizeBounds } from "./histogram-bounds.js";

/** What a report says of the records that count, beside what became of them; as large for a million as for one. */
export interface ContentStatistics {
  /** Conversations by the month of their last activity, counted from the year 0. */
  readonly months: ReadonlyMap<number, number>;
  /** Conversations without a date, or with one that no chat of this library can have. */
  readonly undated: number;
  /** Conversations by the bounds of each, the last beyond them all. */
  readonly sizes: readonly number[];
  readonly messages: readonly number[];
  /** Of those that Redis holds as the files do, by seconds to live. */
  readonly leaving: readonly number[];
  /** Of the same, how many never leave Redis. */
  readonly staying: number;
  /** Length of all values in bytes. */
  readonly bytes: Readonly<Record<Kind, number>>;
  readonly records: Readonly<Record<Kind, number>>;
  /** The largest conversations first; of two as large, the one that came first. */
  readonly largest: readonly RecordEvent[];
}

interface Collector {
  readonly statistics: ContentStatistics;
  add(event: RecordEvent): void;
  /** A record that was added as `before` counts as something else by now. */
  correct(event: RecordEvent, before: RecordEvent["outcome"]): void;
}

/** Outcomes of which it is known when the record leaves Redis; of what is kept there, only Redis knows it. */
const written: ReadonlySet<RecordEvent["outcome"]> = new Set(["created", "updated"] as const);

const mostLargest = 10;

/** Dates outside were written by a wrong clock, or are no dates. */
const years = { first: 2000, last: 2099 };

export function collectStatistics(): Collector {
  const months = new Map<number, number>();
  const sizes = zeros(sizeBounds);
  const messages = zeros(messageBounds);
  const leaving = zeros(leavingBounds);
  const bytes = { conversation: 0, key: 0 };
  const records = { conversation: 0, key: 0 };
  const largest: RecordEvent[] = [];
  let undated = 0;
  let staying = 0;
  const addConversation = (event: RecordEvent) => {
    const month = monthOf(event.lastActivity);
    if (month === null) undated += 1;
    else months.set(month, (months.get(month) ?? 0) + 1);
    add(sizes, sizeBounds, event.bytes ?? 0);
    if (event.messageCount !== null) add(messages, messageBounds, event.messageCount);
    addLeaving(event, event.outcome, 1);
    keepLargest(largest, event);
  };
  const addLeaving = ({ kind, ttl }: RecordEvent, outcome: RecordEvent["outcome"], more: 1 | -1) => {
    if (kind !== "conversation" || !written.has(outcome)) return;
    if (ttl === null) staying += more;
    else add(leaving, leavingBounds, ttl, more);
  };
  return {
    get statistics() {
      return { months, undated, sizes, messages, leaving, staying, bytes, records, largest };
    },
    add: (event) => {
      const { kind, outcome, place } = event;
      // In no file, or in one beside the row that counts.
      if (place === null && outcome !== "exported") return;
      if (outcome === "duplicate" || outcome === "extra") return;
      bytes[kind] += event.bytes ?? 0;
      records[kind] += 1;
      if (kind === "conversation") addConversation(event);
    },
    correct: (event, before) => {
      addLeaving(event, before, -1);
      addLeaving(event, event.outcome, 1);
    },
  };
}

function monthOf(time: number | null): number | null {
  if (time === null) return null;
  const date = new Date(time);
  const year = date.getUTCFullYear();
  return year >= years.first && year <= years.last ? year * 12 + date.getUTCMonth() : null;
}

function zeros(bounds: readonly number[]): number[] {
  return new Array<number>(bounds.length + 1).fill(0);
}

/** Counts a value under the first bound that is above it. */
function add(counts: number[], bounds: readonly number[], value: number, more = 1): void {
  let at = 0;
  while (at < bounds.length && value >= (bounds[at] as number)) at += 1;
  counts[at] = (counts[at] as number) + more;
}

function keepLargest(largest: RecordEvent[], event: RecordEvent): void {
  const size = event.bytes ?? 0;
  const place = largest.findIndex(({ bytes }) => (bytes ?? 0) < size);
  if (place < 0 && largest.length === mostLargest) return;
  largest.splice(place < 0 ? largest.length : place, 0, event);
  largest.length = Math.min(largest.length, mostLargest);
}
