import { describe, expect, it } from "vitest";
import { sumHolds, zeroCounts } from "../../src/pipeline/counts.js";

const migration = ["created", "updated", "unchanged", "kept", "conflict", "failed", "archived"] as const;
const undoing = ["deleted", "restored", "unchanged", "changed", "failed"] as const;
const verification = ["matched", "missing", "different", "kept", "expiry", "wrongType", "failed"] as const;
const exporting = ["exported", "wrongType", "failed"] as const;

describe("zeroCounts", () => {
  it.each([
    ["migrate", [...migration, "leftOut"]],
    ["dry-run", [...migration, "leftOut"]],
    ["verify", [...verification, "extra", "leftOut"]],
    ["undo", undoing],
    ["export", exporting],
  ] as const)("has every count of a %s, in the order shown", (mode, outcomes) => {
    const counts = zeroCounts(mode);
    expect(Object.keys(counts)).toEqual(["read", "invalid", "duplicate", ...outcomes]);
    expect(new Set(Object.values(counts))).toEqual(new Set([0]));
  });
});

describe("sumHolds", () => {
  it.each([
    ["migrate", migration],
    ["dry-run", migration],
    ["verify", verification],
    ["undo", undoing],
    ["export", exporting],
  ] as const)("adds invalid, duplicate and every outcome of a %s", (mode, outcomes) => {
    for (const outcome of [...outcomes, "invalid", "duplicate"] as const) {
      const counts = { ...zeroCounts(mode), read: 2, [outcome]: 2 };
      expect(sumHolds(mode, counts), outcome).toBe(true);
    }
  });

  it.each([
    ["a record read is counted nowhere", { read: 2, created: 1 }],
    ["a record is counted twice", { read: 1, created: 1, invalid: 1 }],
    ["a record is counted as another mode would", { read: 1, matched: 1 }],
  ])("is false when %s", (_why, counts) => {
    expect(sumHolds("migrate", { ...zeroCounts("migrate"), ...counts })).toBe(false);
  });

  it("leaves extra, and the duplicates that are left out, beside the sum", () => {
    expect(sumHolds("verify", { ...zeroCounts("verify"), read: 1, matched: 1, extra: 5 })).toBe(true);
    expect(sumHolds("migrate", { ...zeroCounts("migrate"), read: 1, duplicate: 1, leftOut: 1 })).toBe(true);
  });
});
