import { expect, it } from "vitest";
import { nextSteps } from "../../src/report/next-steps.js";
import type { RunResult } from "../../src/types/run-result.js";
import { error, finished, undo, verify } from "../support/finished-run.js";
import { address, ended } from "../support/report-run.js";

const dryRun = { mode: "dry-run", dryRun: true } as const;
const without = (flag: string) => expect.stringContaining(`run the same command without ${flag}`);

it.each<readonly [string, RunResult, unknown]>([
  ["a dry run with work to do", finished({ read: 1, created: 1 }, dryRun), without("--dry-run")],
  ["a dry run without", finished({ read: 1, unchanged: 1 }, dryRun), null],
  [
    "a dry run of an undo",
    finished({ read: 1, deleted: 1 }, { ...undo, dryRun: true }),
    without("--dry-run"),
  ],
  ["a migration", finished({ read: 1, created: 1 }), expect.stringContaining("with --verify")],
  [
    "a migration that left something out",
    finished({ read: 2, created: 1, invalid: 1 }, { exitCode: 3 }),
    null,
  ],
  [
    "a verification that found differences",
    finished({ read: 1, missing: 1 }, { ...verify, exitCode: 2 }),
    without("--verify"),
  ],
  [
    "a verification that found other versions, which a migration may leave alone",
    finished({ read: 2, missing: 1, different: 1 }, { ...verify, exitCode: 2 }),
    expect.stringContaining("with --dry-run, not --verify"),
  ],
  ["a verification that found none", finished({ read: 1, matched: 1 }, verify), null],
  [
    "a verification of an archive, which may have to be a new one",
    finished({ read: 1, missing: 1 }, { ...verify, archive: "idle.json", exitCode: 2 }),
    null,
  ],
  ["a run that failed", finished({ read: 1, created: 1 }, { error, exitCode: 1 }), null],
  [
    "a run that was interrupted",
    finished({ read: 1, created: 1 }, { interrupted: "SIGINT", exitCode: 130 }),
    null,
  ],
])("which run comes after %s", (_what, result, run) => {
  expect(nextSteps(result, address, ended).run?.sentence ?? null).toEqual(run);
});

it.each<readonly [string, RunResult]>([
  [
    "it leaves out 2 conflicts: decide first, with --on-conflict merge or keep",
    finished({ read: 3, created: 1, conflict: 2 }, { ...dryRun, exitCode: 3 }),
  ],
  [
    "it leaves out 1 conflict and 1 duplicate that may hold more: decide first, with --on-conflict merge or keep, and --on-duplicate merge, and a new plan",
    finished(
      { read: 3, created: 1, conflict: 1, duplicate: 1, leftOut: 1 },
      { ...dryRun, plan: "p.json", exitCode: 3 },
    ),
  ],
  [
    "it leaves out 1 conflict: see above what helps",
    finished({ read: 2, created: 1, conflict: 1 }, { ...dryRun, onConflict: "merge", exitCode: 3 }),
  ],
])("says with the run that comes after a dry run: %s", (words, result) => {
  const { run } = nextSteps(result, address, ended);
  expect(run).toMatchObject({ toDecide: words, sentence: expect.stringMatching(`As it is, ${words}\\.$`) });
});

it("names a new archive where one that is there may lack what came to its time since", () => {
  const behind = finished({ read: 1, missing: 1 }, { ...verify, archive: "idle.json", exitCode: 2 });
  expect(nextSteps(behind, address, ended).hints).toContainEqual(
    expect.stringContaining("another file for --archive"),
  );
});

it.each([
  ["2026-11-30T12:00:00.000Z", "from 2026-11-30 on, the last by 2026-12-28"],
  ["2026-12-28T01:00:00.000Z", "by 2026-12-28"],
  [null, "by 2026-12-28"],
])("says when conversations leave Redis, of which the first does at %s", (firstExpiresAt, when) => {
  const times = { firstExpiresAt, expiresAt: "2026-12-28T20:55:00.000Z" };
  const { expiry } = nextSteps(
    finished({ read: 2, created: 2 }, times),
    address,
    Date.parse("2026-11-01T00:00:00Z"),
  );
  expect(expiry).toBe(`Migrated conversations that nobody uses leave Redis ${when}: keep the files.`);
});
