import { isUtf8 } from "node:buffer";
import type { Comparison, FieldDifference, Held } from "../types/comparison.js";
import type { Entry } from "../types/entry.js";
import { formatDuration } from "./expiry.js";
import { fieldDifferences } from "./field-differences.js";
import { lackingHeap } from "./heap-needed.js";
import { sameValue } from "./json-object.js";
import { laterOf } from "./which-is-newer.js";

/**
 * The one comparator: how what Redis holds differs from what the file says should be there. Dry-run,
 * migration and verification all ask here, so that they cannot disagree.
 *
 * Two values are the same when they are the same JSON value, whatever their white space and order of members.
 */
export function compare(entry: Pick<Entry, "kind" | "value" | "ttl" | "expiresAt">, held: Held): Comparison {
  if (held.state === "absent") return missing;
  const simple = (relation: Comparison["relation"], fields: readonly FieldDifference[] = []): Comparison => ({
    relation,
    later: null,
    fields,
  });
  if (held.state === "other")
    return simple("wrongType", [{ field: "type", redis: held.type, file: "string" }]);
  const expiry = expiryDifference(entry, held.ttl);
  const same = () => simple(expiry.length > 0 ? "expiry" : "same", expiry);
  if (held.value.equals(entry.value)) return same();
  if (lackingHeap([held.value, entry.value]) !== null) return simple("incomparable", [{ field: "value" }]);
  const [redis, file] = [parse(held.value), parse(entry.value)];
  if (redis === notJson) return simple("incomparable", [{ field: "value", redis: "not JSON", file: "JSON" }]);
  if (sameValue(redis, file)) return same();
  const fields = [...fieldDifferences(entry.kind, redis, file), ...expiry];
  return { relation: "different", later: laterOf(entry.kind, redis, file), fields };
}

const missing: Comparison = { relation: "missing", later: null, fields: [] };

const notJson = Symbol("not JSON");

function parse(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) return notJson;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return notJson;
  }
}

/** By how much the clocks of masters, and of this machine where Redis does not say its time, may differ. In seconds. */
const clocksDiffer = 60;

/** A conversation may have lived part of its time already; an API key must have none. */
function expiryDifference(entry: Pick<Entry, "ttl" | "expiresAt">, ttl: number | null): FieldDifference[] {
  // What leaves Redis at a certain time has less left by each clock that is ahead, and more by each that is behind.
  const most = (entry.ttl ?? 0) + (entry.expiresAt === null ? 0 : clocksDiffer);
  const right = entry.ttl === null ? ttl === null : ttl !== null && ttl <= most;
  if (right) return [];
  return [
    {
      field: "expiry",
      redis: formatDuration(ttl === null ? null : Math.round(ttl)),
      file: formatDuration(entry.ttl),
    },
  ];
}
