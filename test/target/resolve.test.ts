import { describe, expect, it } from "vitest";
import { judge, resolve } from "../../src/target/resolve.js";

describe("resolve: what a migration does with a record that is", () => {
  it.each([
    ["missing", null, "created"],
    ["same", null, "unchanged"],
    ["expiry", null, "unchanged"],
    ["different", null, "conflict"],
    ["different", "file", "conflict"],
    ["different", "redis", "conflict"],
    ["wrongType", null, "conflict"],
  ] as const)("%s, the newer being %s: %s", (relation, newer, outcome) => {
    expect(resolve({ relation, newer, fields: [] })).toBe(outcome);
  });
});

describe("judge: what a verification calls a record that is", () => {
  it.each([
    ["missing", null, "missing"],
    ["same", null, "matched"],
    ["expiry", null, "expiry"],
    ["different", null, "different"],
    ["different", "file", "different"],
    ["different", "redis", "newer"],
    ["wrongType", null, "wrongType"],
  ] as const)("%s, the newer being %s: %s", (relation, newer, outcome) => {
    expect(judge({ relation, newer, fields: [] })).toBe(outcome);
  });
});
