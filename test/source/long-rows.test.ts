import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRecords } from "../../src/source/read-records.js";
import { FROM, stride, TO } from "../../src/source/record-columns.js";
import type { SplitOptions } from "../../src/source/row-batch.js";
import { splitIntoRows } from "../../src/source/split-into-rows.js";
import type { Source } from "../../src/types/source-file.js";
import { plainly } from "../support/entry.js";
import { conversation } from "../support/legacy.js";
import { scratchFolder } from "../support/program.js";

async function sourceWith(text: string): Promise<Source> {
  const path = join(await scratchFolder(), "db.json");
  await writeFile(path, text);
  return { path, bytes: 0, named: true, identity: null, stdinFile: null, layout: "dbcontext" };
}

/** A conversation with an image, as the library keeps it: one long text. */
const withImage = (id: string, bytes: number) => ({
  ...conversation(id, 2),
  messages: [{ type: 1, date: 1, content: [{ image: `iVBORw0${id}`.repeat(bytes / 8) }] }],
});

describe("rows longer than a chunk", () => {
  it.each([false, true])(
    "are read in one go, beside short ones (memory used again: %j)",
    async (reuseMemory) => {
      const lengths = [5_000_000, 0, 1_000_000, 3_000_000, 40_000_000, 80, 2_000_000, 1_500_000];
      const rows = lengths.map((bytes, at) => withImage(String(at), bytes));
      const source = await sourceWith(JSON.stringify({ conversations: { rows } }, null, 4));
      let found = 0;
      for await (const { items, fastRows, values } of splitIntoRows(source, { reuseMemory })) {
        expect(items.filter((item) => typeof item !== "number")).toEqual([]);
        for (let at = 0; at < fastRows.length; at += stride) {
          const value = values.subarray(fastRows[at + FROM], fastRows[at + TO]);
          expect(value.equals(Buffer.from(JSON.stringify(rows[found])))).toBe(true);
          found += 1;
        }
      }
      expect(found).toBe(rows.length);
    },
  );

  it("may be all that a file holds", async () => {
    const row = withImage("0", 2_000_000);
    const source = await sourceWith(JSON.stringify({ conversations: { rows: [row] } }));
    expect(await readAll(source, {})).toEqual(await readAll(source, { fastPath: false }));
  });

  it.each([
    ["in its midst", (row: string) => row.replace("iVBORw0biVBORw0b", "iVBORw0b\u0001VBORw0b")],
    ["far into it", (row: string) => `${row.slice(0, 800_000)}\n\n${row.slice(800_000)}`],
    ["by a quote that is missing", (row: string) => row.replace('w0b"', "w0b")],
    ["by a bracket that is missing", (row: string) => row.replace("}", "")],
    ["by its end that is missing", (row: string) => row.slice(0, -1)],
    ["by half of it that is missing", (row: string) => row.slice(0, 800_000)],
  ])("are lost alone where they are damaged %s", async (_, damage) => {
    for (const indent of [0, 4]) {
      const rows = [conversation("a", 1), "damaged", conversation("c", 1), withImage("d", 900_000)];
      const text = JSON.stringify({ conversations: { rows } }, null, indent);
      const long = JSON.stringify(withImage("b", 1_600_000), null, indent);
      const indented = indent === 0 ? long : long.replaceAll("\n", `\n${" ".repeat(3 * indent)}`);
      const source = await sourceWith(text.replace('"damaged"', () => damage(indented)));
      const slow = await readAll(source, { fastPath: false });
      expect(slow.filter((one) => !("rejection" in one))).toHaveLength(3);
      expect(await readAll(source, {})).toEqual(slow);
      expect(await readAll(source, { reuseMemory: true })).toEqual(slow);
    }
  });
});

/** Everything that is read of a source, with its bytes as text. */
async function readAll(source: Source, how: SplitOptions): Promise<object[]> {
  const all: object[] = [];
  for await (const { items } of readRecords(source, { prefix: "p:", ttl: null }, null, how)) {
    for (const one of items)
      all.push("rejection" in one ? { ...one, bytes: one.bytes.toString("latin1") } : plainly(one));
  }
  return all;
}
