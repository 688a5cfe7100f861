import { describe, expect, it } from "vitest";
import { correctOutcomes } from "../../src/pipeline/outcome-after-data-loss.js";
import type { KnownRecord } from "../../src/pipeline/record-event.js";
import { RecordedOutcomes } from "../../src/pipeline/recorded-outcomes.js";
import type { Kind } from "../../src/types/kind.js";
import type { Policy } from "../../src/types/mode-and-policy.js";
import { policies } from "../../src/types/mode-and-policy.js";
import type { MigrateOutcome, Outcome, Settled } from "../../src/types/outcome.js";
import { migrateOutcomes } from "../../src/types/outcome.js";

interface Recount {
  readonly kind: Kind;
  readonly name: string;
  readonly before: Outcome;
  readonly after: Settled;
}

const settled = (outcome: Outcome, more: Partial<Settled> = {}): Settled => ({
  outcome,
  fields: [],
  ...more,
});

/** Compares records once more whose outcome was `before`, and is `now`. */
function compareAgain(before: readonly Outcome[], now: readonly Settled[], policy: Policy = "newer") {
  const recorded = new RecordedOutcomes();
  for (const outcome of before) recorded.add(outcome);
  const again = () => {
    const recounts: Recount[] = [];
    let putBack = 0;
    const recount = ({ kind, name }: KnownRecord, was: Outcome, after: Settled) =>
      recounts.push({ kind, name, before: was, after });
    const correct = correctOutcomes(recorded, policy, { recount }, () => {
      putBack += 1;
    });
    for (const [at, one] of now.entries()) {
      const place = { source: "db.json", index: at, offset: 0, line: 1 };
      correct({ kind: at % 2 === 0 ? "conversation" : "key", name: `record ${at}`, place }, one);
    }
    return { recounts, putBack };
  };
  return { recorded, again, ...again() };
}

describe("correctOutcomes: a record that was, and after Redis was lost is,", () => {
  const merged = "Redis lost the merged version while this ran; the version of the file was written";
  const own = "Redis lost its own version while this ran; the version of the file was written";

  const wasThere = ["unchanged", "kept", "conflict", "failed"] as const;

  it.each<readonly [MigrateOutcome, MigrateOutcome, number]>([
    ["created", "unchanged", 0],
    ["created", "created", 1],
    ["created", "updated", 1],
    ["updated", "unchanged", 0],
    ["updated", "updated", 1],
    ["unchanged", "unchanged", 0],
    ["kept", "kept", 0],
    ["conflict", "conflict", 0],
    ["failed", "failed", 0],
  ])("%s, %s: counts as before under each policy, and was put back %d times", (before, now, times) => {
    for (const policy of policies) {
      const { recounts, putBack, recorded } = compareAgain([before], [settled(now)], policy);
      expect([policy, recounts, putBack, recorded.at(0)]).toEqual([policy, [], times, before]);
    }
  });

  it.each<MigrateOutcome>(["created", "updated"])(
    "%s, kept: counts as before, for what is kept continues it, and under keep as kept",
    (before) => {
      for (const policy of policies) {
        const { recounts, putBack, recorded } = compareAgain([before], [settled("kept")], policy);
        const after = policy === "keep" ? ["kept"] : [];
        expect([policy, recounts.map((one) => one.after.outcome), putBack]).toEqual([policy, after, 0]);
        expect(recorded.at(0)).toBe(policy === "keep" ? "kept" : before);
      }
    },
  );

  it.each<Policy>(["newer", "keep", "overwrite"])(
    "updated, created: counts as updated under %s",
    (policy) => {
      const { recounts, putBack } = compareAgain(["updated"], [settled("created")], policy);
      expect([recounts, putBack]).toEqual([[], 1]);
    },
  );

  it("updated, created: has failed under merge, since half of it is lost", () => {
    const { recounts, putBack, recorded } = compareAgain(["updated"], [settled("created")], "merge");
    expect(recounts).toEqual([
      {
        ...{ kind: "conversation", name: "record 0", before: "updated" },
        after: settled("failed", { reason: merged }),
      },
    ]);
    expect([putBack, recorded.at(0)]).toEqual([1, "failed"]);
  });

  it.each<MigrateOutcome>(migrateOutcomes)(
    "updated, created under merge, and %s the third time: has failed for good",
    (third) => {
      const { recorded } = compareAgain(["updated"], [settled("created")], "merge");
      const recounts: Outcome[] = [];
      const recount = (_record: KnownRecord, _before: Outcome, after: Settled) =>
        recounts.push(after.outcome);
      const correct = correctOutcomes(recorded, "merge", { recount }, () => {});
      const place = { source: "db.json", index: 0, offset: 0, line: 1 };
      correct({ kind: "key", name: "x", place }, settled(third));
      expect([recounts, recorded.at(0)]).toEqual([[], "failed"]);
    },
  );

  it.each<readonly [MigrateOutcome, MigrateOutcome]>([
    ["created", "conflict"],
    ["created", "failed"],
    ["updated", "conflict"],
    ["updated", "failed"],
    ...wasThere.flatMap((before) =>
      wasThere.filter((now) => now !== before).map((now) => [before, now] as const),
    ),
  ])("%s, %s: counts as what it is now, and was not put back", (before, now) => {
    const after = settled(now, { fields: [{ field: "messages" }], reason: "made up" });
    for (const policy of policies) {
      const { recounts, putBack, recorded } = compareAgain([before], [after], policy);
      expect(recounts).toEqual([{ kind: "conversation", name: "record 0", before, after }]);
      expect([putBack, recorded.at(0)]).toEqual([0, now]);
    }
  });

  it.each<readonly [MigrateOutcome, MigrateOutcome]>([
    ["unchanged", "created"],
    ["unchanged", "updated"],
    ["failed", "created"],
    ["failed", "updated"],
  ])("%s, %s: counts as what it is now, and was put back", (before, now) => {
    const { recounts, putBack, recorded } = compareAgain([before], [settled(now)]);
    expect(recounts).toEqual([{ kind: "conversation", name: "record 0", before, after: settled(now) }]);
    expect([putBack, recorded.at(0)]).toEqual([1, now]);
  });

  it.each<readonly [MigrateOutcome, MigrateOutcome]>([
    ["kept", "created"],
    ["kept", "updated"],
    ["conflict", "created"],
    ["conflict", "updated"],
  ])("%s, %s: is listed with what became of Redis' own version", (before, now) => {
    const { recounts, putBack } = compareAgain([before], [settled(now)]);
    expect(recounts).toEqual([
      { kind: "conversation", name: "record 0", before, after: settled(now, { reason: own }) },
    ]);
    expect(putBack).toBe(1);
  });
});

describe("correctOutcomes", () => {
  it("matches records by their place, in the order of the first time", () => {
    const before = ["created", "unchanged", "kept", "created"] as const;
    const now = (["unchanged", "created", "kept", "failed"] as const).map((one) => settled(one));
    const { recounts, putBack, recorded } = compareAgain(before, now);
    expect(recounts).toEqual([
      { kind: "key", name: "record 1", before: "unchanged", after: settled("created") },
      { kind: "key", name: "record 3", before: "created", after: settled("failed") },
    ]);
    expect(putBack).toBe(1);
    expect([0, 1, 2, 3].map((place) => recorded.at(place))).toEqual(["created", "created", "kept", "failed"]);
  });

  it("says nothing of records that were not compared the first time", () => {
    const { recounts, putBack, recorded } = compareAgain(
      ["created"],
      [settled("unchanged"), settled("created")],
    );
    expect([recounts, putBack, recorded.at(1)]).toEqual([[], 0, undefined]);
  });

  it("passes each correction on once, however often records are compared", () => {
    const { again, recounts } = compareAgain(["unchanged"], [settled("created")]);
    expect(recounts).toHaveLength(1);
    expect(again()).toEqual({ recounts: [], putBack: 1 });
  });
});
