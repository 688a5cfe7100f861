import { type Kind, setOf } from "../../types/kind.js";
import type { RecordEvent } from "../../types/report-events.js";

/** What is counted of a source; `leftOut` are the duplicates that may hold what the row that counts lacks. */
type CountedAs = RecordEvent["outcome"] | "invalid" | "unreadable" | "leftOut";

/** Rows of one source and kind that became the same. */
export interface Finding {
  readonly what: CountedAs;
  /** Null for damaged bytes that are not one row for certain. */
  readonly kind: Kind | null;
  count: number;
}

/** How many rows of each source became what; under null what stands in no source. */
export interface OutcomesBySource {
  readonly counts: ReadonlyMap<string | null, ReadonlyMap<string, Readonly<Finding>>>;
  add(source: string | null, kind: Kind | null, what: CountedAs, more?: number): void;
}

export function countOutcomesBySource(): OutcomesBySource {
  const counts = new Map<string | null, Map<string, Finding>>();
  return {
    counts,
    add: (source, kind, what, more = 1) => {
      let ofSource = counts.get(source);
      if (ofSource === undefined) {
        ofSource = new Map();
        counts.set(source, ofSource);
      }
      const name = findingName(kind, what);
      const finding = ofSource.get(name);
      if (finding === undefined) ofSource.set(name, { what, kind, count: more });
      else finding.count += more;
    },
  };
}

/** `conversations: conflict`. */
export function findingName(kind: Kind | null, what: CountedAs): string {
  return kind === null ? what : `${setOf[kind]}: ${what}`;
}
