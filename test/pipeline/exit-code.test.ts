import { expect, it } from "vitest";
import type { Ending } from "../../src/pipeline/exit-code.js";
import { exitCodeOf } from "../../src/pipeline/exit-code.js";
import type { Counts } from "../../src/types/outcome.js";

const counts = (more: Partial<Counts>): Counts => ({ read: 9, invalid: 0, duplicate: 0, ...more });

const clean: Ending = {
  mode: "migrate",
  counts: [counts({}), counts({})],
  unreadable: 0,
  evicted: 0,
  changedSources: 0,
  expiredMeanwhile: false,
  deviatesFromPlan: false,
  lacksFile: false,
  failed: false,
  interrupted: null,
  workIsDifference: false,
};

it.each(["created", "updated", "unchanged", "kept", "archived", "duplicate"] as const)(
  "is 0 when records were %s",
  (outcome) => {
    expect(exitCodeOf({ ...clean, counts: [counts({ [outcome]: 1 })] })).toBe(0);
  },
);

it.each(["invalid", "conflict", "failed", "leftOut"] as const)("is 3 when a record was %s", (outcome) => {
  expect(exitCodeOf({ ...clean, counts: [counts({ [outcome]: 1 })] })).toBe(3);
});

it.each(["migrate", "dry-run", "verify"] as const)("is 3 when part of a file was unreadable: %s", (mode) => {
  expect(exitCodeOf({ ...clean, mode, unreadable: 1 })).toBe(3);
});

it.each([
  ["matched", 0],
  ["newer", 0],
  ["extra", 0],
  ["leftOut", 3],
  ["missing", 2],
  ["different", 2],
  ["expiry", 2],
  ["wrongType", 2],
] as const)("of a verification that found %s is %d", (outcome, code) => {
  expect(exitCodeOf({ ...clean, mode: "verify", counts: [counts({ [outcome]: 1 })] })).toBe(code);
});

it.each([
  ["dry-run", "created", true, 2],
  ["dry-run", "updated", true, 2],
  ["dry-run", "unchanged", true, 0],
  ["dry-run", "created", false, 0],
  ["migrate", "created", true, 0],
] as const)("of a %s with %s and --exit-code %s is %d", (mode, outcome, workIsDifference, code) => {
  expect(exitCodeOf({ ...clean, mode, workIsDifference, counts: [counts({ [outcome]: 1 })] })).toBe(code);
});

it.each([
  ["conflict", 3],
  ["invalid", 3],
  ["leftOut", 3],
  ["duplicate", 2],
  ["kept", 2],
] as const)("of a dry run with work to do, --exit-code and a record %s is %d", (outcome, code) => {
  const found = [counts({ created: 1, [outcome]: 1 })];
  expect(exitCodeOf({ ...clean, mode: "dry-run", workIsDifference: true, counts: found })).toBe(code);
});

it.each(["migrate", "dry-run", "verify"] as const)("is 3 where a duplicate was left out: %s", (mode) => {
  expect(exitCodeOf({ ...clean, mode, counts: [counts({ duplicate: 1, leftOut: 1 })] })).toBe(3);
});

it("minds API keys as much as conversations", () => {
  expect(exitCodeOf({ ...clean, counts: [counts({}), counts({ conflict: 1 })] })).toBe(3);
});

it.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("after %s is %d, whatever was found till then", (interrupted, code) => {
  const found = [counts({ missing: 1, invalid: 1 })];
  expect(exitCodeOf({ ...clean, interrupted, counts: found })).toBe(code);
});

it("is 1 after a failure, before all else", () => {
  const all = { failed: true, interrupted: "SIGINT", counts: [counts({ missing: 1, invalid: 1 })] } as const;
  expect(exitCodeOf({ ...clean, ...all })).toBe(1);
});

it("is 2 rather than 3 where both hold", () => {
  const both = [counts({ missing: 1, invalid: 1 })];
  expect(exitCodeOf({ ...clean, mode: "verify", counts: both })).toBe(2);
});

it.each(["migrate", "dry-run", "verify"] as const)("is 3 when a file changed meanwhile: %s", (mode) => {
  expect(exitCodeOf({ ...clean, mode, changedSources: 1 })).toBe(3);
});

it.each([
  ["migrate", "created", 3],
  ["dry-run", "created", 3],
  ["verify", "missing", 2],
] as const)(
  "of a %s with %s, whose report lacks something, is 3 where nothing is worse",
  (mode, outcome, code) => {
    const found = { counts: [counts({ [outcome]: 1 })], workIsDifference: true };
    expect(exitCodeOf({ ...clean, ...found, mode, lacksFile: true })).toBe(code);
  },
);

it.each([
  ["exported", 0],
  ["invalid", 3],
  ["wrongType", 3],
  ["failed", 3],
] as const)("of an export is, where a key was %s, %d", (outcome, code) => {
  expect(exitCodeOf({ ...clean, mode: "export", counts: [counts({ [outcome]: 1 })] })).toBe(code);
});
