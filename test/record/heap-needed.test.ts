import { expect, it } from "vitest";
import { lackingHeap, openHeapBudget } from "../../src/record/heap-needed.js";

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

it("counts what is made of a long text and a short one with wider characters as wide", () => {
  const long = Buffer.alloc(16 * MIB, "x");
  expect(lackingHeap([long], 150 * MIB)).toBeNull();
  expect(lackingHeap([long, Buffer.from("漢")], 150 * MIB)).not.toBeNull();
});

it("says of texts that come one after the other the same as of all of them, and in the end what is enough for all", () => {
  const lackingFor = openHeapBudget(200 * MIB);
  const long = Buffer.alloc(16 * MIB, "x");
  expect([lackingFor(long), lackingFor(long)]).toEqual([null, null]);
  const answers = [lackingFor(long), lackingFor(long)];
  expect(answers).toEqual([
    lackingHeap(Array(3).fill(long), 200 * MIB),
    lackingHeap(Array(4).fill(long), 200 * MIB),
  ]);
  expect(answers).not.toContain(null);
  expect(openHeapBudget(MIB)(Buffer.alloc(1000, "["))).toBeNull();
});
