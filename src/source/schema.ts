import { z } from "zod";
import type { Oddity } from "../types/entry.js";
import type { Kind } from "../types/kind.js";

/**
 * What makes a record one: the least that the library needs to find and use it. Objects are loose, and zod's
 * output is never stored: it would reorder members and drop `__proto__`.
 */
const message = z.looseObject({});

/** The library finds a conversation again by any id but these. */
const conversationId = z.custom<string | number | boolean | null>(
  (id) => id !== undefined && (typeof id !== "object" || id === null),
  { error: "expected a string, number, boolean or null" },
);

export const conversation = z.looseObject({
  id: conversationId,
  messages: z.array(message),
});

export const apiKey = z.looseObject({
  key: z.string(),
});

export type Conversation = z.infer<typeof conversation>;
export type ApiKey = z.infer<typeof apiKey>;

/** The kind that a record's fields make it, in layouts that do not say; null for neither. */
export function kindByFields(record: unknown): Kind | null {
  if (typeof record !== "object" || record === null) return null;
  if ("messages" in record || ("id" in record && "userName" in record)) return "conversation";
  return "key" in record ? "key" : null;
}

const messageTypes: readonly unknown[] = [0, 1, 2];

/** What is unusual about a valid conversation, each thing once. */
export function odditiesOfConversation(record: Conversation): Oddity[] {
  const oddities = new Set<Oddity>();
  const { id } = record;
  if (typeof id === "string") for (const oddity of odditiesOfText(id)) oddities.add(oddity);
  else if (id === null) oddities.add("null-as-id");
  else oddities.add(typeof id === "number" ? "number-as-id" : "boolean-as-id");
  if (typeof record.userName !== "string") oddities.add("no-user-name");
  for (const { content, date, type } of record.messages) {
    if (content === undefined || content === null) oddities.add("message-without-content");
    if (typeof date !== "number") oddities.add("message-without-date");
    if (!messageTypes.includes(type)) oddities.add("message-of-unknown-type");
  }
  return [...oddities];
}

/** What is unusual about a valid API key. */
export function odditiesOfKey(record: ApiKey): Oddity[] {
  return [...odditiesOfText(record.key), ...(record.balance === null ? (["balance-null"] as const) : [])];
}

/** What is unusual about an id that is text. */
function odditiesOfText(id: string): Oddity[] {
  if (id === "") return ["empty-id"];
  return /\p{Surrogate}/u.test(id) ? ["surrogate-in-id"] : [];
}

/** A zod error in one line, with the path of each issue: `messages[3]: expected object, received null`. */
export function explain(error: z.ZodError): string {
  const [first, ...rest] = error.issues;
  if (first === undefined) return "invalid";
  const where = z.core.toDotPath(first.path);
  const what = first.message.replace(/^Invalid input: /, "");
  const more = rest.length > 0 ? ` (and ${rest.length} more)` : "";
  return `${where === "" ? "" : `${where}: `}${what}${more}`;
}
