import { migrateOutcomes, type Outcome, undoOutcomes } from "../types/outcome.js";

const outcomes: readonly Outcome[] = [...new Set<Outcome>([...migrateOutcomes, ...undoOutcomes])];

/** In the byte of an outcome: nothing that is seen later changes it. */
const final = 0x80;

/** The outcome of each record, by its place in the order of the files: a byte each, for comparing all once more. */
export class RecordedOutcomes {
  #bytes = new Uint8Array(1024);
  #length = 0;

  add(outcome: Outcome): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(this.#length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length] = outcomes.indexOf(outcome);
    this.#length += 1;
  }

  /** The outcome of the record at a place; undefined where none was settled there. */
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
