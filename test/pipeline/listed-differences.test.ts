import { describe, expect, it } from "vitest";
import { Summary } from "../../src/pipeline/summary.js";
import type { Entry } from "../../src/types/entry.js";
import type { MigrateOutcome, Settled } from "../../src/types/outcome.js";
import { makeEntry } from "../support/entry.js";

const settled = (outcome: MigrateOutcome, reason?: string): Settled => ({
  outcome,
  fields: [],
  ...(reason === undefined ? {} : { reason }),
});

const entry = (name: string): Entry => makeEntry("conversation", name, "{}");

type Seen = readonly [name: string, outcome: MigrateOutcome];
type Recount = readonly [name: string, before: MigrateOutcome, after: MigrateOutcome, reason?: string];

/** What is listed, and how much there is to list, after these records and these corrections. */
function listedAfter(details: number, seen: readonly Seen[], recounts: readonly Recount[]) {
  const summary = new Summary({ mode: "migrate", details });
  for (const [name, outcome] of seen) summary.settle(entry(name), settled(outcome));
  for (const [name, before, after, reason] of recounts)
    summary.recount({ kind: "conversation", name }, before, settled(after, reason));
  return [
    summary.differences.found,
    summary.differences.listed.map(({ name, difference }) => [name, difference]),
  ];
}

describe("recount: a record is listed, and found, once, as what it counts as last", () => {
  const seen = [
    ["a", "kept"],
    ["b", "created"],
    ["c", "updated"],
    ["d", "conflict"],
  ] as const;

  it.each<readonly [string, number, readonly Recount[], number, readonly (readonly [string, string])[]]>([
    [
      "listed before and now",
      9,
      [["c", "updated", "failed"]],
      3,
      [
        ["a", "kept"],
        ["c", "failed"],
        ["d", "conflict"],
      ],
    ],
    [
      "listed before, not now",
      9,
      [["a", "kept", "unchanged"]],
      2,
      [
        ["c", "updated"],
        ["d", "conflict"],
      ],
    ],
    [
      "listed now alone",
      9,
      [["b", "created", "failed"]],
      4,
      [
        ["a", "kept"],
        ["c", "updated"],
        ["d", "conflict"],
        ["b", "failed"],
      ],
    ],
    [
      "listed neither way",
      9,
      [["b", "created", "unchanged"]],
      3,
      [
        ["a", "kept"],
        ["c", "updated"],
        ["d", "conflict"],
      ],
    ],
    [
      "listed for its reason",
      9,
      [["a", "kept", "created", "lost"]],
      3,
      [
        ["a", "created"],
        ["c", "updated"],
        ["d", "conflict"],
      ],
    ],
    [
      "listed for its reason, and recounted in turn",
      9,
      [
        ["a", "kept", "created", "lost"],
        ["d", "conflict", "created", "lost"],
        ["a", "created", "failed"],
      ],
      3,
      [
        ["a", "failed"],
        ["c", "updated"],
        ["d", "created"],
      ],
    ],
    ["beyond the bound, before and now", 1, [["c", "updated", "failed"]], 3, [["a", "kept"]]],
    ["beyond the bound, and not listed now", 1, [["d", "conflict", "unchanged"]], 2, [["a", "kept"]]],
  ])("%s", (_what, details, recounts, found, listed) => {
    expect(listedAfter(details, seen, recounts)).toEqual([found, listed]);
  });
});

describe("a difference is listed with its record's place", () => {
  const place = { source: "db.json", index: 7, offset: 90, line: 12 };

  it("also where it counts as something else later", () => {
    const summary = new Summary({ mode: "migrate", details: 9 });
    for (const name of ["a", "b"])
      summary.settle(makeEntry("conversation", name, "{}", { place }), settled("kept"));
    summary.recount({ kind: "conversation", name: "a", place }, "kept", settled("failed"));
    expect(summary.differences.listed.map((one) => one.place)).toEqual([place, place]);
  });

  it("but for what stands in Redis or in a journal alone", () => {
    const summary = new Summary({ mode: "verify", details: 9 });
    summary.addExtra("conversation", "a");
    summary.settleKey({ kind: "conversation", name: "b" }, settled("failed"));
    expect(summary.differences.listed.map((one) => "place" in one)).toEqual([false, false]);
  });
});
