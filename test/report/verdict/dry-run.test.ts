import { describe, expect, it } from "vitest";
import { verdictOf } from "../../../src/report/verdict.js";
import type { RunResult } from "../../../src/types/run-result.js";
import { dry, finished, incomplete } from "../../support/finished-run.js";

describe("a dry run says what would happen, and never that it is done", () => {
  it.each<readonly [string, RunResult]>([
    ["Nothing stands in the way: 3 would be created", finished({ read: 3, created: 3 }, dry)],
    [
      "Nothing stands in the way: 2 would be created, 1 would be updated, 1 is there already, 1 would be kept in Redis' version, since it goes on from the files'",
      finished({ read: 5, created: 2, updated: 1, unchanged: 1, kept: 1 }, { ...dry, exitCode: 2 }),
    ],
    [
      "There is nothing to do: all of it is in Redis already, but for 1 duplicate of rows that count",
      finished({ read: 3, unchanged: 2, duplicate: 1 }, dry),
    ],
    [
      "There is nothing to do: all API keys are in Redis already; conversations were left out (--only keys)",
      finished({ read: 3, unchanged: 3 }, { ...dry, only: "key" }),
    ],
    [
      "There is nothing to do: 1 would be kept in Redis' version, since --on-conflict keep",
      finished({ read: 1, kept: 1 }, { ...dry, onConflict: "keep" }),
    ],
    [
      "Not all would be in Redis: 2 conflicts; 1 would be created",
      finished({ read: 3, created: 1, conflict: 2 }, { ...dry, ...incomplete }),
    ],
    ["Nothing would be migrated: no record was found", finished({}, dry)],
  ])("%s", (sentence, what) => {
    expect(verdictOf(what)).toMatchObject({
      sentence: `${sentence}, checked in 0.1 s.`,
      showSettingsForTheApp: false,
      showUndoCommand: false,
    });
  });
});
