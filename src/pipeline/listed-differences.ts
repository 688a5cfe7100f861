import type { Kind } from "../types/kind.js";
import type { Difference, Outcome, Settled } from "../types/outcome.js";
import type { Place } from "../types/row.js";

/** Outcomes that are counted, and listed only where they have a reason. */
const quiet: ReadonlySet<string> = new Set([
  "created",
  "unchanged",
  "archived",
  "matched",
  "deleted",
  "restored",
  "written",
  "exported",
]);

/** The differences of a run: all are counted, the first ones listed. */
export class ListedDifferences {
  readonly listed: Difference[] = [];
  /** How many there are, listed or not. */
  found = 0;
  /** Whether some are not listed. */
  truncated = false;
  readonly #bound: number;
  /** Whether a quiet outcome is listed for its reason. */
  #listsQuiet = false;
  #lastFound = 0;

  /** @param bound how many to list at most */
  constructor(bound: number) {
    this.#bound = bound;
  }

  /** Adds what became of a record, unless its outcome is quiet. */
  addOutcome(kind: Kind, name: string, settled: Settled, place?: Place): void {
    if (isListed(settled)) this.add(differenceOf(kind, name, settled, place));
  }

  add(difference: Difference): void {
    this.found += 1;
    if (this.listed.length < this.#bound) this.listed.push(difference);
    else this.truncated = true;
    this.#listsQuiet ||= quiet.has(difference.difference);
  }

  /** Lists a record that counted as `before` as what it counts as now, in its place where it is listed. */
  replace(kind: Kind, name: string, before: Outcome, settled: Settled, place?: Place): void {
    const counted = !quiet.has(before);
    const index = counted || this.#listsQuiet ? this.#indexOf(kind, name, before) : -1;
    if (counted || index >= 0) this.found -= 1;
    if (index < 0) return this.addOutcome(kind, name, settled, place);
    const now = isListed(settled) ? [differenceOf(kind, name, settled, place)] : [];
    this.listed.splice(index, 1, ...now);
    this.found += now.length;
    this.#listsQuiet ||= now.length > 0 && quiet.has(settled.outcome);
  }

  clear(): void {
    this.listed.length = 0;
    this.found = 0;
    this.truncated = false;
  }

  /** Searches from the one found last, since records come in the order in which they are listed. */
  #indexOf(kind: Kind, name: string, difference: Outcome): number {
    const { length } = this.listed;
    for (let step = 0; step < length; step += 1) {
      const index = (this.#lastFound + step) % length;
      const one = this.listed[index];
      if (one?.kind !== kind || one.name !== name || one.difference !== difference) continue;
      this.#lastFound = index;
      return index;
    }
    return -1;
  }
}

/** Whether an outcome is listed, and not only counted. */
export function isListed({ outcome, reason }: Settled): boolean {
  return reason !== undefined || !quiet.has(outcome);
}

function differenceOf(
  kind: Kind,
  name: string,
  { outcome, fields, reason }: Settled,
  place: Place | undefined,
): Difference {
  const where = place === undefined ? {} : { place };
  return { kind, name, difference: outcome, ...where, fields, ...(reason ? { reason } : {}) };
}
