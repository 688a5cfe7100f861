import { describe, expect, it } from "vitest";
import { nextSteps } from "../../../src/report/next-steps.js";
import { verdictOf } from "../../../src/report/verdict.js";
import type { RunResult } from "../../../src/types/run-result.js";
import { error, finished, incomplete } from "../../support/finished-run.js";
import { address } from "../../support/report-run.js";

const exported = { mode: "export", export: { path: "o.json", kind: "file" } } as const;
const gone = { ...exported, warnings: [{ code: "gone-meanwhile", message: "x" }] } as const;
const rounded = { ...exported, warnings: [{ code: "number-rounded", message: "x" }] } as const;
const lost = { ...exported, warnings: [{ code: "gone-since-restart", message: "x" }] } as const;

describe("an export", () => {
  it.each<readonly [string, RunResult]>([
    [
      "All that was found in Redis is in o.json: 3 records, done in 0.1 s.",
      finished({ read: 2, exported: 2 }, exported, { read: 1, exported: 1 }),
    ],
    [
      "All conversations found in Redis are in o.json: 2 records; API keys were left out (--only conversations), done",
      finished({ read: 2, exported: 2 }, { ...exported, only: "conversation" }),
    ],
    [
      "All that was found in Redis is in standard output: 1 record, done",
      finished({ read: 1, exported: 1 }, { ...exported, export: { path: "-", kind: "stream" } }),
    ],
    [
      "All that was found in Redis is in o.json: 1 record, as the library reads it (see the warnings), done",
      finished({ read: 1, exported: 1 }, rounded),
    ],
    [
      "All that was found in Redis is in o.json: 1 record, but for keys that were gone before they were read (see the warnings), done",
      finished({ read: 1, exported: 1 }, gone),
    ],
    ["Nothing was exported: no record was found; o.json holds none, done", finished({}, exported)],
    [
      "Not all that was found in Redis was exported: 1 invalid record, 2 values of another type and 1 record that Redis refused; 3 records are in o.json, done",
      finished({ read: 7, exported: 3, invalid: 1, wrongType: 2, failed: 1 }, { ...exported, ...incomplete }),
    ],
    [
      "Not all that was found in Redis was exported: 2 keys that are gone since Redis restarted, or refused by it; 0 records are in o.json, done",
      finished({ read: 2, exported: 0, failed: 2 }, { ...lost, ...incomplete }),
    ],
    [
      "Stopped by an error after 0.1 s, and no file was made; the counts are what was read until then.",
      finished({ read: 7, exported: 7 }, { mode: "export", error, exitCode: 1 }),
    ],
    [
      "Interrupted by SIGINT after 0.1 s, 7 records settled, and no file was made: run it again for the whole.",
      finished({ read: 7, exported: 7 }, { mode: "export", interrupted: "SIGINT", exitCode: 130 }),
    ],
  ])("says: %s", (start, result) => {
    const reading = { checking: false, bytes: 0, totalBytes: 0, checked: 0 };
    expect(verdictOf({ ...result, reading }).sentence.slice(0, start.length)).toBe(start);
  });

  const hintsOf = (result: RunResult) => verdictOf(result).hints.map((hint) => hint.slice(0, 12));

  it("names what is to be known of the file, and of what is not in it", () => {
    expect(hintsOf(finished({ read: 1, exported: 1 }, exported))).toEqual(["The file has", "To go back: "]);
    expect(hintsOf(finished({ read: 1, exported: 1 }, { ...exported, only: "key" }))).toEqual([
      "The file has",
    ]);
    const tooLong = { ...exported, warnings: [{ code: "too-long-for-library", message: "x" }] } as const;
    expect(hintsOf(finished({ read: 1, exported: 1 }, tooLong))).toEqual(["The file has"]);
    const nothing = finished({ read: 1, invalid: 1 }, { ...exported, ...incomplete });
    expect(hintsOf(nothing)).toEqual(["What is no r"]);
    expect(verdictOf(nothing).hints[0]).toMatch(/--rejects keeps what it holds, as far as /);
    expect(verdictOf({ ...nothing, rejects: "r.jsonl" }).hints).toEqual([
      "What was rejected is kept in r.jsonl, with its messages and API keys.",
      expect.stringMatching(/look at it with redis-cli\.$/),
    ]);
  });

  it("claims no more of the rejects than Redis handed out", () => {
    const warnings = [{ code: "rejects-incomplete", message: "x" }] as const;
    const result = { ...exported, ...incomplete, rejects: "r.jsonl", warnings };
    expect(verdictOf(finished({ read: 1, wrongType: 1 }, result)).hints[0]).toBe(
      "What was rejected is named in r.jsonl, and kept as far as Redis handed it out.",
    );
  });

  it("is to be verified next, unless it holds nothing, or nobody knows where it went", () => {
    const next = (result: RunResult) => nextSteps(result, address, 0).run?.sources;
    expect(next(finished({ read: 1, exported: 1 }, exported))).toEqual(["o.json"]);
    expect(next(finished({}, exported))).toBeUndefined();
    expect(
      next(finished({ read: 1, exported: 1 }, { ...exported, export: { path: "-", kind: "stream" } })),
    ).toBeUndefined();
  });
});
