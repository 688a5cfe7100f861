import { expect, it } from "vitest";
import { lackingHeap } from "../../src/record/heap-needed.js";

const MIB = 1024 * 1024;

/** Times a text's bytes that its heap took when V8 ended the process for want of it (measured on Node 20). */
const measured = [
  ["ASCII", "lorem ipsum ", 2.75],
  ["text with an emoji", "lorem ipsum lorem ipsum lorem 😀", 4.5],
  ["Chinese", "漢字", 1.66],
  ["empty arrays", "[],", 16.25],
  ["empty objects", "{},", 23],
  ["objects that each have a name of their own", '{"a1b2":1},', 17.75],
] as const;

it.each(measured)(
  "%s: is refused where it would not fit, and taken where there is plenty",
  (_what, unit, times) => {
    const text = Buffer.from(unit.repeat((8 * MIB) / Buffer.byteLength(unit)));
    expect(lackingHeap([text], text.length * times)).toContain("--max-old-space-size=");
    expect(lackingHeap([text], text.length * 64 + 128 * MIB)).toBeNull();
  },
);

it("takes what is small whatever the heap, and counts texts together", () => {
  const half = Buffer.alloc(8 * MIB, "x");
  expect(lackingHeap([Buffer.alloc(1000, "[")], MIB)).toBeNull();
  expect(lackingHeap([half], 100 * MIB)).toBeNull();
  expect(lackingHeap([half, half], 100 * MIB)).not.toBeNull();
});
