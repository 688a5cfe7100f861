import fc from "fast-check";
import { expect, it } from "vitest";
import { SeenKeys } from "../../src/record/seen-keys.js";
import type { SeenRow } from "../../src/record/seen-row.js";

const at = (source: number, row: number | null, more: Partial<SeenRow> = {}): SeenRow => ({
  source,
  row,
  offset: 0,
  spelling: 0,
  value: 0,
  ...more,
});

it("notes a key that is new", () => {
  const index = new SeenKeys();
  expect(index.add("a", at(0, 0))).toBeNull();
  expect(index.find("a")).toEqual(at(0, 0));
});

it("does not have what was never added", () => {
  const index = new SeenKeys();
  index.add("a", at(0, 0));
  expect(index.find("b")).toBeNull();
});

it("says where a key was first seen, however often it comes", () => {
  const index = new SeenKeys();
  index.add("a", at(3, 5));
  index.add("a", at(4, 6));
  expect(index.add("a", at(7, 8))).toEqual(at(3, 5));
});

it.each([
  at(0, 0),
  at(2 ** 32 - 3, 2 ** 32 - 3),
  at(0, null, { offset: 7 }),
  at(0, 1, { offset: 2 ** 32 - 1 }),
  at(0, 1, { offset: 2 ** 53 - 1 }),
  at(1, 2, { spelling: 2 ** 48 - 1, value: 2 ** 48 - 2, offset: 5 }),
])("remembers the row $source, $row, $offset, $spelling, $value", (seenRow) => {
  const index = new SeenKeys();
  index.add("a", seenRow);
  expect(index.add("a", at(1, 1))).toEqual(seenRow);
});

it("counts each key once", () => {
  const index = new SeenKeys();
  for (const key of ["a", "b", "a", "", ""]) index.add(key, at(0, 0));
  expect(index.size).toBe(3);
});

it("holds many more keys than it began with room for", () => {
  const index = new SeenKeys();
  const rows = Array.from({ length: 60_000 }, (_, row) => row);
  const rowOf = (row: number) => at(row % 3, row % 7 ? row : null, { offset: row * 2 ** 20, value: row % 2 });
  for (const row of rows) expect(index.add(`made-up-${row}`, rowOf(row))).toBeNull();
  const seen = rows.map((row) => index.add(`made-up-${row}`, at(9, 9)));
  expect(JSON.stringify(seen)).toBe(JSON.stringify(rows.map(rowOf)));
  expect(index.size).toBe(rows.length);
});

it("agrees with a Map on any keys", () => {
  const key = fc.oneof(fc.string({ maxLength: 2 }), fc.string({ unit: "grapheme" }));
  const property = fc.property(fc.array(key, { maxLength: 50 }), (keys) => {
    const index = new SeenKeys();
    const known = new Map<string, SeenRow>();
    for (const [row, each] of keys.entries()) {
      const seenRow = at(row % 2, row, { value: row % 3 });
      expect(index.add(each, seenRow)).toEqual(known.get(each) ?? null);
      if (!known.has(each)) known.set(each, seenRow);
    }
    expect(index.size).toBe(known.size);
  });
  fc.assert(property, { seed: 1, numRuns: 200 });
});
