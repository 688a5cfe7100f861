import { expect, it } from "vitest";
import { bytes, count, elapsed, plural } from "../../src/report/units.js";

it.each([
  [0, "0"],
  [999, "999"],
  [1_000, "1,000"],
  [1_234_567, "1,234,567"],
])("count sets off the thousands of %d: %s", (value, text) => {
  expect(count(value)).toBe(text);
});

it.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.0 kB"],
  [1_234_567, "1.2 MB"],
  [999_400, "999.4 kB"],
  [999_999, "1.0 MB"],
  [5e9, "5.0 GB"],
  [5e12, "5.0 TB"],
  [5e15, "5000.0 TB"],
])("bytes shows %d in the largest fitting unit: %s", (value, text) => {
  expect(bytes(value)).toBe(text);
});

it.each([
  [0, "0 records"],
  [1, "1 record"],
  [2_000, "2,000 records"],
])("plural fits the noun to %d: %s", (value, text) => {
  expect(plural(value, "record")).toBe(text);
});

it.each([
  [0, "0.0 s"],
  [432, "0.4 s"],
  [12_000, "12.0 s"],
  [60_000, "1 min 0 s"],
  [125_400, "2 min 5 s"],
  [119_600, "2 min 0 s"],
])("elapsed shows %d ms as %s", (ms, text) => {
  expect(elapsed(ms)).toBe(text);
});
