import { describe, expect, it } from "vitest";
import { verdictOf } from "../../../src/report/verdict.js";
import type { RunResult } from "../../../src/types/run-result.js";
import { changed, finished, incomplete } from "../../support/finished-run.js";

describe("a migration", () => {
  it.each<readonly [string, RunResult]>([
    [
      "All of it is in Redis",
      finished({ read: 3, created: 1, updated: 1, unchanged: 1 }, {}, { read: 1, created: 1 }),
    ],
    [
      "All of it is in Redis, but for 1 duplicate of rows that count",
      finished({ read: 3, created: 2, duplicate: 1 }),
    ],
    [
      "All of it is in Redis, with 2 duplicates merged into the rows that count",
      finished({ read: 3, created: 1, duplicate: 2 }, { onDuplicate: "merge" }),
    ],
    [
      "All of it is in Redis, as the library reads it (see the warnings)",
      finished({ read: 2, created: 2 }, { warnings: [{ code: "name-twice", message: "x" }] }),
    ],
    [
      "All of it is in Redis; other files were skipped (the warnings name them)",
      finished({ read: 2, created: 2 }, { warnings: [{ code: "unrecognised", message: "x" }] }),
    ],
    [
      "All in the library's sets is in Redis; other sets were skipped (the warnings name them)",
      finished({ read: 2, created: 2 }, { warnings: [{ code: "other-set", message: "x" }] }),
    ],
    [
      "All API keys are in Redis; conversations were left out (--only keys)",
      finished({}, { only: "key" }, { read: 2, created: 2 }),
    ],
    [
      "2 of 3 records are in Redis as in the files, 1 kept in Redis' version, since it goes on from the files'",
      finished({ read: 3, created: 2, kept: 1 }),
    ],
    [
      "0 of 1 record are in Redis as in the files, 1 kept in Redis' version, since --on-conflict keep",
      finished({ read: 1, kept: 1 }, { onConflict: "keep" }),
    ],
    [
      "2 of 3 records are in Redis as in the files, or merged with them, 1 kept in Redis' version, since the files add nothing to it",
      finished({ read: 3, updated: 2, kept: 1 }, { onConflict: "merge" }),
    ],
    [
      "Not all is in Redis: 41 conflicts (--details 0 lists all); 59 were written, or there already",
      finished({ read: 100, created: 59, conflict: 41 }, { ...incomplete, truncated: true }),
    ],
    [
      "Not all is in Redis: 1 conflict, 2 invalid records and 1 record that Redis refused; 1 was written, or there already; 1 kept in Redis' version, since it goes on from the files'",
      finished({ read: 6, created: 1, kept: 1, conflict: 1, invalid: 2, failed: 1 }, incomplete),
    ],
    [
      "Perhaps not all is in Redis: 1 duplicate that may hold what the row that counts lacks; 1 was written, or there already",
      finished({ read: 2, created: 1, duplicate: 1, leftOut: 1 }, incomplete),
    ],
    [
      "Perhaps not all is in Redis: 2 places where files are damaged; 3 were written, or there already",
      finished({ read: 3, created: 3 }, { ...incomplete, unreadable: 2 }),
    ],
    [
      "Not all is in Redis: 5 keys that Redis threw away again; 3 were written, or there already",
      finished({ read: 3, created: 3 }, { ...incomplete, evicted: 5 }),
    ],
    [
      "Perhaps not all is in Redis: a file that changed while it was read; 3 were written, or there already",
      finished({ read: 3, created: 3 }, { ...incomplete, warnings: [changed] }),
    ],
    [
      "Not all is in Redis: 1 record that went elsewhere; 4 were written, archived, or there already",
      finished({ read: 4, created: 3, archived: 1 }),
    ],
    [
      "All of it is in Redis or in the archive old.json",
      finished({ read: 4, created: 3, archived: 1 }, { archive: "old.json" }),
    ],
    [
      "Not all is in Redis or in the archive old.json: 1 invalid record; 3 were written, archived, or there already",
      finished({ read: 4, created: 1, archived: 2, invalid: 1 }, { ...incomplete, archive: "old.json" }),
    ],
    [
      "2 of 3 records are in Redis or in the archive old.json as in the files, 1 kept in Redis' version, since it goes on from the files'",
      finished({ read: 3, archived: 2, kept: 1 }, { archive: "old.json" }),
    ],
    [
      "Perhaps not all is in Redis or in the archive old.json: conversations whose time ended while this ran; 1 was written, or there already",
      finished(
        { read: 1, created: 1 },
        { ...incomplete, archive: "old.json", warnings: [{ code: "expired-meanwhile", message: "x" }] },
      ),
    ],
    [
      "Perhaps not all is in Redis: what the warnings name; 3 were written, or there already",
      finished({ read: 3, created: 3 }, incomplete),
    ],
    [
      "All of it is in Redis; but the journal is gone, and not every report is there and whole (see the warnings)",
      finished(
        { read: 3, created: 3 },
        {
          ...incomplete,
          warnings: [
            { code: "report-incomplete", message: "x" },
            { code: "journal-gone", message: "x" },
          ],
        },
      ),
    ],
    ["Nothing was migrated: 1 conflict", finished({ read: 1, conflict: 1 }, incomplete)],
    ["Nothing was migrated: 1 place where a file is damaged", finished({}, { ...incomplete, unreadable: 1 })],
    ["Nothing was migrated: no record was found", finished({})],
    [
      "Nothing was migrated: no conversation was found; API keys were left out (--only conversations)",
      finished({}, { only: "conversation" }),
    ],
  ])("says: %s", (sentence, what) => {
    expect(verdictOf(what).sentence).toBe(`${sentence}, done in 0.1 s.`);
  });
});
