import { describe, expect, it } from "vitest";
import { verdictOf } from "../../../src/report/verdict.js";
import type { RunResult } from "../../../src/types/run-result.js";
import { finished, incomplete, verify } from "../../support/finished-run.js";

describe("a verification", () => {
  it.each<readonly [string, RunResult]>([
    ["Redis holds all that the files hold", finished({ read: 2, matched: 2, extra: 4 }, verify)],
    [
      "Redis holds all API keys that the files hold; conversations were left out (--only keys)",
      finished({ read: 1, matched: 1 }, { ...verify, only: "key" }),
    ],
    [
      "1 of 2 records is in Redis as in the files, 1 kept in Redis' version, since it goes on from the files'",
      finished({ read: 2, matched: 1, kept: 1 }, verify),
    ],
    [
      "Redis differs from the files: 1 missing, 2 different, 1 with a wrong expiry and 1 of another type; beside that 1 invalid record",
      finished(
        { read: 6, missing: 1, different: 2, expiry: 1, wrongType: 1, invalid: 1 },
        { ...verify, exitCode: 2 },
      ),
    ],
    [
      "Redis does not hold all that the files hold: 1 invalid record; 2 match",
      finished({ read: 3, matched: 2, invalid: 1 }, { ...verify, ...incomplete }),
    ],
    [
      "Redis may not hold all that the files hold: 1 duplicate that may hold what the row that counts lacks; 1 matches",
      finished({ read: 2, matched: 1, duplicate: 1, leftOut: 1 }, { ...verify, ...incomplete }),
    ],
    [
      "Redis and the archive old.json hold all that the files hold",
      finished({ read: 2, matched: 2 }, { ...verify, archive: "old.json" }),
    ],
    [
      "Redis and the archive old.json differ from the files: 1 missing",
      finished({ read: 2, matched: 1, missing: 1 }, { ...verify, exitCode: 2, archive: "old.json" }),
    ],
    [
      "Redis and the archive old.json do not hold all that the files hold: 1 invalid record; 2 match",
      finished({ read: 3, matched: 2, invalid: 1 }, { ...verify, ...incomplete, archive: "old.json" }),
    ],
    ["Nothing was verified: no record was found", finished({ extra: 1 }, verify)],
  ])("says: %s", (sentence, what) => {
    expect(verdictOf(what).sentence).toBe(`${sentence}, checked in 0.1 s.`);
  });
});
