import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytes, count, elapsed, plural, printable, shortName } from "../../src/report/units.js";

it.each([
  [0, "0"],
  [999, "999"],
  [1_000, "1,000"],
  [1_234_567, "1,234,567"],
])("count sets off the thousands of %d: %s", (value, text) => {
  expect(count(value)).toBe(text);
});

it.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.0 kB"],
  [1_234_567, "1.2 MB"],
  [999_400, "999.4 kB"],
  [999_999, "1.0 MB"],
  [5e9, "5.0 GB"],
  [5e12, "5.0 TB"],
  [5e15, "5000.0 TB"],
])("bytes tells %d in the largest fitting unit: %s", (value, text) => {
  expect(bytes(value)).toBe(text);
});

it.each([
  [0, "0 records"],
  [1, "1 record"],
  [2_000, "2,000 records"],
])("plural fits the noun to %d: %s", (value, text) => {
  expect(plural(value, "record")).toBe(text);
});

it.each([
  [0, "0.0 s"],
  [432, "0.4 s"],
  [12_000, "12.0 s"],
  [60_000, "1 min 0 s"],
  [125_400, "2 min 5 s"],
  [119_600, "2 min 0 s"],
])("elapsed tells %d ms as %s", (ms, text) => {
  expect(elapsed(ms)).toBe(text);
});

describe("printable", () => {
  it.each([
    ["a line feed", "a\nb", "a\\u{a}b"],
    ["the escape that starts a terminal's command", "\x1b[31m", "\\u{1b}[31m"],
    ["a one-character terminal command", "\x9b31m", "\\u{9b}31m"],
    ["a null and a delete", "\0\x7f", "\\u{0}\\u{7f}"],
    ["a change of writing direction", "a\u202eb\u2066c\u200f", "a\\u{202e}b\\u{2066}c\\u{200f}"],
    ["line and paragraph separators", "\u2028\u2029", "\\u{2028}\\u{2029}"],
    ["half a surrogate pair", "a\ud83d", "a\\u{d83d}"],
  ])("escapes %s", (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it.each(["+49 (0)123", "a:b@c", "Grüße, 你好, שלום", "👩‍👩‍👧", ""])("leaves %j as it is", (text) => {
    expect(printable(text)).toBe(text);
  });

  it("leaves no control or direction character in any text", () => {
    const unit = fc.oneof(fc.integer({ max: 0xffff, min: 0 }), fc.integer({ max: 0x9f, min: 0 }));
    const property = fc.property(fc.array(unit), (units) => {
      const shown = printable(String.fromCharCode(...units));
      expect(shown).not.toMatch(/[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
    });
    fc.assert(property, { seed: 1, numRuns: 200 });
  });
});

describe("shortName", () => {
  it.each([
    ["shows 80 characters whole", "x".repeat(80), "x".repeat(80)],
    [
      "cuts a longer name, and tells how long it is",
      "x".repeat(1_000),
      `${"x".repeat(80)}… (1,000 characters)`,
    ],
    ["counts characters, not UTF-16 units", "🔑".repeat(80), "🔑".repeat(80)],
    ["never cuts a character in two", "🔑".repeat(81), `${"🔑".repeat(80)}… (81 characters)`],
    ["makes a short name safe", "a\nb", "a\\u{a}b"],
    ["makes a long name safe", `\n${"x".repeat(80)}`, `\\u{a}${"x".repeat(79)}… (81 characters)`],
  ])("%s", (_behaviour, name, shown) => {
    expect(shortName(name)).toBe(shown);
  });
});
