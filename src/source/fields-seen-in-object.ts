import { OPENS_ARRAY, OPENS_STRING } from "./first-byte.js";

/**
 * Which fields of a record an object has, of those seen so far: it may be too large to be parsed. `usage` is one of an API
 * key's counters, `sign` what shows that this library wrote a conversation: see `showsSign`.
 */
export type FieldsSeen = Readonly<Record<"messages" | "id" | "userName" | "key" | "usage" | "sign", boolean>>;

export const noFields: FieldsSeen = {
  messages: false,
  id: false,
  userName: false,
  key: false,
  usage: false,
  sign: false,
};

/** The fields with one more, of this name, whose value begins with the byte `opens`. */
export function withField(seen: FieldsSeen, name: string, opens: number): FieldsSeen {
  if (name === "messages") return { ...seen, messages: seen.messages || opens === OPENS_ARRAY };
  if (name === "id") return { ...seen, id: true };
  if (name === "userName") return { ...seen, userName: true, sign: true };
  if (name === "lastActive") return { ...seen, sign: true };
  if (name === "key") return { ...seen, key: seen.key || opens === OPENS_STRING };
  if (["queries", "tokens", "balance"].includes(name)) return { ...seen, usage: true };
  return seen;
}

/** Whether an object with these fields is a record, of this library or another program. */
export function looksLikeRecord({ messages, id, userName, key, usage }: FieldsSeen): boolean {
  return messages || (id && userName) || (key && usage);
}
