import type { Oddity } from "../types/entry.js";
import type { Kind } from "../types/kind.js";
import type { Warning } from "../types/run-result.js";
import type { WarningCode } from "../types/warning-codes.js";

const oddities: Record<Oddity, string> = {
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

interface Shared {
  count: number;
  readonly kind: Kind;
  readonly code: WarningCode;
  readonly first: string;
  readonly text: string;
}

/** Warnings that many records share: one each, with their number and the place of the first. */
export class SharedWarnings {
  readonly #shared = new Map<string, Shared>();

  /** Warns of what is odd about a record that is taken as it is. @param first as for `add` */
  addOddities(kind: Kind, first: string, found: readonly Oddity[]): void {
    for (const oddity of found) this.add(oddity, kind, first, `${oddities[oddity]}; taken as they are`);
  }

  /** @param first where the record is, for the first of them */
  add(code: WarningCode, kind: Kind, first: string, text: string): void {
    const key = `${kind} ${code} ${text}`;
    const shared = this.#shared.get(key);
    if (shared === undefined) this.#shared.set(key, { count: 1, kind, code, first, text });
    else shared.count += 1;
  }

  get all(): Warning[] {
    return [...this.#shared.values()].map(({ count, kind, code, first, text }) => ({
      code,
      message: `${count} ${nouns[kind]}${count === 1 ? "" : "s"} ${text} (first: ${first})`,
    }));
  }

  clear(): void {
    this.#shared.clear();
  }
}
