import type { Kind, MigrateOutcome, Outcome, Policy, Settled } from "../types.js";
import { migrateOutcomes, undoOutcomes } from "../types.js";

const outcomes: readonly Outcome[] = [...new Set<Outcome>([...migrateOutcomes, ...undoOutcomes])];

/** Beside an outcome, in its byte: nothing that is seen later changes it. */
const final = 0x80;

/** What became of each record, by its place in the order of the files: a byte a record, for looking at it again. */
export class RecordedOutcomes {
  #bytes = new Uint8Array(1024);
  #length = 0;

  note(outcome: Outcome): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(this.#length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length] = outcomes.indexOf(outcome);
    this.#length += 1;
  }

  /** What became of the record at a place; undefined where none was settled there. */
  at(place: number): Outcome | undefined {
    return place < this.#length ? outcomes[(this.#bytes[place] as number) & ~final] : undefined;
  }

  /** @param forGood whether nothing that is seen later changes it */
  correct(place: number, outcome: Outcome, forGood = false): void {
    this.#bytes[place] = outcomes.indexOf(outcome) | (forGood ? final : 0);
  }

  isFinal(place: number): boolean {
    return ((this.#bytes[place] as number) & final) !== 0;
  }
}

/** Whoever counts what became of a record otherwise than was thought. */
interface Recounter {
  recount(kind: Kind, name: string, before: Outcome, after: Settled): void;
}

/** The outcomes that mean that this run has written the record. */
const written: ReadonlySet<Outcome> = new Set<MigrateOutcome>(["created", "updated"]);

/**
 * What a second look at all records, after Redis may have lost some, changes in the books: a record that was written,
 * and is there or was written again, counts once, as what it was.
 * @param onPutBack called for each record that had been lost
 * @returns to be called with each record that counts, in the order of the first look; it gives what the record counts as
 *   from now on, and null where that is as before
 */
export function recheck(
  recorded: RecordedOutcomes,
  policy: Policy,
  summary: Recounter,
  onPutBack: () => void,
): (done: { entry: { kind: Kind; name: string }; settled: Settled }) => Settled | null {
  let place = 0;
  return ({ entry, settled }) => {
    const before = recorded.at(place);
    if (before === undefined) return null;
    const after = recorded.isFinal(place) ? null : afterLoss(before, settled, policy);
    if (written.has(settled.outcome)) onPutBack();
    if (after !== null) {
      // What was written, and failed all the same, lacks what Redis held: that does not come back.
      recorded.correct(place, after.outcome, after.outcome === "failed" && written.has(settled.outcome));
      summary.recount(entry.kind, entry.name, before, after);
    }
    place += 1;
    return after;
  };
}

/** What a record counts as after the second look; null for what it counted as before. */
function afterLoss(before: Outcome, now: Settled, policy: Policy): Settled | null {
  if (now.outcome === before) return null;
  if (written.has(before)) {
    if (now.outcome === "failed" || now.outcome === "conflict") return now;
    // Under this policy that need not be a version that goes on from the file's.
    if (now.outcome === "kept" && policy === "keep") return now;
    if (before === "updated" && policy === "merge" && now.outcome === "created") {
      const reason = "Redis lost the merged version while this ran; the version of the file was written";
      return { outcome: "failed", fields: [], reason };
    }
    return null;
  }
  const hadItsOwn = before === "kept" || before === "conflict";
  if (!hadItsOwn || !written.has(now.outcome)) return now;
  const reason = "Redis lost its own version while this ran; the version of the file was written";
  return { ...now, reason };
}
