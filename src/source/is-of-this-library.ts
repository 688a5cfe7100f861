import type { Kind } from "../types/kind.js";

/**
 * Whether a record shows that this library wrote it: other programs keep `messages` and `keys` too. A conversation
 * shows it by `userName`, `lastActive`, or a message whose `type` is a number; an API key by an `sk-` name, or two of
 * its counters. It need not be valid.
 * @param inSet whether it stands in a set of that kind: elsewhere, an `id` and a `userName` are any program's user
 */
export function showsSign(kind: Kind, record: unknown, inSet = false): boolean {
  if (!isObject(record)) return false;
  return kind === "conversation" ? isConversation(record, inSet) : isKey(record);
}

function isConversation(record: Readonly<Record<string, unknown>>, inSet: boolean): boolean {
  const [named, dated] = [Object.hasOwn(record, "userName"), Object.hasOwn(record, "lastActive")];
  if (!Object.hasOwn(record, "messages")) return inSet ? named || dated : named && dated;
  const { messages } = record;
  return named || dated || (Array.isArray(messages) && messages.some(isTyped));
}

function isTyped(message: unknown): boolean {
  return isObject(message) && typeof message.type === "number";
}

function isKey({ key, queries, tokens, balance }: Readonly<Record<string, unknown>>): boolean {
  if (typeof key !== "string") return false;
  const counters = [queries, tokens, balance].filter((count) => typeof count === "number" || count === null);
  // One alone is what other programs count by a key too.
  return key.startsWith("sk-") || counters.length >= 2;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const names = ["userName", "lastActive", "queries"];
/** Also as they stand in JSON within a text. */
const words = [...names.flatMap((name) => [`"${name}"`, `"${name}\\"`]), '"sk-'];

/** Whether text that cannot be read holds words that this library writes. */
export function holdsSign(text: Buffer): boolean {
  return words.some((word) => text.includes(word));
}

const memberNames = ["userName", "lastActive", "messages", "queries"];

/** Whether text that is skipped may hold a record all the same, be it as JSON within a text. */
export function mayHoldRecord(text: Buffer): boolean {
  return memberNames.some((name) => text.includes(`"${name}`)) || text.includes('"sk-');
}

/** A message of this library, as far as one word of it tells: its `type` is a number. */
const typed = /"type"\s*:\s*[012]\s*[,}]/;

/** Whether text that cannot be read holds what looks like a conversation of this library without its other fields. */
export function holdsTypedMessages(text: Buffer): boolean {
  return text.includes('"messages"') && typed.test(text.toString("latin1"));
}
