import type { Difference } from "../../types/outcome.js";
import type { RunResult } from "../../types/run-result.js";
import { total } from "./sum-of-counts.js";

const onVersions =
  "On conflicts: --on-conflict merge puts the messages of both sides together, keep leaves to Redis what it has.";
const onOtherData =
  "Where Redis holds something that is no such record (another type, or no JSON): look at the key with redis-cli, delete it there (DEL) if nothing needs it, and run this again.";
const onOtherDataOfApiKeys = " While one stands under an API key, the library finds no API key at all.";
const onSameKey =
  "Where two ids make one key: give one of them another id, in a copy of the file, and migrate that.";

/** What may be done about the conflicts, by what they are: as far as the list of differences shows them. */
export function conflictHints(result: RunResult): string[] {
  const conflicts = result.differences.filter(({ difference }) => difference === "conflict");
  const otherData = conflicts.filter(isOtherData);
  const hints: string[] = [];
  if (isForOtherPolicy(result)) hints.push(onVersions);
  if (otherData.length > 0) {
    const ofApiKeys = otherData.some(({ kind }) => kind === "key");
    hints.push(ofApiKeys ? onOtherData + onOtherDataOfApiKeys : onOtherData);
  }
  if (conflicts.some(({ fields }) => fields.length === 0)) hints.push(onSameKey);
  return hints;
}

/** Whether what Redis holds is another type, or no JSON: no policy but `overwrite` touches it. */
function isOtherData({ fields: [first] }: Difference): boolean {
  return first !== undefined && ["type", "value"].includes(first.field) && first.file !== undefined;
}

/** Whether both sides are versions of one record. Of one that is too large to compare, the value alone is named. */
function isOtherVersion(conflict: Difference): boolean {
  const [first] = conflict.fields;
  return first !== undefined && first.field !== "value" && !isOtherData(conflict);
}

/** Whether some conflicts are of two versions, as far as the list of differences shows them: another policy settles those. */
export function isForOtherPolicy(result: RunResult): boolean {
  const conflicts = result.differences.filter(({ difference }) => difference === "conflict");
  const unlisted = total(result, "conflict") > conflicts.length;
  return result.onConflict === "newer" && (unlisted || conflicts.some(isOtherVersion));
}
