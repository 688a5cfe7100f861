import { isFields } from "../record/json-object.js";
import { recencyOf } from "../record/recency.js";
import type { Entry } from "../types/entry.js";
import type { Kind } from "../types/kind.js";
import type { Rejection, Row } from "../types/row.js";
import { checkRecord } from "./check-record.js";
import { exactNumber, namesIn, numberNamed, roundsNumbers } from "./exact-numbers.js";
import { showsSign } from "./is-of-this-library.js";
import { longestRow } from "./json/scanner.js";
import { parseRow } from "./parse-row.js";
import type { Conversation } from "./schema.js";

/** A record with its id as its Redis key shows it. */
export interface DecodedRecord
  extends Pick<Entry, "kind" | "value" | "place" | "oddities" | "spelling" | "messageCount" | "lastActive"> {
  readonly id: string;
}

/** Only a `Rejection` has a `reason`. */
export type Decoded = DecodedRecord | Rejection;

/** Why a record is not taken for one of this library's, outside of its own storage's layout. */
const foreign: Record<Kind, string> = {
  conversation:
    "shows no sign of chatgpt-official (userName, lastActive, or messages whose type is a number): another program's",
  key: "shows no sign of chatgpt-official (queries, tokens and balance, or a name like sk-…): another program's",
};

/**
 * Parses and checks one row. The value is the original record, serialised anew: byte for byte what
 * the library itself would write, with every field, known or not, in its order.
 */
export function decodeRow(row: Row): Decoded {
  const { place } = row;
  const parsed = parseRow(row.bytes);
  if ("reason" in parsed) return { kind: row.kind, place, reason: parsed.reason };
  const checked = checkRecord(parsed.record, row);
  if ("reason" in checked) return { kind: checked.kind, place, reason: checked.reason };
  const { kind, record } = checked;
  if (row.mustShowSign && !showsSign(kind, record)) return { kind, place, reason: foreign[kind] };
  const value = serialise(record);
  if (value === null)
    return { kind, place, reason: "is nested too deeply, or too long, to be written as JSON again" };
  const oddities = [...checked.oddities];
  if (parsed.unpacked) oddities.push("json-in-string");
  if (roundsNumbers(parsed.text)) oddities.push("number-rounded");
  // A record that got its id from its place has one name more.
  if (namesIn(parsed.text) + (record === parsed.record ? 0 : 1) > namesIn(value)) oddities.push("name-twice");
  // In Redis, whence such a file comes, the library would find it under the name.
  if (row.id !== null && row.id !== String(checked.id)) oddities.push("other-name");
  if (row.kind !== null && row.kind !== kind) oddities.push("in-other-set");
  // Redis' keys are UTF-8, in which a lone surrogate is written as U+FFFD: by node-redis, and so by the library.
  const id = String(checked.id).replace(/\p{Surrogate}/gu, "\ufffd");
  const spelling = spellingOf(checked.id, parsed.text) ?? undefined;
  const common = { kind, id, value: Buffer.from(value), place, oddities, spelling };
  if (kind === "key") return { ...common, messageCount: null, lastActive: null };
  const [lastActive = null] = recencyOf(kind, record) ?? [];
  return { ...common, messageCount: messagesIn(record), lastActive };
}

function messagesIn(record: unknown): number | null {
  return isFields(record) && Array.isArray(record.messages) ? record.messages.length : null;
}

/** What distinguishes an id from others that make the same Redis key: see `Entry.spelling`. Null for text that it holds. */
function spellingOf(id: Conversation["id"], text: string): string | null {
  if (typeof id === "number") return exactNumber(numberNamed(text, "id") ?? String(id));
  if (typeof id !== "string") return String(id);
  return /\p{Surrogate}/u.test(id) ? JSON.stringify(id) : null;
}

/** The record as JSON; null where it is deeper than the stack or longer than Node's or Redis' limit. */
function serialise(record: unknown): string | null {
  try {
    const value = JSON.stringify(record);
    // A UTF-16 unit takes three bytes at most, so only long values need counting.
    return value.length * 3 > longestRow && Buffer.byteLength(value) > longestRow ? null : value;
  } catch {
    return null;
  }
}
