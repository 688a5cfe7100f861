import fc from "fast-check";
import { expect, test } from "vitest";
import { creationLines } from "../../src/journal/creation-lines.js";
import { kinds } from "../../src/types/kind.js";
import { makeEntry } from "../support/entry.js";

test("the lines of steps that create records are those that JSON.stringify would write", () => {
  const id = fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary-ascii" }));
  const entry = fc
    .tuple(fc.constantFrom(...kinds), id)
    .map(([kind, name]) => makeEntry(kind, name, JSON.stringify({ id: name })));
  const first = fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 2 ** 31 - 20 }));
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 12 }), first, fc.boolean(), (entries, from, again) => {
      const lines = entries.map(({ kind, redisKey, digest }, at) => {
        const mark = again ? { again } : {};
        return `${JSON.stringify({ op: "create", n: from + at, ...mark, kind, key: redisKey.reveal(), digest })}\n`;
      });
      expect(creationLines(entries, from, again).toString()).toBe(lines.join(""));
    }),
  );
});
