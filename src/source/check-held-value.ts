import type { Oddity } from "../types/entry.js";
import type { Kind } from "../types/kind.js";
import { decodeRow } from "./decode-row.js";
import { windowBytes } from "./file-window.js";
import { FastRowReader } from "./json/fast-row.js";
import { ID_FROM, ID_TO, LAST_ACTIVE, MESSAGES, stride } from "./record-columns.js";

/** A record that stands in Redis under its own key. */
interface HeldRecord {
  /** `JSON.stringify` of what the library sees. Its memory is used again for the next one. */
  readonly value: Buffer;
  /** See `Entry`. */
  readonly messageCount: number | null;
  readonly lastActive: number | null;
  readonly oddities: readonly Oddity[];
}

/**
 * Says whether the string under a key is the record that the library reads there, and would find in its file under the
 * same id; otherwise why not, with no text of it.
 * @param id as the key has it
 */
export type HeldValueCheck = (
  kind: Kind,
  id: string,
  value: Buffer,
) => HeldRecord | { readonly reason: string };

const nowhere = { source: "", index: null, offset: 0, line: 1 };

const otherId = "has another id than its Redis key: in a file, the library would not find it by that";

export function heldValueCheck(): HeldValueCheck {
  const reader = new FastRowReader({ output: windowBytes, copies: 0, input: 0 });
  const row = new Float64Array(stride);
  return (kind, id, value) => {
    if (!reader.readWhole(value, kind)) return decode(kind, id, value);
    reader.keep(row, 0);
    const taken = reader.take();
    if (taken.toString("utf8", row[ID_FROM], row[ID_TO]) !== id) return { reason: otherId };
    const [messages = -1, lastActive = Number.NaN] = [row[MESSAGES], row[LAST_ACTIVE]];
    return {
      value: taken,
      messageCount: messages < 0 ? null : messages,
      lastActive: Number.isNaN(lastActive) ? null : lastActive,
      oddities: [],
    };
  };
}

function decode(kind: Kind, id: string, bytes: Buffer): ReturnType<HeldValueCheck> {
  // Without the id of its key: the library does not give it to a record that has none.
  const decoded = decodeRow({ kind, id: null, place: nowhere, bytes });
  if ("reason" in decoded) return { reason: decoded.reason };
  const { oddities } = decoded;
  if (oddities.includes("json-in-string"))
    return { reason: "is a text that holds JSON, which the library does not unpack" };
  if (decoded.kind !== kind) return { reason: "is a record of the other kind" };
  return decoded.id === id ? decoded : { reason: otherId };
}
