import { compare } from "../record/compare.js";
import { fingerprintOf } from "../record/digest.js";
import { lackingHeap } from "../record/heap-needed.js";
import { continues, laterOf } from "../record/which-is-newer.js";
import { asUnreadable } from "../redis/end-verify-when-unreadable.js";
import { Failed, orFailed } from "../redis/failed-one-of-many.js";
import { isOfOneValue } from "../redis/refused-by-redis.js";
import type { Store } from "../redis/store.js";
import { maskKeysIn } from "../secret.js";
import type { Entry } from "../types/entry.js";
import type { OnDuplicate } from "../types/mode-and-policy.js";
import type { SkippedDuplicate } from "../types/outcome.js";
import type { Source } from "../types/source-file.js";
import type { Winner } from "./choose-among-duplicates.js";
import type { ReadingContext } from "./pipeline-context.js";
import { placeName } from "./row-location.js";

/**
 * Compares a row with the one that counts in its place, in every mode alike. Redis is asked only by a verification, of a
 * row whose id is another one: whether its key is there.
 * @throws MigrateError `redis-unreadable`
 */
export async function compareWithWinner(
  entry: Entry,
  winner: Winner,
  { sources, reader, options, store }: Pick<ReadingContext, "sources" | "reader" | "options" | "store">,
): Promise<SkippedDuplicate> {
  const { kind, place, ttl } = entry;
  const source = sources[winner.source] as Source;
  const here = placeName(kind, place);
  const there = placeName(kind, { source: source.path, index: winner.row, offset: winner.offset });
  const same = { outcome: "duplicate", winner: there, reason: null, leftOut: false, fields: [] } as const;
  if (!winner.sameId) {
    const outcome =
      options.mode === "verify" && store !== null ? await differenceFromRedis(entry, store) : "conflict";
    const reason = `${there} has another id that makes the same Redis key, and counts; ${here}${idText(entry)} needs an id of its own`;
    return { ...same, outcome, reason };
  }
  if (winner.value !== 0 && winner.value === fingerprintOf(entry.value)) return same;
  const counts = `${there} counts instead of ${here}`;
  const reread =
    winner.readKept === null ? await reader.valueAt(source, winner.offset, entry) : await winner.readKept();
  if ("reason" in reread) {
    const reason = `${counts}, and could not be compared: ${reread.reason}${hintFor(options.onDuplicate, true)}`;
    return { ...same, reason, leftOut: true };
  }
  const { value } = reread;
  const { relation, fields } = compare(entry, { state: "string", value, ttl });
  if (relation === "same") return same;
  const lacking = relation === "incomparable" ? lackingHeap([value, entry.value]) : null;
  if (lacking !== null) {
    const reason = `${counts}, and could not be compared: to do so ${lacking}`;
    return { ...same, reason, leftOut: true, fields };
  }
  const [counting, other]: unknown[] = [value, entry.value].map((bytes) => JSON.parse(bytes.toString()));
  // Each may continue the other: then the later one may have messages that were taken off the other, or never there.
  const hasMore = fields.some(({ onlyInFile = 0 }) => onlyInFile > 0);
  const isLater = hasMore && laterOf(kind, counting, other) === "file";
  if (!isLater && continues(kind, counting, other))
    return { ...same, reason: `${counts}, and goes on from it`, fields };
  const otherIsNewer = isLater || continues(kind, other, counting);
  const reason = `${counts}, and does not go on from it${hintFor(options.onDuplicate, otherIsNewer)}`;
  return { ...same, reason, leftOut: true, fields };
}

/** How Redis differs from a row that has no key of its own: it never holds that one beside the row that counts. */
async function differenceFromRedis({ redisKey }: Entry, store: Store): Promise<SkippedDuplicate["outcome"]> {
  const held = await orFailed(() => store.read(redisKey));
  if (held instanceof Failed) {
    if (isOfOneValue(held.error)) return "failed";
    throw asUnreadable(held.error);
  }
  if (held.state === "absent") return "missing";
  return held.state === "other" ? "wrongType" : "different";
}

/** What helps where the row that counts does not go on from another, or is not known to. */
function hintFor(rule: OnDuplicate, otherMayBeNewer: boolean): string {
  if (rule === "merge") return "";
  if (otherMayBeNewer && rule === "first")
    return "; --on-duplicate newest takes the one that was in use last";
  return "; --on-duplicate merge puts both together";
}

/** The longest spelling of an id that is shown. */
const longestSpelling = 60;

/** How the id is spelled, so that two that look alike can be distinguished. API keys are secret. */
function idText({ kind, name, spelling = JSON.stringify(name) }: Entry): string {
  return kind === "key" || spelling.length > longestSpelling ? "" : ` (id ${maskKeysIn(spelling)})`;
}
