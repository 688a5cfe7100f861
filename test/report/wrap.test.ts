import { expect, test } from "vitest";
import { columnsOf, wrap } from "../../src/report/wrap.js";

test("a line that is too wide is broken at blanks; a word that is too wide stays whole", () => {
  expect(wrap("one two three", 7)).toBe("one two\nthree");
  expect(wrap("a wide-wide-word b", 6)).toBe("a\nwide-wide-word\nb");
  expect(wrap("one two\n\nthree", 7)).toBe("one two\n\nthree");
});

test("a list's line goes on two columns further in, and blanks between its columns stay", () => {
  expect(wrap("  from  db.json  (26.0 kB: 24 of them)", 26)).toBe(
    "  from  db.json  (26.0 kB:\n    24 of them)",
  );
});

test("colours take no room", () => {
  expect(wrap("\u001b[33m  ! one two\u001b[39m", 11)).toBe("\u001b[33m  ! one two\u001b[39m");
  expect(wrap("\u001b[33m  ! one two\u001b[39m", 8)).toBe("\u001b[33m  ! one\n    two\u001b[39m");
});

test("where there is no terminal, or none that says its width, nothing is broken", () => {
  expect(wrap("one two three", columnsOf({ columns: 7 }))).toBe("one two three");
  expect(columnsOf({ isTTY: true, columns: 0 })).toBe(null);
  expect(columnsOf({ isTTY: true, columns: 7 })).toBe(7);
});
