import { inspect } from "node:util";

/** What stands where a secret is too short to show any part of it. */
const HIDDEN = "***";

/** Below this many characters, 3 + 4 shown characters would give too much of a key away. */
const SHORTEST_SHOWN = 12;

/** An API key as people may see it: `sk-…wxyz`, or `***` when shorter than 12 characters. */
export function maskKey(key: string): string {
  const characters = Array.from(key);
  if (characters.length < SHORTEST_SHOWN) return HIDDEN;
  return `${characters.slice(0, 3).join("")}…${characters.slice(-4).join("")}`;
}

/** A text that people may see, with whatever in it looks like an API key masked: it may have been put where another id belongs. */
export function maskKeysIn(text: string): string {
  // Asked of every record's id.
  return text.includes("sk-") ? text.replace(/(?<![A-Za-z\d])sk-[\w-]{9,}/g, maskKey) : text;
}

/**
 * A string that cannot be printed by accident: template strings, `JSON.stringify`, `console.log` and
 * string concatenation all see its mask. Only `reveal()` gives the text.
 */
export class Secret {
  readonly #text: string;
  readonly #mask: string;

  constructor(text: string, mask: string = HIDDEN) {
    this.#text = text;
    this.#mask = mask;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return this.#mask;
  }

  toJSON(): string {
    return this.#mask;
  }

  [inspect.custom](): string {
    return this.#mask;
  }
}

/**
 * A server's own words, made fit to print: the echo of a command's arguments is cut off
 * ("ERR unknown command 'SET', with args beginning with: …"), and so is each of `secrets`.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let shown = text
    .replace(/,? with args beginning with:?[\s\S]*$/i, "")
    .replace(/\bUser \S+ has no permissions/i, "this user has no permissions");
  // Longest first: one that begins another must not leave the other's end standing.
  for (const secret of secrets.toSorted((a, b) => b.length - a.length)) {
    if (secret !== "") shown = shown.replaceAll(secret, HIDDEN);
  }
  return shown;
}

/**
 * Whether a text that was meant for something else may be an address with a login, another client's list of settings, or
 * an API key: then it is never quoted.
 */
export function mayHoldSecret(text: string): boolean {
  return (
    /:\/\//.test(text) ||
    /^sk-|\bsk-[\w-]{16,}/.test(text) ||
    /(pass(word|wd)?|pwd|auth|secret|token|ssl)\s*=/i.test(text) ||
    /@(\[[\da-f:.]+\]|[\w.-]+):\d{1,5}(\/\d*)?$/i.test(text) ||
    /^[^/\\\s]*:.*@(\[[\da-f:.]+\]|[\w.-]+)(:\d+)?(\/\d*)?$/is.test(text)
  );
}
