import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conversation } from "../../support/legacy.js";
import { rounds } from "../../support/rounds.js";
import { expectTheSame } from "./compare-with-parsing.js";

/** Values of JSON as people might write them: with white space, escapes and numbers of any form. */
const spelled: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => {
  const space = fc.constantFrom("", "", "", " ", "\n    ", "\r\n\t");
  const string = fc
    .array(
      fc.oneof(
        fc.string({ unit: "grapheme", maxLength: 60 }).map((text) => JSON.stringify(text).slice(1, -1)),
        fc.nat({ max: 0x21 }).map((code) => `\\u${code.toString(16).padStart(4, "0")}`),
        fc.constantFrom("\\u0041", "\\u001F", "\\/", "\\ud83d\\ude00", "\\ud800", "\\b", "\u2028", "\t"),
      ),
      { maxLength: 4 },
    )
    .map((parts) => `"${parts.join("")}"`);
  const number = fc.oneof(
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.constantFrom(
      "0",
      "-0",
      "1.50",
      "0.1",
      "1e3",
      "1E-7",
      "12345678901234567",
      "999999999999999",
      "01",
      "-",
      "1.",
    ),
  );
  const name = fc.oneof(
    { weight: 5, arbitrary: string },
    fc.constantFrom('"a"', '"b"', '"7"', '"__proto__"', '"id"'),
  );
  const listOf = (open: string, items: fc.Arbitrary<string>, close: string) =>
    fc
      .tuple(space, fc.array(items, { maxLength: 4 }), space)
      .map(([before, list, behind]) => `${open}${before}${list.join(`,${before}`)}${behind}${close}`);
  return {
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("true", "false", "null"),
      number,
      string,
      listOf("[", tie("value"), "]"),
      listOf(
        "{",
        fc.tuple(name, space, tie("value")).map(([key, gap, value]) => `${key}:${gap}${value}`),
        "}",
      ),
    ),
  };
}).value;

describe("whatever it is given, it says what parsing says, or nothing", () => {
  it("of rows spelled in any way", () => {
    let fast = 0;
    fc.assert(
      fc.property(fc.array(spelled, { maxLength: 3 }), spelled, fc.nat(3), ([...extra], content, type) => {
        const more = extra.map((value, at) => `, "more${at}": ${value}`).join("");
        const message = `{ "type": ${type}, "content": ${content}, "date": 12 }`;
        const text = `{ "id": "a", "messages": [${message}, ${message}]${more}, "userName": "u" }`;
        if (expectTheSame(text, "conversation")) fast += 1;
      }),
      { numRuns: rounds(3_000) },
    );
    // Otherwise it would have been asked about nothing.
    expect(fast).toBeGreaterThan(100);
  });

  it("of rows with some bytes changed, left out or doubled", () => {
    const rows = [conversation("a", 2), { ...conversation("b", 1), more: [1.5, { a: null }] }];
    const texts = rows
      .flatMap((row) => [JSON.stringify(row, null, 4), JSON.stringify(row)])
      .map((row) => Buffer.from(row));
    let fast = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom("set", "cut", "double")), {
          minLength: 1,
          maxLength: 3,
        }),
        (text, changes) => {
          let bytes = Buffer.from(text);
          for (const [place, byte, how] of changes) {
            const at = place % bytes.length;
            if (how === "set") bytes[at] = byte;
            else
              bytes = Buffer.concat([
                bytes.subarray(0, how === "cut" ? at : at + 1),
                bytes.subarray(how === "cut" ? at + 1 : at),
              ]);
          }
          if (expectTheSame(bytes, "conversation")) fast += 1;
        },
      ),
      { numRuns: rounds(10_000) },
    );
    expect(fast).toBeGreaterThan(100);
  });
});
