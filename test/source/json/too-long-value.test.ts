import { describe, expect, it } from "vitest";
import { Scanner } from "../../../src/source/json/scanner.js";
import type { Layouts } from "../../../src/source/json/where-rows-stand.js";

describe("a value longer than may be taken", () => {
  const layouts: Layouts = { byId: false, idUnder: (name) => name, isRow: () => false, takes: () => true };
  const long = JSON.stringify({
    id: "long",
    messages: [{ content: `[{ \\" é${"x".repeat(3_000)}` }],
    more: [[1], {}],
  });
  const scanOf = (text: Buffer, chunk: number, way: Layouts | null) => {
    const taken: string[] = [];
    const lost: Buffer[] = [];
    const kinds: string[] = [];
    const scanner = new Scanner(
      {
        value: (path) => (path.length < 2 ? "enter" : "take"),
        taken: (_, { bytes }) => taken.push(bytes.toString()),
        damaged: (_, { kind, bytes, continued }) => {
          lost.push(Buffer.from(bytes));
          if (!continued) kinds.push(kind);
        },
      },
      null,
      way,
      1_000,
    );
    for (let from = 0; from < text.length; from += chunk)
      scanner.write(Buffer.from(text.subarray(from, from + chunk)));
    scanner.end();
    return { taken, kinds, lost: Buffer.concat(lost).toString() };
  };

  it.each([
    ["in a text without indentation", layouts],
    ["where nothing is searched for behind damage", null],
  ])("%s: costs itself alone", (_, way) => {
    for (const chunk of [1, 7, 100, 999, 5_000].filter((size) => size < long.length)) {
      const text = Buffer.from(`{"rows":[{"id":"a"},${long},{"id":"b"},${long}, {"id":"c"}]}`);
      const { taken, kinds, lost } = scanOf(text, chunk, way);
      expect([chunk, ...taken]).toEqual([chunk, '{"id":"a"}', '{"id":"b"}', '{"id":"c"}']);
      expect(kinds).toEqual(["too-long", "too-long"]);
      expect(lost).toBe(long + long);
    }
  });

  it("that is broken further on: the next whole row is found", () => {
    const row = '{"id":"b","messages":[]}';
    const text = Buffer.from(`{"rows":[${long.replace(/.$/, "]")},${row}]}`);
    const { taken, kinds } = scanOf(text, 100, layouts);
    expect(taken).toEqual([row]);
    expect(kinds[0]).toBe("too-long");
  });
});
