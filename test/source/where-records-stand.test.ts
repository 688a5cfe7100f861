import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { findSources } from "../../src/source/find-source-files.js";
import { readRecords } from "../../src/source/read-records.js";
import type { Kind } from "../../src/types/kind.js";
import { apiKey, conversation } from "../support/legacy.js";
import { scratchFolder } from "../support/program.js";
import { rounds } from "../support/rounds.js";

const [talk, key] = [conversation("a"), apiKey("a")];

const name = fc.oneof(
  fc.string({ maxLength: 5 }),
  fc.constantFrom("id", "messages", "userName", "key", "a:b"),
);
const { junk } = fc.letrec((tie) => ({
  junk: fc.oneof(
    { depthSize: "small" },
    fc.oneof(fc.string({ maxLength: 6 }), fc.double({ noNaN: true }), fc.constantFrom(true, null)),
    fc.array(tie("junk"), { maxLength: 3 }),
    fc.dictionary(name, tie("junk"), { maxKeys: 3 }),
  ),
}));
const record = fc.oneof(
  fc.nat().map((at) => conversation(String(at), at % 3)),
  fc.nat().map((at) => apiKey(String(at))),
  fc.constant({ id: "another program's", messages: [] }),
);
/** What may stand where a record can stand: anything, also as JSON within a text. */
const value = fc
  .tuple(fc.oneof(junk, record), fc.integer({ min: 0, max: 5 }))
  .map(([one, within]) => (within === 0 ? JSON.stringify(one) : one));
const values = fc.array(value, { maxLength: 6 });
/** No name that says something about the set. */
const names = fc.uniqueArray(
  fc.string({ minLength: 1, maxLength: 6 }).map((text) => `x${text}`),
  { minLength: 6, maxLength: 6 },
);

interface Made {
  readonly text: string;
  /** How many values stand where a record can stand. */
  readonly places: number;
}

const byName = (all: readonly unknown[], given: readonly string[], first: object) =>
  Object.fromEntries([["x", first], ...all.map((one, at) => [given[at] ?? "", one])]);

/** An array in the place of a row is taken for the rows, and each of its elements for one. */
const inArrays = (all: readonly unknown[]) =>
  all.reduce((sum: number, one) => sum + (Array.isArray(one) ? one.length : 1), 0);

type Make = (all: readonly unknown[], others: readonly unknown[], names: readonly string[]) => Made;

const layouts: Readonly<Record<string, Make>> = {
  dbcontext: (all, others) => ({
    text: JSON.stringify({ conversations: { rows: all, name: "c" }, keys: { name: "k", rows: others } }),
    places: all.length + others.length,
  }),
  arrays: (all, others) => ({
    text: JSON.stringify({ conversations: [talk, ...all], keys: others }),
    places: 1 + all.length + others.length,
  }),
  "by-id": (all, others, given) => ({
    text: JSON.stringify({ keys: byName(all, given, key), conversations: byName(others, given, talk) }),
    places: 2 + inArrays(all) + inArrays(others),
  }),
  "rows as an object": (all, others, given) => ({
    text: JSON.stringify({ keys: { rows: byName(all, given, key) }, conversations: { rows: others } }),
    places: 1 + all.length + others.length,
  }),
  "by-key": (all, others, given) => ({
    text: JSON.stringify({
      "p:keys:x": key,
      ...Object.fromEntries([...all].map((one, at) => [`p:keys:${given[at]}`, one])),
      ...Object.fromEntries([...others].map((one, at) => [`p:conversations:${given[at]}`, one])),
    }),
    places: 1 + all.length + others.length,
  }),
  array: (all, others) => ({
    text: JSON.stringify([...all, talk, ...others]),
    places: 1 + all.length + others.length,
  }),
  lines: (all, others) => ({
    text: [talk, ...all, key, ...others].map((one) => `${JSON.stringify(one)}\n`).join(""),
    places: 2 + inArrays(all) + inArrays(others),
  }),
};

it.each(Object.keys(layouts))(
  "%s: each value that stands where a record can stand is counted as something",
  async (layout) => {
    const path = join(await scratchFolder(), "x.json");
    const property = fc.asyncProperty(
      values,
      values,
      names,
      fc.constantFrom<Kind | null>(null, null, "key"),
      async (all, others, given, only) => {
        const made = layouts[layout]?.(all, others, given) ?? { text: "", places: -1 };
        await writeFile(path, made.text);
        const { sources } = await findSources([path]);
        let [counted, conversations] = [0, 0];
        for (const source of sources) {
          for await (const { items } of readRecords(source, { prefix: "p:", ttl: null }, only)) {
            for (const one of items) {
              const kind = !("rejection" in one) ? one.kind : one.rejection.kind;
              // Nothing is damaged: what is rejected is a record, or stands for one.
              expect(kind).not.toBeNull();
              counted += 1;
              conversations += kind === "conversation" ? 1 : 0;
            }
          }
        }
        if (only === null) expect(counted).toBe(made.places);
        else expect(conversations).toBe(0);
      },
    );
    await fc.assert(property, { seed: 11, numRuns: rounds(150) });
  },
);
