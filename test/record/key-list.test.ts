import fc from "fast-check";
import { expect, test } from "vitest";
import { gatherKeys, type KeyList } from "../../src/record/key-list.js";

const keyArbitrary = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
);
const keysArbitrary = fc.array(keyArbitrary, { maxLength: 60 });

function listOf(keys: readonly Buffer[]): KeyList {
  const found = gatherKeys();
  for (const key of keys) found.add(key);
  expect(found.length).toBe(keys.length);
  return found.sorted();
}

const all = (list: KeyList) => Array.from({ length: list.length }, (_, at) => list.at(at).toString("latin1"));

/** The same, by what Node has. */
const expected = (keys: readonly Buffer[]) => [
  ...new Set([...keys].sort(Buffer.compare).map((key) => key.toString("latin1"))),
];

test("keys come in the order of their bytes, each once, whatever they are", () => {
  const property = fc.property(keysArbitrary, (keys) => {
    expect(all(listOf(keys))).toEqual(expected(keys));
  });
  fc.assert(property, { seed: 3 });
});

test("what one list has beyond another is told", () => {
  const property = fc.property(keysArbitrary, keysArbitrary, (some, others) => {
    const lacking = [...listOf(some).without(listOf(others))].map((key) => key.toString("latin1"));
    const there = new Set(expected(others));
    expect(lacking).toEqual(expected(some).filter((key) => !there.has(key)));
  });
  fc.assert(property, { seed: 3 });
});

test("many keys, and one that is larger than the rest together, find room", () => {
  const keys = Array.from({ length: 20_000 }, (_, at) => Buffer.from(`key ${(at * 7_919) % 20_000}`));
  const large = Buffer.alloc(3_000_000, "z");
  expect(all(listOf([...keys, large, ...keys]))).toEqual(expected([...keys, large]));
});
