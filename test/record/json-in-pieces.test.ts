import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { expect, it } from "vitest";
import { objectInPieces } from "../../src/record/json-in-pieces.js";

const whole = (before: object, bytes: Buffer) =>
  JSON.stringify({
    ...before,
    ...(isUtf8(bytes) ? { raw: bytes.toString("utf8") } : { base64: bytes.toString("base64") }),
  });

it("gives what JSON.stringify gives, wherever the pieces are cut", () => {
  // Longer than a piece, so that cuts fall within characters of each width.
  const unit = fc
    .string({ unit: "binary", minLength: 1, maxLength: 7 })
    .filter((text) => !/\p{Surrogate}/u.test(text));
  fc.assert(
    fc.property(fc.nat(8), unit, (shift, text) => {
      const bytes = Buffer.from("x".repeat(shift) + text.repeat(300_000 / text.length));
      const pieces = [...objectInPieces({ kind: "key" }, "raw", bytes)];
      expect(pieces.join("")).toBe(whole({ kind: "key" }, bytes));
      expect(pieces.length).toBeGreaterThan(3);
    }),
    { numRuns: 30 },
  );
});

it("gives base64 for what is not UTF-8, of any length", () => {
  for (const length of [1, 2, 3, 200_000, 400_001]) {
    const bytes = Buffer.alloc(length, 0xff);
    expect([...objectInPieces({ a: 1 }, "raw", bytes)].join("")).toBe(whole({ a: 1 }, bytes));
  }
});
