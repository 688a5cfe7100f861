import type { Policy } from "../types/mode-and-policy.js";
import type { MigrateOutcome, Outcome, Settled } from "../types/outcome.js";
import type { KnownRecord } from "./record-event.js";
import type { RecordedOutcomes } from "./recorded-outcomes.js";
import type { Summary } from "./summary.js";

/** The outcomes of records that this run has written. */
const written: ReadonlySet<Outcome> = new Set<MigrateOutcome>(["created", "updated"]);

/**
 * Corrects outcomes while all records are compared once more, after Redis may have lost some: a record that was written,
 * and is there or was written again, counts once, as what it was.
 * @param onPutBack called for each record that had been lost
 * @returns to be called with each record that counts, in the order of the first time; it gives what the record counts as
 *   from now on, and null where that is as before
 */
export function correctOutcomes(
  recorded: RecordedOutcomes,
  policy: Policy,
  summary: Pick<Summary, "recount">,
  onPutBack: () => void,
): (record: KnownRecord, settled: Settled) => Settled | null {
  let place = 0;
  return (record, settled) => {
    const before = recorded.at(place);
    if (before === undefined) return null;
    const after = recorded.isFinal(place) ? null : afterDataLoss(before, settled, policy);
    if (written.has(settled.outcome)) onPutBack();
    if (after !== null) {
      // What was written, and failed all the same, lacks what Redis held: that does not come back.
      recorded.correct(place, after.outcome, after.outcome === "failed" && written.has(settled.outcome));
      summary.recount(record, before, after);
    }
    place += 1;
    return after;
  };
}

/** What a record counts as after it was compared once more; null for what it counted as before. */
function afterDataLoss(before: Outcome, now: Settled, policy: Policy): Settled | null {
  if (now.outcome === before) return null;
  if (written.has(before)) {
    if (now.outcome === "failed" || now.outcome === "conflict") return now;
    // Under this policy, what is kept need not contain the file's version.
    if (now.outcome === "kept" && policy === "keep") return now;
    if (before === "updated" && policy === "merge" && now.outcome === "created") {
      const reason = "Redis lost the merged version while this ran; the version of the file was written";
      return { outcome: "failed", fields: [], reason };
    }
    return null;
  }
  const hadItsOwn = before === "kept" || before === "conflict";
  if (!hadItsOwn || !written.has(now.outcome)) return now;
  const reason = "Redis lost its own version while this ran; the version of the file was written";
  return { ...now, reason };
}
