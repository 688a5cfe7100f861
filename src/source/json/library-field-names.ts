/** Names of the library's own fields, in none of which it ever keeps a record. */
export const ownNames: ReadonlySet<string> = new Set([
  ...["id", "userName", "messages", "lastActive", "type", "content", "date", "usage"],
  ...["key", "queries", "tokens", "balance"],
]);

/** Names under which sets and their rows stand. */
export const setNames: ReadonlySet<string> = new Set(["conversations", "keys", "rows"]);

/** What the members of an object make it, as bits. */
const ID = 1;
export const MESSAGES = 2;
export const KEY = 4;
export const OF_MESSAGE = 8;
export const COUNTS = 16;
export const bits: ReadonlyMap<string, number> = new Map([
  ["id", ID],
  ["messages", MESSAGES],
  ["key", KEY],
  ["content", OF_MESSAGE],
  ["type", OF_MESSAGE],
  ["queries", COUNTS],
  ["tokens", COUNTS],
  ["balance", COUNTS],
]);

/** Whether an object with these members looks like a record. */
export function looksLikeRow(flags: number): boolean {
  return (flags & (ID | MESSAGES)) === (ID | MESSAGES) || (flags & KEY) !== 0;
}
