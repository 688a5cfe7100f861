import type { Info } from "./server-info.js";

/** Who a server is, as far as that says whether it still has what it confirmed. Empty where it does not tell. */
export interface Identity {
  /** `master`, or `slave` for a replica. */
  readonly role: string;
  /** Another one after each start of the process. */
  readonly runId: string;
  /**
   * The replication ID: another one after each promotion, and that of its master in a replica. A master also takes a
   * new one with its first replica, and loses nothing by that.
   */
  readonly replId: string;
}

/** @returns null where INFO may not be asked */
export function identityOf(info: Info | null): Identity | null {
  if (info === null) return null;
  const field = (name: string): string => info.get(name) ?? "";
  return { role: field("role"), runId: field("run_id"), replId: field("master_replid") };
}

/** What may have cost a server what it had confirmed. */
export type PossibleLoss = "replaced" | "new-history";

/** @returns null where it is the same server, which has been a master all the time; a server that does not tell may be another one */
export function possibleLossBetween(before: Identity | null, now: Identity | null): PossibleLoss | null {
  if (before === null || now === null || before.runId !== now.runId) return "replaced";
  return before.role !== now.role || before.replId !== now.replId ? "new-history" : null;
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
