import { describe, expect, it } from "vitest";
import { verdictOf } from "../../../src/report/verdict.js";
import type { RunResult } from "../../../src/types/run-result.js";
import { finished, incomplete, undo } from "../../support/finished-run.js";

describe("an undo", () => {
  it.each<readonly [string, RunResult]>([
    [
      "The run is taken back: 2 deleted, 1 restored, done",
      finished({ read: 3, deleted: 2, restored: 1 }, undo),
    ],
    [
      "The run is taken back: 2 deleted, 1 as before that run already, done",
      finished({ read: 3, deleted: 2, unchanged: 1 }, undo),
    ],
    [
      "There was nothing left to undo: 3 as before that run already, done",
      finished({ read: 3, unchanged: 3 }, undo),
    ],
    ["There is nothing to undo: the journal names no change, done", finished({}, undo)],
    [
      "Not all of the run is taken back: 1 record that Redis refused and 2 values that were changed since, left alone; 1 deleted, done",
      finished({ read: 4, deleted: 1, changed: 2, failed: 1 }, { ...undo, ...incomplete }),
    ],
    [
      "Nothing stands in the way: 2 would be deleted, 1 would be restored, checked",
      finished({ read: 3, deleted: 2, restored: 1 }, { ...undo, dryRun: true }),
    ],
    [
      "Not all of the run would be taken back: 1 value that was changed since, left alone, checked",
      finished({ read: 1, changed: 1 }, { ...undo, dryRun: true, ...incomplete }),
    ],
  ])("says: %s", (sentence, what) => {
    expect(verdictOf(what)).toMatchObject({ sentence: `${sentence} in 0.1 s.`, showUndoCommand: false });
  });
});
