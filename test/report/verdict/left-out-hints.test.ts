import { expect, it } from "vitest";
import { verdictOf } from "../../../src/report/verdict.js";
import type { RunResult } from "../../../src/types/run-result.js";
import { error, finished, verify } from "../../support/finished-run.js";

const incomplete = { exitCode: 3 } as const;
const dryRun = { mode: "dry-run", dryRun: true } as const;
const strict = { warnings: [{ code: "strict", message: "" }] } as const;
const correctACopy = [expect.stringMatching(/copy it before the app starts, correct the copy/)];

it.each<readonly [string, RunResult, readonly unknown[]]>([
  ["invalid rows", finished({ read: 2, created: 1, invalid: 1 }, incomplete), correctACopy],
  [
    "places where a file is damaged",
    finished({ read: 1, created: 1 }, { ...incomplete, unreadable: 1 }),
    correctACopy,
  ],
  [
    "invalid rows, in a dry run",
    finished({ read: 1, invalid: 1 }, { ...incomplete, ...dryRun }),
    correctACopy,
  ],
  [
    "invalid rows, in a verification",
    finished({ read: 1, invalid: 1 }, { ...incomplete, ...verify }),
    correctACopy,
  ],
  [
    "invalid rows that kept all others out",
    finished({ read: 1, invalid: 1 }, { ...incomplete, ...strict }),
    correctACopy,
  ],
  [
    "duplicates that may hold what the row that counts lacks",
    finished({ read: 2, created: 1, duplicate: 1, leftOut: 1 }, incomplete),
    [expect.stringContaining("--on-duplicate")],
  ],
  [
    "duplicates that could not be merged",
    finished({ read: 2, created: 1, duplicate: 1, leftOut: 1 }, { ...incomplete, onDuplicate: "merge" }),
    [expect.stringContaining("could not be merged")],
  ],
  [
    "rows that are kept by --rejects, of a run that was stopped too",
    finished({ read: 1 }, { error, exitCode: 1, rejects: "a\u001b.jsonl" }),
    ["What was rejected is kept in a\\u{1b}.jsonl, with its messages and API keys."],
  ],
  ["duplicates that hold nothing more", finished({ read: 2, created: 1, duplicate: 1 }), []],
])("what may be done about %s", (_what, result, hints) => {
  expect(verdictOf(result).hints).toEqual(hints);
});
