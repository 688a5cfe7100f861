import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeRow } from "../../../src/source/decode-row.js";
import { FastRowReader } from "../../../src/source/json/fast-row.js";
import { Scanner } from "../../../src/source/json/scanner.js";
import type { Level } from "../../../src/source/json/scanner-visitor.js";
import { idAt, kindAt } from "../../../src/source/kind-and-id-by-path.js";
import { readRecords } from "../../../src/source/read-records.js";
import { FROM, ID_FROM, ID_TO, stride, TO } from "../../../src/source/record-columns.js";
import type { SplitOptions } from "../../../src/source/row-batch.js";
import { disposition } from "../../../src/source/which-values-are-rows.js";
import type { Kind } from "../../../src/types/kind.js";
import type { Source } from "../../../src/types/source-file.js";
import { plainly } from "../../support/entry.js";
import { apiKey, conversation } from "../../support/legacy.js";
import { scratchFolder } from "../../support/program.js";
import { rounds } from "../../support/rounds.js";

const keyspace = { prefix: "p:", ttl: 60 };

/** How a text comes to a scanner: cut into chunks, and in memory of which so much is free before each chunk. */
interface Coming {
  readonly cuts: readonly number[];
  readonly headroom: number;
}

/** All that is found in a text, as texts. Without `coming` it is scanned in one piece, and no row is read in one go. */
function found(text: Buffer, coming: Coming | null): { readonly all: string[]; readonly expressed: number } {
  const all: string[] = [];
  let expressed = 0;
  const add = (...what: readonly unknown[]) => all.push(what.map(String).join(" "));
  const { cuts, headroom } = coming ?? { cuts: [], headroom: 0 };
  const chunk = cuts.reduce((most, cut, at) => Math.max(most, cut - (cuts[at - 1] ?? 0)), text.length);
  // Two chunks in turns, in the reader's own memory, as in the thread that reads; with less room than some rows need.
  const part = headroom + chunk;
  const reader = new FastRowReader({ output: headroom, copies: headroom, input: 2 * part });
  const memory = reader.input.fill("x");
  const where = (path: readonly Level[], at: { offset: number; line: number }) => [
    path.map(({ index, name }) => `${index}${name}`),
    at.offset,
    at.line,
  ];
  let isLong = false;
  const express = (path: readonly Level[], window: Buffer, at: number) => {
    const kind = kindAt(path);
    if (kind === null || idAt(path) !== null) return null;
    const read = reader.read(window, at, kind);
    isLong = read === null && reader.ranOut;
    return isLong ? ("cut" as const) : read;
  };
  /** To be called with the values of the rows that were read in one go. */
  let addValues: ((values: Buffer) => void)[] = [];
  const addExpressed = (path: readonly Level[], at: { offset: number; line: number }) => {
    const row = new Float64Array(stride);
    reader.keep(row, 0);
    const [kind, behind, place] = [kindAt(path), where(path, at), all.push("") - 1];
    addValues.push((values) => {
      const text = (from: number, to: number) => values.toString("utf8", row[from], row[to]);
      all[place] = ["record", kind, text(ID_FROM, ID_TO), text(FROM, TO), ...behind].map(String).join(" ");
    });
    expressed += 1;
  };
  const takeValues = () => {
    const values = reader.take();
    for (const addTo of addValues) addTo(values);
    addValues = [];
  };
  const scanner = new Scanner({
    value: (path, opens) => {
      isLong = false;
      return disposition("dbcontext", path, opens);
    },
    ...(coming === null ? {} : { express }),
    expressed: addExpressed,
    taken: (path, { bytes, offset, line }) => {
      const kind = kindAt(path) as Kind;
      if (isLong && reader.readWhole(bytes, kind)) return addExpressed(path, { offset, line });
      const place = { source: "", index: 0, offset, line };
      const decoded = decodeRow({ kind, id: null, place, bytes });
      if ("reason" in decoded) add("invalid", decoded.reason, ...where(path, { offset, line }));
      else {
        add("record", decoded.kind, decoded.id, decoded.value, ...where(path, { offset, line }));
      }
    },
    damaged: (path, { kind, bytes, ...at }) => add("damage", kind, bytes, ...where(path, at)),
  });
  let from = 0;
  for (const [turn, cut] of [...cuts, text.length].entries()) {
    const start = (turn % 2) * part + headroom;
    const chunk = memory.subarray(start, start + cut - from);
    text.copy(chunk, 0, from, cut);
    scanner.write(chunk, headroom);
    takeValues();
    from = cut;
  }
  scanner.end();
  takeValues();
  return { all, expressed };
}

describe("a text that comes in chunks, each behind room for the rest of the one before", () => {
  const rows = [
    conversation("a", 3),
    { ...conversation("b", 1), more: [1.5, null, { x: true }, "\u0001\u001f"] },
    // Left to decoding, and not valid.
    { id: 5, messages: [] },
    { id: "c" },
    // Long texts, one of them deeper than the other: an end that is missing is not to be found in the other.
    { id: "d", messages: [], userName: "u".repeat(80), extra: { a: "b".repeat(80) } },
    conversation("e", 0),
  ];
  const sets = {
    keys: { rows: [apiKey("a"), apiKey("b")], name: "keys" },
    conversations: { rows, name: "conversations" },
  };
  const perLine = (list: readonly object[]) => list.map((row) => `  ${JSON.stringify(row)}`).join(",\n");
  const texts = [
    JSON.stringify(sets),
    JSON.stringify(sets, null, 4),
    `{"keys":{"rows":[\n${perLine(sets.keys.rows)}\n]},"conversations":{"rows":[\n${perLine(rows)}\n]}}`,
  ].map((text) => Buffer.from(text));
  const cutsIn = (text: Buffer) =>
    fc.array(fc.nat({ max: text.length }), { maxLength: 12 }).map((cuts) => [...cuts].sort((a, b) => a - b));
  const coming = fc
    .constantFrom(...texts)
    .chain((text) =>
      fc.record({ text: fc.constant(text), cuts: cutsIn(text), headroom: fc.nat({ max: 1_200 }) }),
    );

  it("is read as in one piece", () => {
    let expressed = 0;
    const property = fc.property(coming, ({ text, ...how }) => {
      const whole = found(text, null);
      const cut = found(text, how);
      expect(cut.all).toEqual(whole.all);
      expect(whole.all).toHaveLength(8);
      expressed += cut.expressed;
    });
    fc.assert(property, { seed: 3, numRuns: rounds(1_000) });
    expect(expressed).toBeGreaterThan(2_000);
  });

  it("is read as in one piece, damage and all", () => {
    let damaged = 0;
    const changes = fc.array(
      fc.tuple(fc.nat(), fc.constantFrom("", "\n", '"', "}", "{", ",", "]", "\\", "x")),
      {
        minLength: 1,
        maxLength: 3,
      },
    );
    const property = fc.property(coming, changes, fc.boolean(), ({ text, ...how }, where, cutOff) => {
      let changed = text.toString("latin1");
      for (const [place, put] of where) {
        const at = place % changed.length;
        changed = changed.slice(0, at) + put + changed.slice(at + 1);
      }
      const end = cutOff ? (where[0]?.[0] ?? 0) % (changed.length + 1) : changed.length;
      const bytes = Buffer.from(changed.slice(0, end), "latin1");
      const whole = found(bytes, null);
      const cuts = how.cuts.map((cut) => Math.min(cut, bytes.length));
      expect(found(bytes, { ...how, cuts }).all).toEqual(whole.all);
      if (whole.all.some((one) => one.startsWith("damage"))) damaged += 1;
    });
    fc.assert(property, { seed: 4, numRuns: rounds(3_000) });
    expect(damaged).toBeGreaterThan(1_000);
  });

  it.each(texts)(
    "is read as in one piece, wherever it ends, and whichever byte of it is lost (%#)",
    (text) => {
      for (let at = 0; at < text.length; at += 1) {
        const ended = text.subarray(0, at);
        const lacking = Buffer.concat([ended, text.subarray(at + 1)]);
        for (const bytes of [ended, lacking]) {
          expect(found(bytes, { cuts: [], headroom: 0 }).all).toEqual(found(bytes, null).all);
        }
      }
    },
  );

  it("has each usual row read in one go, wherever it is cut, and whether there is room for it", () => {
    const text = texts[1] as Buffer;
    const bytewise = Array.from({ length: text.length }, (_, at) => at);
    for (const headroom of [0, text.length]) {
      expect(found(text, { cuts: bytewise, headroom }).expressed).toBe(6);
      for (let cut = 0; cut <= text.length; cut += 1)
        expect(found(text, { cuts: [cut], headroom }).expressed).toBe(6);
    }
  });
});

describe("a file of many chunks", () => {
  /** Everything that is read of a source, with its bytes as text. */
  async function readAll(source: Source, how: SplitOptions) {
    const all: unknown[] = [];
    for await (const { items } of readRecords(source, keyspace, null, how)) {
      for (const one of items) {
        if (!("rejection" in one)) {
          all.push(plainly(one));
        } else all.push({ ...one, bytes: one.bytes.toString("latin1") });
      }
    }
    return all;
  }

  it("is read the same in passing, with rows of all sizes and some damage", async () => {
    const path = join(await scratchFolder(), "db.json");
    const kib = 1024;
    // Some that begin in one chunk and end in the next, some longer than the room before a chunk, or than a chunk.
    const sizes = [
      0,
      1,
      40,
      300,
      100 * kib,
      200 * kib,
      255 * kib,
      257 * kib,
      300 * kib,
      700 * kib,
      1_300 * kib,
    ];
    const rows = Array.from({ length: 110 }, (_, at) => {
      const size = sizes[(at * 7) % sizes.length] as number;
      const text = "漢".repeat(size / 3) + "\n".repeat(at % 3);
      return { ...conversation(String(at), at % 4), note: text, ...(at % 17 === 0 ? { odd: 1e21 } : {}) };
    });
    const sets = { keys: { rows: [apiKey("a")] }, conversations: { rows } };
    const text = JSON.stringify(sets, null, 4).replace('"userName": "User"', '"userName": "User');
    const source = {
      path,
      bytes: 0,
      named: true,
      identity: null,
      stdinFile: null,
      layout: "dbcontext",
    } as const;
    for (const before of [0, 100_001]) {
      await writeFile(path, " ".repeat(before) + text);
      const slow = await readAll(source, { fastPath: false });
      expect(slow).toHaveLength(111);
      expect(await readAll(source, {})).toEqual(slow);
      expect(await readAll(source, { reuseMemory: true })).toEqual(slow);
    }
  });
});
