import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verdictOf } from "../../src/report/verdict.js";
import type { RunResult } from "../../src/types/run-result.js";
import { changed, error, finished, incomplete, undo, verify } from "../support/finished-run.js";
import { rounds } from "../support/rounds.js";

describe("the lines for the app and for an undo", () => {
  const journal = "j.jsonl";
  it.each<readonly [RunResult, boolean, boolean]>([
    [finished({ read: 1, created: 1 }, { journal }), true, true],
    [finished({ read: 1, created: 1 }), true, false],
    [finished({ read: 1, unchanged: 1 }), true, false],
    [finished({ read: 1, kept: 1 }), true, false],
    // Announced, and then not done, since the app was quicker.
    [finished({ read: 1, kept: 1 }, { journal }), true, false],
    [finished({ read: 1, conflict: 1 }, incomplete), false, false],
    [finished({}, {}), false, false],
    [finished({ read: 1, created: 1 }, { journal, error, exitCode: 1 }), false, true],
    [finished({ read: 1, created: 1 }, { journal, interrupted: "SIGINT", exitCode: 130 }), false, true],
    [finished({ read: 1, matched: 1 }, verify), false, false],
    [finished({ read: 1, deleted: 1 }, { ...undo, journal }), false, false],
  ])(
    "appear only where there is something to read, or to undo",
    (what, showSettingsForTheApp, showUndoCommand) => {
      expect(verdictOf(what)).toMatchObject({ showSettingsForTheApp, showUndoCommand });
    },
  );
});

const few = fc.integer({ min: 0, max: 2 });

/** Seldom more than none, so that each is often the only one. */
const rarely = fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, few);

/** What a migration of one kind counts, in any combination, as its sums allow. */
const anyCounts = fc
  .record({
    ...{ created: few, updated: few, unchanged: few, equal: few, leftOut: rarely },
    ...{ kept: rarely, conflict: rarely, failed: rarely, invalid: rarely, archived: rarely },
  })
  .map(({ equal, leftOut, ...summed }) => {
    const duplicate = equal + leftOut;
    const read = Object.values(summed).reduce((sum, one) => sum + one, duplicate);
    return { ...summed, duplicate, leftOut, read };
  });

const seldom = <T>(normal: T, ...others: T[]) =>
  fc.oneof({ weight: 20, arbitrary: fc.constant(normal) }, fc.constantFrom(...others));

it("full success is claimed where all of both kinds is in Redis as in the files, and nowhere else", () => {
  fc.assert(
    fc.property(
      anyCounts,
      anyCounts,
      fc.record({
        only: seldom<RunResult["only"]>(null, "conversation", "key"),
        onConflict: fc.constantFrom("newer" as const, "keep" as const),
        unreadable: rarely,
        evicted: rarely,
        interrupted: seldom<RunResult["interrupted"]>(null, "SIGINT", "SIGTERM"),
        error: seldom<RunResult["error"]>(null, error),
        warnings: seldom<RunResult["warnings"]>([], [changed], [{ code: "strict", message: "x" }]),
        exitCode: seldom<RunResult["exitCode"]>(0, 3),
      }),
      (conversations, keys, flags) => {
        const holds = [conversations, keys].every(
          ({ read, created, updated, unchanged, duplicate, leftOut }) =>
            read === created + updated + unchanged + (duplicate - leftOut) && leftOut === 0,
        );
        const undisturbed = flags.unreadable + flags.evicted + flags.exitCode === 0;
        const ran = flags.error === null && flags.interrupted === null && flags.warnings.length === 0;
        const whole =
          holds && undisturbed && ran && flags.only === null && conversations.read + keys.read > 0;
        const { sentence } = verdictOf(finished(conversations, flags, keys));
        expect(/All of it is in Redis/.test(sentence)).toBe(whole);
      },
    ),
    { numRuns: rounds(3_000) },
  );
});
