import { z } from "zod";

const count = (description: string) => z.int().min(0).describe(description);
const written = "Migration and dry run: ";
const read = "Verification: ";

/** The counts of one kind. `extra` and `leftOut` stand beside the sum. */
export const counts = z
  .strictObject({
    read: count(
      "Rows read from the files; for an undo, steps of its journal; for an export, keys. The sum of those below, but for the last two.",
    ),
    invalid: count("Rows, or values of an export, that are no valid record, and were rejected."),
    duplicate: count("Rows in whose place another row with the same id counts, or that were merged with it."),
    created: count(`${written}was not in Redis.`).exactOptional(),
    updated: count(`${written}was in Redis with something else, and was replaced.`).exactOptional(),
    unchanged: count(
      `${written}was in Redis already, the same, or in the archive. Undo: was as it was before the run.`,
    ).exactOptional(),
    kept: count(
      "Redis holds a version that goes on from the file's, or that the policy leaves alone.",
    ).exactOptional(),
    conflict: count(
      `${written}both differ and neither goes on from the other, or two ids make one Redis key: left alone. Output: the latter.`,
    ).exactOptional(),
    failed: count(
      "Redis refused it, or closed the connection each time that it was sent or read. Export: also, it is gone since Redis restarted.",
    ).exactOptional(),
    archived: count(`${written}past its time, and went to the archive in place of Redis.`).exactOptional(),
    matched: count(`${read}is in Redis, the same, or in the archive.`).exactOptional(),
    missing: count(`${read}is not in Redis or, past its time, not in the archive.`).exactOptional(),
    different: count(`${read}Redis, or the archive, holds another value.`).exactOptional(),
    expiry: count(`${read}the value is right, and its expiry is wrong or missing.`).exactOptional(),
    wrongType: count(
      "Verification and export: what Redis holds under the key is not a string.",
    ).exactOptional(),
    deleted: count("Undo: the run had created it, and it was deleted.").exactOptional(),
    restored: count("Undo: the run had replaced it, and what was there before is back.").exactOptional(),
    changed: count("Undo: it is not what the run wrote any more, and was left alone.").exactOptional(),
    written: count(
      "Output: a command that creates it was written; it is in no file where `output` is null. This run sends nothing to Redis.",
    ).exactOptional(),
    exported: count("Export: is in the file.").exactOptional(),
    extra: count(
      `${read}keys under the prefix that no file holds; absent where that is not known. Beside the sum.`,
    ).exactOptional(),
    leftOut: count(
      "Rows that may hold something that the row that counts in their place lacks. Beside the sum.",
    ).exactOptional(),
  })
  .meta({
    id: "Counts",
    description: "The counts of one kind of record. Each that the mode has is there, zero or not.",
  });

export type Counts = z.infer<typeof counts>;
