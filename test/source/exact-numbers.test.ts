import fc from "fast-check";
import { expect, it } from "vitest";
import { exactNumber, namesIn, numberNamed, roundsNumbers } from "../../src/source/exact-numbers.js";

it.each([
  ['{"id":1}', "1"],
  ['{"id": 9007199254740993 ,"userName":"u"}', "9007199254740993"],
  ['{"messages":[{"id":5}],"more":{"id":6},"id":7}', "7"],
  ['{"id":7,"messages":[{"id":5}],"more":{"id":6}}', "7"],
  ['{"id":1,"id":2}', "2"],
  ['{"\\u0069d":3}', "3"],
  ['{"x":"\\"id\\":4","y":"\\\\","id":-5.50e+1}', "-5.50e+1"],
  ['{"x":"id","y":8}', null],
  ['{"id":"9"}', null],
  ['{"id":{"id":9}}', null],
  ["[1]", null],
])("of %s, the id is spelled %s", (text, expected) => {
  expect(numberNamed(text, "id")).toBe(expected);
});

it("finds the number that JSON.parse sees, wherever it stands", () => {
  const record = fc.dictionary(
    fc.oneof(fc.constantFrom("id", "x"), fc.string()),
    fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.jsonValue()),
  );
  const property = fc.property(record, fc.constantFrom(0, 2), (fields, space) => {
    const text = JSON.stringify(fields, null, space);
    const parsed: Record<string, unknown> = JSON.parse(text);
    const id = Object.hasOwn(parsed, "id") ? parsed.id : null;
    const found = numberNamed(text, "id");
    expect(found === null ? null : Number(found)).toBe(typeof id === "number" ? id + 0 : null);
  });
  fc.assert(property, { seed: 1, numRuns: 500 });
});

it.each([
  ["0", "0"],
  ["-0", "0"],
  ["0.000e9", "0"],
  ["1e2", "100"],
  ["100.0", "100"],
  ["10000E-2", "100"],
  ["-12.50", "-125e-1"],
  ["9007199254740993", "9007199254740993"],
  ["1e+21", "1000000000000000000000"],
  ["1e400", "1e400"],
])("the number %s is %s", (source, exact) => {
  expect(exactNumber(source)).toBe(exact);
});

it.each([
  ["9007199254740993", true],
  ["9007199254740994", false],
  ["1161888007138312192", true],
  ["1161888007138312200", false],
  ["12345678901234567890", true],
  ["1e21", false],
  ["1000000000000000000000", false],
  ["1000000000000000000001", true],
  ["123456789012345.6789", false],
  ["1e308", false],
  ["1e400", true],
  ["-1E+999", true],
  ['"1e400"', false],
  ['"12345678901234567890"', false],
  ['"\\"12345678901234567890"', false],
])("that %s is written with other digits: %s", (source, rounded) => {
  expect(roundsNumbers(`{"id":"x","usage":[{"n":${source}}]}`)).toBe(rounded);
});

it.each([
  ['{"a":1,"a":2}', 2],
  ['{ "a" :1, "b":{"c\\"":":","d" \n:[":","e:",{"f":"\\\\"}]} }', 5],
  ['"a:b"', 0],
  ["[]", 0],
])("names of members in %s: %i", (text, names) => {
  expect(namesIn(text)).toBe(names);
});

it("as many names as members stand in what JSON.stringify writes", () => {
  const members = (value: unknown): number =>
    typeof value !== "object" || value === null
      ? 0
      : Object.values(value).reduce<number>(
          (sum, inner) => sum + members(inner),
          Array.isArray(value) ? 0 : Object.keys(value).length,
        );
  const property = fc.property(fc.jsonValue(), fc.constantFrom(0, 1, "\t"), (value, indent) => {
    expect(namesIn(JSON.stringify(value, null, indent))).toBe(members(JSON.parse(JSON.stringify(value))));
  });
  fc.assert(property, { seed: 7 });
});
