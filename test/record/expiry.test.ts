import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expiresAtOf, formatDuration, isPastItsTime, parseDuration } from "../../src/record/expiry.js";

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

describe("expiresAtOf", () => {
  const now = 1_800_000_000_000;

  it.each([
    [now - 5_000, now + 55_000],
    [now - 4_999.5, now + 55_000],
    [now + 1, now + 60_000],
    [1e300, now + 60_000],
    [null, now + 60_000],
    [0, 60_000],
    [-1_000, 59_000],
  ])("of what was in use at %s, for a minute from then, is %s", (lastActive, end) => {
    expect(expiresAtOf({ kind: "conversation", lastActive }, { ttl: 60, present: { now } })).toBe(end);
  });

  it("is not known of an API key, nor where nothing expires or lives from when it is written", () => {
    const one = { kind: "conversation", lastActive: now } as const;
    expect(expiresAtOf({ ...one, kind: "key" }, { ttl: 60, present: { now } })).toBe(null);
    expect(expiresAtOf(one, { ttl: null, present: { now } })).toBe(null);
    expect(expiresAtOf(one, { ttl: 60 })).toBe(null);
  });
});

describe("isPastItsTime", () => {
  it.each([
    [-5, true],
    [0, true],
    [60, true],
    [61, false],
  ])("with %d s left of 30 days: %s", (ttl, isPast) => {
    expect(isPastItsTime({ ttl, expiresAt: 1 }, 2_592_000)).toBe(isPast);
  });

  it("of a short life takes no more than a tenth away", () => {
    expect([1, 2, 3].map((ttl) => isPastItsTime({ ttl, expiresAt: 1 }, 20))).toEqual([true, true, false]);
  });

  it("never holds of what never expires, or lives from when it is written", () => {
    expect(isPastItsTime({ ttl: null, expiresAt: null }, null)).toBe(false);
    expect(isPastItsTime({ ttl: 1, expiresAt: null }, 600)).toBe(false);
  });
});
