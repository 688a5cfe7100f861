import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rounds } from "../../support/rounds.js";
import { type Dispose, damageAt, dbcontext, rowsOfRoot, scan, scanLibrary } from "./scan-events.js";

const string = fc.string({ unit: "binary", maxLength: 6 });
const records = fc.array(
  fc.record({ id: string, messages: fc.array(fc.record({ content: string }), { maxLength: 2 }) }),
  { maxLength: 4 },
);
const library = fc.tuple(records, records, fc.constantFrom(0, 4)).map(([rows, keys, indent]) => {
  const sets = { conversations: { rows, name: "conversations" }, keys: { rows: keys, name: "keys" } };
  return Buffer.from(JSON.stringify(sets, null, indent));
});
const fraction = fc.nat({ max: 9999 }).map((parts) => parts / 10_000);
const pieces = ["\\", "\n", "\\\n", "\n    ", "\n        {", " ", "\r", "\0", '"a":', "é", ...'{}[],:"1'];
const piece = fc.oneof(
  fc.constantFrom(...pieces).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 3 }),
);
const edits = fc.array(fc.tuple(fraction, fc.nat({ max: 30 }), piece), { maxLength: 4 });

/** A library's text in which bytes were overwritten, removed or inserted. */
const broken = fc.tuple(library, edits).map(([text, changes]) =>
  changes.reduce((so, [where, removed, inserted]) => {
    const at = Math.floor(where * so.length);
    return Buffer.concat([so.subarray(0, at), inserted, so.subarray(at + removed)]);
  }, text),
);
const noise = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc.array(piece, { maxLength: 30 }).map((all) => Buffer.concat(all)),
);
/** Walks, takes and skips by turns, whatever stands there. */
const byTurns: Dispose = (path) =>
  (["enter", "take", "skip"] as const)[path.reduce((sum, { index }) => sum + index, 0) % 3] ?? "skip";
const dispose = fc.constantFrom(rowsOfRoot, dbcontext, byTurns);

describe("a text cut off anywhere", () => {
  it("yields every row that ended before, no other, and reports the cut once", () => {
    const property = fc.property(library, fraction, (whole, where) => {
      const cut = Math.floor(where * whole.length);
      const complete = scanLibrary(whole).filter(({ offset, text }) => offset + text.length <= cut);
      const events = scanLibrary(whole.subarray(0, cut));
      expect(events.slice(0, -1)).toEqual(complete);
      expect(events.at(-1)?.what).toBe(cut === 0 ? "empty" : "truncated");
    });
    fc.assert(property, { seed: 3, numRuns: rounds(1000) });
  });
});

describe("any bytes, JSON or not", () => {
  it("are scanned to the end; damage is reported in order, in place, and once", () => {
    const property = fc.property(fc.oneof(broken, noise), dispose, (text, value) => {
      let end = 0;
      for (const event of scan(text, [], value)) {
        expect(event.offset).toBeGreaterThanOrEqual(end);
        end = event.offset + event.text.length;
        expect(event).toMatchObject(damageAt(text, event.offset, end));
      }
    });
    fc.assert(property, { seed: 4, numRuns: rounds(2000) });
  });

  it("mean the same in whatever chunks they come", () => {
    const property = fc.property(
      fc.oneof(broken, noise),
      dispose,
      fc.array(fraction),
      (text, value, cuts) => {
        const whole = scan(text, [], value);
        const sorted = cuts.map((where) => Math.floor(where * text.length)).sort((one, other) => one - other);
        expect(scan(text, sorted, value)).toEqual(whole);
        expect(scan(text, text.keys(), value)).toEqual(whole);
      },
    );
    fc.assert(property, { seed: 5, numRuns: rounds(2000) });
  });
});
