import type { Options } from "../options.js";
import { compare } from "../record/compare.js";
import { goesOnFrom, laterOf } from "../record/continuation.js";
import { fingerprintOf } from "../record/digest.js";
import { lackingHeap } from "../record/heap-needed.js";
import type { SingleRowReader } from "../source/read-row-again.js";
import type { Entry, Passed, Source } from "../types.js";
import type { Winner } from "./duplicate-ids.js";
import { placeName } from "./summary.js";

interface Means {
  readonly sources: readonly Source[];
  readonly reader: SingleRowReader;
  readonly options: Pick<Options, "mode" | "onDuplicate">;
}

/** Compares a row with the one that counts in its place: in every mode, and before Redis is asked. */
export async function compareWithWinner(entry: Entry, winner: Winner, means: Means): Promise<Passed> {
  const { sources, reader, options } = means;
  const { kind, place, ttl } = entry;
  const source = sources[winner.source] as Source;
  const here = placeName(kind, place);
  const there = placeName(kind, { source: source.path, index: winner.row, offset: winner.offset });
  const passed = (reason: string | null, leftOut: boolean, fields: Passed["fields"] = []): Passed => ({
    outcome: "duplicate",
    winner: there,
    reason,
    leftOut,
    fields,
  });
  if (!winner.sameId) {
    const outcome = options.mode === "verify" ? "different" : "conflict";
    const reason = `${there} has another id that makes the same Redis key, and counts; ${here}${idText(entry)} needs an id of its own`;
    return { ...passed(reason, false), outcome };
  }
  if (winner.value !== 0 && winner.value === fingerprintOf(entry.value)) return passed(null, false);
  const counts = `${there} counts instead of ${here}`;
  const reread = await reader.valueAt(source, winner.offset, entry);
  if ("reason" in reread) return passed(`${counts}, and could not be compared: ${reread.reason}`, true);
  const { value } = reread;
  const { relation, fields } = compare(entry, { state: "string", value, ttl });
  if (relation === "same") return passed(null, false);
  const lacking = relation === "incomparable" ? lackingHeap([value, entry.value]) : null;
  if (lacking !== null)
    return passed(`${counts}, and could not be compared: to do so ${lacking}`, true, fields);
  const [counting, other]: unknown[] = [value, entry.value].map((bytes) => JSON.parse(bytes.toString()));
  // Each may go on from the other: then the later one may have messages that were taken off the other, or never there.
  const hasMore = fields.some(({ onlyInFile = 0 }) => onlyInFile > 0);
  const isLater = hasMore && laterOf(kind, counting, other) === "file";
  if (!isLater && goesOnFrom(kind, counting, other))
    return passed(`${counts}, and goes on from it`, false, fields);
  const newest = options.onDuplicate === "first" && (isLater || goesOnFrom(kind, other, counting));
  const hint = newest ? "; --on-duplicate newest takes the one that was in use last" : "";
  return passed(`${counts}, and does not go on from it${hint}`, true, fields);
}

/** The longest spelling of an id that is shown. */
const longestSpelling = 60;

/** How the id is spelled, so that two that look alike can be told apart. API keys are secret. */
function idText({ kind, name, spelling = JSON.stringify(name) }: Entry): string {
  return kind === "key" || spelling.length > longestSpelling ? "" : ` (id ${spelling})`;
}
