import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyResult } from "../../src/pipeline/result.js";
import { Summary } from "../../src/pipeline/summary.js";
import { verdictOf } from "../../src/report/verdict.js";
import type { Counts, Difference, RunResult as Ended } from "../../src/types.js";
import { rounds } from "../support/rounds.js";

type Some = Partial<Record<keyof Counts, number>>;

const none = { read: 0, invalid: 0, duplicate: 0 };

/** A run that came to its end after 0.1 s. */
function ended(conversations: Some, more: Partial<Ended> = {}, keys: Some = {}): Ended {
  const { mode = "migrate" } = more;
  return {
    ...emptyResult({ mode, dryRun: mode === "dry-run" }, new Summary({ mode, details: 0 })),
    counts: { conversations: { ...none, ...conversations }, keys: { ...none, ...keys } },
    reading: { checking: false, bytes: 2_000, totalBytes: 2_000, checked: 0 },
    durationMs: 100,
    ...more,
  };
}

const three = { exitCode: 3 } as const;
const dry = { mode: "dry-run" } as const;
const verify = { mode: "verify" } as const;
const undo = { mode: "undo" } as const;
const error = { code: "x", message: "x", hint: "x" };
const changed = { code: "source-changed", message: "x" };

describe("a migration", () => {
  it.each<readonly [string, Ended]>([
    [
      "All of it is in Redis",
      ended({ read: 3, created: 1, updated: 1, unchanged: 1 }, {}, { read: 1, created: 1 }),
    ],
    [
      "All of it is in Redis, but for 1 duplicate of rows that count",
      ended({ read: 3, created: 2, duplicate: 1 }),
    ],
    [
      "All of it is in Redis, as the library reads it (see the warnings)",
      ended({ read: 2, created: 2 }, { warnings: [{ code: "name-twice", message: "x" }] }),
    ],
    [
      "All in the library's sets is in Redis; other sets were skipped (the warnings name them)",
      ended({ read: 2, created: 2 }, { warnings: [{ code: "other-set", message: "x" }] }),
    ],
    [
      "All API keys are in Redis; conversations were left out (--only keys)",
      ended({}, { only: "key" }, { read: 2, created: 2 }),
    ],
    [
      "2 of 3 records are in Redis as in the files, 1 kept in Redis' version, since it goes on from the files'",
      ended({ read: 3, created: 2, kept: 1 }),
    ],
    [
      "0 of 1 record are in Redis as in the files, 1 kept in Redis' version, since --on-conflict keep",
      ended({ read: 1, kept: 1 }, { onConflict: "keep" }),
    ],
    [
      "2 of 3 records are in Redis as in the files, 1 kept in Redis' version, since the files add nothing to it",
      ended({ read: 3, updated: 2, kept: 1 }, { onConflict: "merge" }),
    ],
    [
      "Not all is in Redis: 41 conflicts (--details 0 lists all); 59 were written, or there already",
      ended({ read: 100, created: 59, conflict: 41 }, { ...three, truncated: true }),
    ],
    [
      "Not all is in Redis: 1 conflict, 2 invalid records and 1 record that Redis refused; 1 was written, or there already; 1 kept in Redis' version, since it goes on from the files'",
      ended({ read: 6, created: 1, kept: 1, conflict: 1, invalid: 2, failed: 1 }, three),
    ],
    [
      "Not all is in Redis: 1 duplicate that holds what the row that counts lacks; 1 was written, or there already",
      ended({ read: 2, created: 1, duplicate: 1, leftOut: 1 }, three),
    ],
    [
      "Perhaps not all is in Redis: 2 places where files are damaged; 3 were written, or there already",
      ended({ read: 3, created: 3 }, { ...three, unreadable: 2 }),
    ],
    [
      "Not all is in Redis: 5 keys that Redis threw away again; 3 were written, or there already",
      ended({ read: 3, created: 3 }, { ...three, evicted: 5 }),
    ],
    [
      "Perhaps not all is in Redis: a file that changed while it was read; 3 were written, or there already",
      ended({ read: 3, created: 3 }, { ...three, warnings: [changed] }),
    ],
    [
      "Not all is in Redis: 1 record that went elsewhere; 3 were written, or there already",
      ended({ read: 4, created: 3, archived: 1 }),
    ],
    [
      "Perhaps not all is in Redis: what the warnings name; 3 were written, or there already",
      ended({ read: 3, created: 3 }, three),
    ],
    ["Nothing was migrated: 1 conflict", ended({ read: 1, conflict: 1 }, three)],
    ["Nothing was migrated: 1 place where a file is damaged", ended({}, { ...three, unreadable: 1 })],
    ["Nothing was migrated: no record was found", ended({})],
    [
      "Nothing was migrated: no conversation was found; API keys were left out (--only conversations)",
      ended({}, { only: "conversation" }),
    ],
  ])("says: %s", (sentence, what) => {
    expect(verdictOf(what).sentence).toBe(`${sentence}, done in 0.1 s.`);
  });
});

describe("a dry run says what would happen, and never that it is done", () => {
  it.each<readonly [string, Ended]>([
    ["Nothing stands in the way: 3 would be created", ended({ read: 3, created: 3 }, dry)],
    [
      "Nothing stands in the way: 2 would be created, 1 updated, 1 is there already, 1 would be kept in Redis' version, since it goes on from the files'",
      ended({ read: 5, created: 2, updated: 1, unchanged: 1, kept: 1 }, { ...dry, exitCode: 2 }),
    ],
    [
      "There is nothing to do: all of it is in Redis already, but for 1 duplicate of rows that count",
      ended({ read: 3, unchanged: 2, duplicate: 1 }, dry),
    ],
    [
      "There is nothing to do: all API keys are in Redis already; conversations were left out (--only keys)",
      ended({ read: 3, unchanged: 3 }, { ...dry, only: "key" }),
    ],
    [
      "There is nothing to do: 1 would be kept in Redis' version, since --on-conflict keep",
      ended({ read: 1, kept: 1 }, { ...dry, onConflict: "keep" }),
    ],
    [
      "Not all would be in Redis: 2 conflicts; 1 would be created",
      ended({ read: 3, created: 1, conflict: 2 }, { ...dry, ...three }),
    ],
    ["Nothing would be migrated: no record was found", ended({}, dry)],
  ])("%s", (sentence, what) => {
    expect(verdictOf(what)).toMatchObject({
      sentence: `${sentence}, checked in 0.1 s.`,
      showSettingsForTheApp: false,
      showUndoCommand: false,
    });
  });
});

describe("a verification", () => {
  it.each<readonly [string, Ended]>([
    ["Redis holds all that the files hold", ended({ read: 2, matched: 2, extra: 4 }, verify)],
    [
      "Redis holds all API keys that the files hold; conversations were left out (--only keys)",
      ended({ read: 1, matched: 1 }, { ...verify, only: "key" }),
    ],
    [
      "1 of 2 records is in Redis as in the files, 1 kept in Redis' version, since it goes on from the files'",
      ended({ read: 2, matched: 1, kept: 1 }, verify),
    ],
    [
      "Redis differs from the files: 1 missing, 2 different, 1 with a wrong expiry and 1 of another type; beside that 1 invalid record",
      ended(
        { read: 6, missing: 1, different: 2, expiry: 1, wrongType: 1, invalid: 1 },
        { ...verify, exitCode: 2 },
      ),
    ],
    [
      "Redis does not hold all that the files hold: 1 invalid record; 2 match",
      ended({ read: 3, matched: 2, invalid: 1 }, { ...verify, ...three }),
    ],
    [
      "Redis does not hold all that the files hold: 1 duplicate that holds what the row that counts lacks; 1 matches",
      ended({ read: 2, matched: 1, duplicate: 1, leftOut: 1 }, { ...verify, ...three }),
    ],
    ["Nothing was verified: no record was found", ended({ extra: 1 }, verify)],
  ])("says: %s", (sentence, what) => {
    expect(verdictOf(what).sentence).toBe(`${sentence}, checked in 0.1 s.`);
  });
});

describe("an undo", () => {
  it.each<readonly [string, Ended]>([
    ["The run is taken back: 2 deleted, 1 restored, done", ended({ read: 3, deleted: 2, restored: 1 }, undo)],
    [
      "The run is taken back: 2 deleted, 1 as before that run already, done",
      ended({ read: 3, deleted: 2, unchanged: 1 }, undo),
    ],
    [
      "There was nothing left to undo: 3 as before that run already, done",
      ended({ read: 3, unchanged: 3 }, undo),
    ],
    ["There is nothing to undo: the journal names no change, done", ended({}, undo)],
    [
      "Not all of the run is taken back: 1 record that Redis refused and 2 values that were changed since, left alone; 1 deleted, done",
      ended({ read: 4, deleted: 1, changed: 2, failed: 1 }, { ...undo, ...three }),
    ],
    [
      "Nothing stands in the way: 2 would be deleted, 1 would be restored, checked",
      ended({ read: 3, deleted: 2, restored: 1 }, { ...undo, dryRun: true }),
    ],
    [
      "Not all of the run would be taken back: 1 value that was changed since, left alone, checked",
      ended({ read: 1, changed: 1 }, { ...undo, dryRun: true, ...three }),
    ],
  ])("says: %s", (sentence, what) => {
    expect(verdictOf(what)).toMatchObject({ sentence: `${sentence} in 0.1 s.`, showUndoCommand: false });
  });
});

describe("a run that did not come to its end says how far it read", () => {
  const reading = { checking: false, bytes: 500, totalBytes: 2_000, checked: 0 };
  it.each<readonly [string, Ended]>([
    [
      "Interrupted by SIGINT after 0.1 s, with 500 B of 2.0 kB read, 3 records settled: run it again to do the rest.",
      ended({ read: 3, created: 3 }, { interrupted: "SIGINT", exitCode: 130, reading }),
    ],
    [
      "Interrupted by SIGTERM after 0.1 s, with 500 B of 2.0 kB read, 3 records settled: run it again for the whole.",
      ended({ read: 3, matched: 3 }, { ...verify, interrupted: "SIGTERM", exitCode: 143, reading }),
    ],
    [
      "Interrupted by SIGINT after 0.1 s, while checking all first (500 B of 2.0 kB), before the first write, 0 records settled: run it again to do the rest.",
      ended({}, { interrupted: "SIGINT", exitCode: 130, reading: { ...reading, checking: true } }),
    ],
    [
      "Interrupted by SIGINT after 0.1 s, 2 records settled: run it again to do the rest.",
      ended({ read: 2, deleted: 2 }, { ...undo, interrupted: "SIGINT", exitCode: 130 }),
    ],
    [
      "Stopped after 0.1 s, with all 2.0 kB read, by the error on stderr; the counts above are what was compared until then.",
      ended({ read: 3, created: 3 }, { ...dry, error, exitCode: 1 }),
    ],
    [
      "Nothing was written: --strict, and not all records are valid: 2 invalid records among 9 records in 1.0 kB, checked in 0.1 s.",
      ended(
        { read: 2, invalid: 2 },
        {
          ...three,
          warnings: [{ code: "strict", message: "x" }],
          reading: { ...reading, bytes: 1_000, checked: 9 },
        },
      ),
    ],
  ])("%s", (sentence, what) => {
    expect(verdictOf(what)).toMatchObject({ sentence, showSettingsForTheApp: false });
  });
});

describe("the lines for the app and for an undo", () => {
  const journal = "j.jsonl";
  it.each<readonly [Ended, boolean, boolean]>([
    [ended({ read: 1, created: 1 }, { journal }), true, true],
    [ended({ read: 1, created: 1 }), true, false],
    [ended({ read: 1, unchanged: 1 }), true, false],
    [ended({ read: 1, kept: 1 }), true, false],
    // Announced, and then not done, since the app was quicker.
    [ended({ read: 1, kept: 1 }, { journal }), true, false],
    [ended({ read: 1, conflict: 1 }, three), false, false],
    [ended({}, {}), false, false],
    [ended({ read: 1, created: 1 }, { journal, error, exitCode: 1 }), false, true],
    [ended({ read: 1, created: 1 }, { journal, interrupted: "SIGINT", exitCode: 130 }), false, true],
    [ended({ read: 1, matched: 1 }, verify), false, false],
    [ended({ read: 1, deleted: 1 }, { ...undo, journal }), false, false],
  ])(
    "appear only where there is something to read, or to undo",
    (what, showSettingsForTheApp, showUndoCommand) => {
      expect(verdictOf(what)).toMatchObject({ showSettingsForTheApp, showUndoCommand });
    },
  );
});

describe("conflicts are told what settles them", () => {
  const conflict = (kind: Difference["kind"], ...fields: Difference["fields"]): Difference => ({
    kind,
    name: "x",
    difference: "conflict",
    fields,
  });
  const versions = conflict("conversation", {
    field: "messages",
    redis: 1,
    file: 1,
    onlyInRedis: 1,
    onlyInFile: 1,
  });
  const hash = conflict("conversation", { field: "type", redis: "hash", file: "string" });
  const noJson = conflict("key", { field: "value", redis: "not JSON", file: "JSON" });
  const sameKey = conflict("conversation");
  const merge = expect.stringContaining("--on-conflict merge");
  const del = expect.stringContaining("(DEL)");
  const noKeys = expect.stringMatching(/\(DEL\).*finds no API key at all/);
  const otherId = expect.stringContaining("another id");

  it.each<[string, Partial<Ended>, unknown[]]>([
    ["two versions", { differences: [versions] }, [merge]],
    ["two versions, in a dry run", { ...dry, differences: [versions] }, [merge]],
    ["two versions that a list leaves out", {}, [merge]],
    ["two versions, under another policy", { onConflict: "merge", differences: [versions] }, []],
    ["another type, under any policy", { onConflict: "keep", differences: [hash] }, [del]],
    ["what is no JSON under an API key", { differences: [noJson] }, [noKeys]],
    ["two ids with one key", { differences: [sameKey] }, [otherId]],
    ["all of them", { differences: [versions, hash, sameKey] }, [merge, del, otherId]],
  ])("%s", (_what, more, hints) => {
    expect(verdictOf(ended({ read: 1, conflict: 1 }, { ...three, ...more })).hints).toEqual(hints);
  });

  it("and nothing is told where there are none", () => {
    expect(verdictOf(ended({ read: 1, created: 1 })).hints).toEqual([]);
  });
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
        only: seldom<Ended["only"]>(null, "conversation", "key"),
        onConflict: fc.constantFrom("newer" as const, "keep" as const),
        unreadable: rarely,
        evicted: rarely,
        interrupted: seldom<Ended["interrupted"]>(null, "SIGINT", "SIGTERM"),
        error: seldom<Ended["error"]>(null, error),
        warnings: seldom<Ended["warnings"]>([], [changed], [{ code: "strict", message: "x" }]),
        exitCode: seldom(0, 3),
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
        const { sentence } = verdictOf(ended(conversations, flags, keys));
        expect(/All of it is in Redis/.test(sentence)).toBe(whole);
      },
    ),
    { numRuns: rounds(3_000) },
  );
});
