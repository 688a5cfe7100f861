import type { Oddity } from "../types/entry.js";
import type { Kind } from "../types/kind.js";
import type { Row } from "../types/row.js";
import {
  apiKey,
  type Conversation,
  conversation,
  explain,
  kindByFields,
  odditiesOfConversation,
  odditiesOfKey,
} from "./schema.js";

/** A record that is valid, or why it is not. It has the id that its place gives it, if it holds none. */
export type CheckedRecord =
  | {
      readonly kind: Kind;
      readonly record: unknown;
      readonly id: Conversation["id"];
      readonly oddities: readonly Oddity[];
    }
  | { readonly kind: Kind | null; readonly record: unknown; readonly reason: string };

/** Checks a record as what its set says, or, where it is none of that and is a whole one of the other kind, as that. */
export function checkRecord(value: unknown, { kind, id }: Pick<Row, "kind" | "id">): CheckedRecord {
  const byFields = kindByFields(value);
  const first = kind ?? byFields;
  if (first === null)
    return {
      kind: first,
      record: value,
      reason: "is neither a conversation (id, messages) nor an API key (key)",
    };
  const expected = checkAs(first, value, id);
  if (byFields === null || byFields === first || !("reason" in expected)) return expected;
  const other = checkAs(byFields, value, id);
  return "reason" in other ? expected : other;
}

function checkAs(kind: Kind, value: unknown, id: string | null): CheckedRecord {
  const record = withId(value, kind === "conversation" ? "id" : "key", id);
  if (kind === "conversation") {
    const { data, error } = conversation.safeParse(record);
    if (error !== undefined) return { kind, record, reason: explain(error) };
    return { kind, record, id: data.id, oddities: odditiesOfConversation(data) };
  }
  const { data, error } = apiKey.safeParse(record);
  if (error !== undefined) return { kind, record, reason: explain(error) };
  return { kind, record, id: data.key, oddities: odditiesOfKey(data) };
}

/** A record that stands under its id, and does not hold it, gets it as its first member, as in the library's files. */
function withId(record: unknown, field: "id" | "key", id: string | null): unknown {
  if (id === null || typeof record !== "object" || record === null || Array.isArray(record)) return record;
  return Object.hasOwn(record, field) ? record : { [field]: id, ...record };
}
