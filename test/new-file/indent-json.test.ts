import fc from "fast-check";
import { expect, test } from "vitest";
import { type Block, beginningAt, indentJson } from "../../src/new-file/indent-json.js";
import { rounds } from "../support/rounds.js";

/** What is written at a depth, through blocks of a size that are emptied as often as they are full. */
function indented(json: string, depth: number, blockBytes: number): string {
  const block: Block = { bytes: Buffer.alloc(blockBytes), length: 0 };
  const parts: Buffer[] = [];
  const progress = beginningAt(depth);
  for (let done = false; !done; block.length = 0) {
    done = indentJson(Buffer.from(json), progress, block);
    parts.push(Buffer.from(block.bytes.subarray(0, block.length)));
  }
  return Buffer.concat(parts).toString();
}

test("any JSON value is indented as JSON.stringify would, however small the blocks", () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), fc.integer({ min: 2, max: 70 }), (value, bytes) => {
      expect(indented(JSON.stringify(value), 0, bytes)).toBe(JSON.stringify(value, null, 4));
    }),
    { numRuns: rounds(300) },
  );
});

test.each([
  ["a quote behind backslashes", { a: 'x\\\\"y\\', '"b\\': "\\" }],
  ["empty lists and objects", { a: [], b: {}, c: [[], {}, [[]]] }],
  ["brackets, commas and colons in text", { "{[:,]}": "]},{[:" }],
  ["numbers, true, false and null", [0, -1.5e300, true, false, null]],
  ["no value within an object", "a\nb😀"],
])("%s", (_, value) => {
  for (const bytes of [2, 3, 5, 4096])
    expect(indented(JSON.stringify(value), 0, bytes)).toBe(JSON.stringify(value, null, 4));
});

test("a value within a larger one begins its lines as deep as it stands", () => {
  const value = { id: "a", messages: [{ date: 1 }] };
  const all = JSON.stringify({ one: { two: value } }, null, 4);
  expect(all).toContain(indented(JSON.stringify(value), 2, 16));
});

test("a value nested deeper than a block is wide", () => {
  const depth = 2_000;
  const json = "[".repeat(depth) + "]".repeat(depth);
  expect(indented(json, 0, 64)).toBe(JSON.stringify(JSON.parse(json), null, 4));
});
