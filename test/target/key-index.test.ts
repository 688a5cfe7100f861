import fc from "fast-check";
import { expect, it } from "vitest";
import { KeyIndex } from "../../src/target/key-index.js";

it("notes a key that is new", () => {
  const index = new KeyIndex();
  expect(index.add("a", { source: 0, row: 0 })).toBeNull();
  expect(index.has("a")).toBe(true);
});

it("does not have what was never added", () => {
  const index = new KeyIndex();
  index.add("a", { source: 0, row: 0 });
  expect(index.has("b")).toBe(false);
});

it("tells where a key was first seen, however often it comes", () => {
  const index = new KeyIndex();
  index.add("a", { source: 3, row: 5 });
  index.add("a", { source: 4, row: 6 });
  expect(index.add("a", { source: 7, row: 8 })).toEqual({ source: 3, row: 5 });
});

it.each([
  { source: 0, row: 0 },
  { source: 2 ** 32 - 2, row: 2 ** 32 - 2 },
])("remembers the sighting $source, $row", (sighting) => {
  const index = new KeyIndex();
  index.add("a", sighting);
  expect(index.add("a", { source: 1, row: 1 })).toEqual(sighting);
});

it("counts each key once", () => {
  const index = new KeyIndex();
  for (const key of ["a", "b", "a", "", ""]) index.add(key, { source: 0, row: 0 });
  expect(index.size).toBe(3);
});

it("holds many more keys than it began with room for", () => {
  const index = new KeyIndex();
  const rows = Array.from({ length: 10_000 }, (_, row) => row);
  for (const row of rows) index.add(`made-up-${row}`, { source: row % 3, row });
  const seen = rows.map((row) => index.add(`made-up-${row}`, { source: 9, row: 9 }));
  expect(seen).toEqual(rows.map((row) => ({ source: row % 3, row })));
});

it("agrees with a Map on any keys", () => {
  const key = fc.oneof(fc.string({ maxLength: 2 }), fc.string({ unit: "grapheme" }));
  const property = fc.property(fc.array(key, { maxLength: 50 }), (keys) => {
    const index = new KeyIndex();
    const known = new Map<string, { source: number; row: number }>();
    for (const [row, each] of keys.entries()) {
      const sighting = { source: row % 2, row };
      expect(index.add(each, sighting)).toEqual(known.get(each) ?? null);
      if (!known.has(each)) known.set(each, sighting);
    }
    expect(index.size).toBe(known.size);
  });
  fc.assert(property, { seed: 1, numRuns: 200 });
});
