import { sha256 } from "./digest.js";
import type { Fields } from "./json-object.js";

/** Whether a message has an id; an empty one would be the same for all. */
export function hasId(message: Fields): message is Fields & { readonly id: string } {
  return typeof message.id === "string" && message.id !== "";
}

/**
 * Messages, of which two are the same by date, type and content, and by id where both have one. An id alone proves
 * nothing: one that is counted up begins anew where a conversation was reset.
 */
export class MessageSet {
  readonly #ids = new Set<string>();
  readonly #withId = new Set<string>();
  readonly #withoutId = new Set<string>();

  constructor(messages: readonly Fields[]) {
    this.add(messages);
  }

  add(messages: readonly Fields[]): void {
    for (const message of messages) {
      if (hasId(message)) {
        this.#ids.add(traits(message, message.id));
        this.#withId.add(traits(message));
      } else {
        this.#withoutId.add(traits(message));
      }
    }
  }

  has(message: Fields): boolean {
    if (!hasId(message)) return this.#withId.has(traits(message)) || this.#withoutId.has(traits(message));
    return this.#ids.has(traits(message, message.id)) || this.#withoutId.has(traits(message));
  }
}

/** Whether a message is the same as one of others, as `MessageSet` says; most have another date, and are not looked into. */
export function isAmong(message: Fields, others: readonly Fields[]): boolean {
  const isDated = typeof message.date === "number";
  const alike = others.filter(({ date }) => !isDated || typeof date !== "number" || date === message.date);
  return alike.length > 0 && new MessageSet(alike).has(message);
}

/** Longer ones are kept as their digest: a set of long messages would take twice their memory once more. In characters. */
const longestTraits = 256;

function traits({ date, type, content }: Fields, ...id: readonly string[]): string {
  const text = JSON.stringify([date, type, content, ...id]);
  return text.length > longestTraits ? sha256(text) : text;
}
