import { describe, expect, it } from "vitest";
import { RecordedOutcomes } from "../../src/pipeline/recorded-outcomes.js";
import type { Outcome } from "../../src/types/outcome.js";
import { migrateOutcomes, undoOutcomes } from "../../src/types/outcome.js";

describe("RecordedOutcomes", () => {
  it("knows what became of each record, by its place", () => {
    const recorded = new RecordedOutcomes();
    const all: readonly Outcome[] = [...migrateOutcomes, ...undoOutcomes];
    for (const outcome of all) recorded.add(outcome);
    expect(all.map((_, place) => recorded.at(place))).toEqual(all);
  });

  it("knows of no record that was not added", () => {
    const recorded = new RecordedOutcomes();
    expect(recorded.at(0)).toBeUndefined();
    recorded.add("created");
    expect([recorded.at(0), recorded.at(1)]).toEqual(["created", undefined]);
  });

  it("knows which corrections are for good", () => {
    const recorded = new RecordedOutcomes();
    for (const outcome of ["created", "created"] as const) recorded.add(outcome);
    recorded.correct(0, "failed", true);
    recorded.correct(1, "failed");
    expect([0, 1].map((place) => [recorded.at(place), recorded.isFinal(place)])).toEqual([
      ["failed", true],
      ["failed", false],
    ]);
  });

  it("corrects one record, and leaves the others alone", () => {
    const recorded = new RecordedOutcomes();
    for (const outcome of ["created", "kept", "created"] as const) recorded.add(outcome);
    recorded.correct(1, "failed");
    expect([0, 1, 2].map((place) => recorded.at(place))).toEqual(["created", "failed", "created"]);
  });

  it("holds many more records than it began with room for", () => {
    const recorded = new RecordedOutcomes();
    const places = Array.from({ length: 5_000 }, (_, place) => place);
    const outcomeOf = (place: number) => migrateOutcomes[place % migrateOutcomes.length] as Outcome;
    for (const place of places) recorded.add(outcomeOf(place));
    expect(places.map((place) => recorded.at(place))).toEqual(places.map(outcomeOf));
    expect(recorded.at(5_000)).toBeUndefined();
  });
});
