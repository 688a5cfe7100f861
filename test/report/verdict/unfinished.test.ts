import { describe, expect, it } from "vitest";
import { verdictOf } from "../../../src/report/verdict.js";
import type { RunResult } from "../../../src/types/run-result.js";
import { dry, error, finished, incomplete, undo, verify } from "../../support/finished-run.js";

describe("a run that did not come to its end says how far it read", () => {
  const reading = { checking: false, bytes: 500, totalBytes: 2_000, checked: 0 };
  it.each<readonly [string, RunResult]>([
    [
      "Interrupted by SIGINT after 0.1 s, with 500 B of 2.0 kB read, 3 records settled: run it again to do the rest.",
      finished({ read: 3, created: 3 }, { interrupted: "SIGINT", exitCode: 130, reading }),
    ],
    [
      "Interrupted by SIGTERM after 0.1 s, with 500 B of 2.0 kB read, 3 records settled: run it again for the whole.",
      finished({ read: 3, matched: 3 }, { ...verify, interrupted: "SIGTERM", exitCode: 143, reading }),
    ],
    [
      "Interrupted by SIGINT after 0.1 s, while checking all first (500 B of 2.0 kB), before the first write, 0 records settled: run it again to do the rest.",
      finished({}, { interrupted: "SIGINT", exitCode: 130, reading: { ...reading, checking: true } }),
    ],
    [
      "Stopped by an error after 0.1 s, while checking all first (9 records, 500 B of 2.0 kB), before the first write.",
      finished({}, { error, exitCode: 1, reading: { ...reading, checking: true, checked: 9 } }),
    ],
    [
      "Interrupted by SIGINT after 0.1 s, 2 records settled: run it again to do the rest.",
      finished({ read: 2, deleted: 2 }, { ...undo, interrupted: "SIGINT", exitCode: 130 }),
    ],
    [
      "Stopped by an error after 0.1 s, with all 2.0 kB read; the counts are what was compared until then.",
      finished({ read: 3, created: 3 }, { ...dry, error, exitCode: 1 }),
    ],
    [
      "Nothing was written: --strict, and not all records are valid: 2 invalid records among 9 records in 1.0 kB, checked in 0.1 s.",
      finished(
        { read: 2, invalid: 2 },
        {
          ...incomplete,
          warnings: [{ code: "strict", message: "x" }],
          reading: { ...reading, bytes: 1_000, checked: 9 },
        },
      ),
    ],
  ])("%s", (sentence, what) => {
    expect(verdictOf(what)).toMatchObject({ sentence, showSettingsForTheApp: false });
  });
});
