import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printable, shortName } from "../../src/report/printable.js";

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
      "cuts a longer name, and says how long it is",
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
