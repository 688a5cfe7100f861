import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "../../src/record/expiry.js";

describe("parseDuration", () => {
  it.each([
    ["30d", 2_592_000],
    ["12h", 43_200],
    ["90m", 5_400],
    ["45s", 45],
    ["3600", 3_600],
    ["1", 1],
    ["007", 7],
    ["366000d", 31_622_400_000],
  ])("reads %s as %d seconds", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each([
    "",
    "d",
    "0",
    "0d",
    "-1",
    "+1",
    "1.5h",
    "1e3",
    "0x10",
    "1 d",
    " 1d",
    "1d\n",
    "1D",
    "1w",
    "1d12h",
    "none",
    "٣",
    "366001d",
    "9".repeat(400),
  ])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});

describe("formatDuration", () => {
  it.each([
    [2_592_000, "30d"],
    [43_200, "12h"],
    [5_400, "90m"],
    [86_401, "86401s"],
    [0, "0s"],
    [null, "none"],
  ])("formats %s seconds in the largest whole unit: %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it("is read back by parseDuration", () => {
    const property = fc.property(fc.integer({ min: 1, max: 31_622_400_000 }), (seconds) => {
      expect(parseDuration(formatDuration(seconds))).toBe(seconds);
    });
    fc.assert(property, { seed: 1, numRuns: 200 });
  });
});
