import { describe, expect, it } from "vitest";
import { nextSteps } from "../../../src/report/next-steps.js";
import { verdictOf } from "../../../src/report/verdict.js";
import type { RunResult } from "../../../src/types/run-result.js";
import { changed, error, finished, incomplete } from "../../support/finished-run.js";
import { address, ended } from "../../support/report-run.js";

const file = { mode: "output", output: { path: "c.resp", kind: "file" } } as const;
const stream = { mode: "output", output: { path: "-", kind: "stream" } } as const;
const nowhere = { mode: "output", output: null } as const;

const pipeOf = (result: RunResult) => nextSteps(result, address, ended).pipe;

describe("commands that were written", () => {
  it.each<readonly [string, RunResult]>([
    [
      "2 commands were written to c.resp for all that the files hold, and nothing to Redis, done",
      finished({ read: 2, written: 2 }, file),
    ],
    [
      "1 command was written to standard output for all that the files hold, but for 1 duplicate of rows that count, and nothing to Redis, done",
      finished({ read: 2, written: 1, duplicate: 1 }, stream),
    ],
    [
      "1 command was written to c.resp for all API keys that the files hold, and nothing to Redis; conversations were left out (--only keys), done",
      finished({}, { ...file, only: "key" }, { read: 1, written: 1 }),
    ],
    [
      "Not all that the files hold is in the commands: 1 conflict and 1 invalid record; 2 commands were written to c.resp, and nothing to Redis, done",
      finished({ read: 4, written: 2, invalid: 1, conflict: 1 }, { ...file, ...incomplete }),
    ],
    [
      "Perhaps not all that the files hold is in the commands: a file that changed while it was read; 2 commands were written to c.resp, and nothing to Redis, done",
      finished({ read: 2, written: 2 }, { ...file, ...incomplete, warnings: [changed] }),
    ],
    ["No command was written: no record was found, done", finished({}, file)],
    [
      "Stopped by an error after 0.1 s, with all 2.0 kB read; the counts are what was read until then, and no file of commands was made.",
      finished({ read: 2, written: 2 }, { ...nowhere, error }),
    ],
    [
      "Stopped by an error after 0.1 s, with all 2.0 kB read; the counts are what was written until then, and whoever reads it may have got more.",
      finished({ read: 2, written: 2 }, { ...stream, error }),
    ],
    [
      "Interrupted by SIGINT after 0.1 s, with all 2.0 kB read, 2 records settled; no file of commands was made: run it again for the whole.",
      finished({ read: 2, written: 2 }, { ...nowhere, interrupted: "SIGINT" }),
    ],
    [
      "Interrupted by SIGINT after 0.1 s, with all 2.0 kB read, 2 records settled; whoever reads commands has them: run it again for the whole.",
      finished({ read: 2, written: 2 }, { ...stream, interrupted: "SIGINT" }),
    ],
  ])("%s", (sentence, result) => {
    const verdict = verdictOf(result);
    expect(verdict.sentence.startsWith(sentence)).toBe(true);
    expect([verdict.showSettingsForTheApp, verdict.showUndoCommand]).toEqual([false, false]);
  });

  it("are to be piped where they are a whole file that somebody has to pipe", () => {
    const written = { read: 2, written: 2 };
    expect(pipeOf(finished(written, file))).toBe("redis-cli --pipe < c.resp");
    expect(pipeOf(finished(written, { ...file, output: { path: "a b", kind: "file" } }))).toBe(
      "redis-cli --pipe < 'a b'",
    );
    expect(pipeOf(finished({}, file))).toBeNull();
    expect(pipeOf(finished(written, stream))).toBeNull();
    expect(pipeOf(finished(written, { ...nowhere, error }))).toBeNull();
    expect(pipeOf(finished({ read: 2, created: 2 }))).toBeNull();
  });
});
