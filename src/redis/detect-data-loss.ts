import type { Info } from "./server-info.js";

/** What may have cost a server what it had confirmed. */
type PossibleLoss = "replaced" | "new-history";

/**
 * What may have been lost between two answers to INFO; null where it is the same server, which has been a master all the
 * time. A server that does not say may be another one.
 */
export function possibleLossBetween(before: Info | null, now: Info | null): PossibleLoss | null {
  const differs = (field: string) => before?.get(field) !== now?.get(field);
  // Each start of a process gives it another run ID.
  if (before === null || now === null || differs("run_id")) return "replaced";
  // Each promotion gives another replication ID, and a replica has that of its master. A master also takes a new one with
  // its first replica, and loses nothing by that.
  return differs("role") || differs("master_replid") ? "new-history" : null;
}

const words: Readonly<Record<PossibleLoss, string>> = {
  replaced: "restarted or failed over",
  "new-history": "began a new replication history (by a demotion and promotion, or with its first replica)",
};

/** How often, and by what, masters may have lost what they had confirmed. */
export class PossibleLosses {
  readonly #kinds = new Set<PossibleLoss>();
  #count = 0;

  add(loss: PossibleLoss): void {
    this.#count += 1;
    this.#kinds.add(loss);
  }

  get count(): number {
    return this.#count;
  }

  /** What happened, as the rest of a sentence that begins with Redis' name. */
  get words(): string {
    return [...this.#kinds].map((loss) => words[loss]).join(", and ");
  }
}
