import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RejectedText } from "../../src/source/rejected-text.js";
import { splitIntoRows } from "../../src/source/split-into-rows.js";
import type { Row } from "../../src/types/row.js";
import type { Source } from "../../src/types/source-file.js";
import { scratchFolder } from "../support/program.js";

async function sourceOf(text: string): Promise<Source> {
  const path = join(await scratchFolder(), "db.json");
  await writeFile(path, text);
  const bytes = Buffer.byteLength(text);
  return { path, bytes, named: true, identity: null, stdinFile: null, layout: "dbcontext" };
}

async function read(text: string) {
  const source = await sourceOf(text);
  const items: (Row | RejectedText)[] = [];
  let bytesRead = 0;
  for await (const batch of splitIntoRows(source, { fastPath: false })) {
    items.push(...(batch.items as readonly (Row | RejectedText)[]));
    bytesRead = batch.bytesRead;
  }
  for (const item of items)
    expect(("rejection" in item ? item.rejection : item).place.source).toBe(source.path);
  expect(bytesRead).toBe(source.bytes);
  return {
    rows: items.flatMap((item) => ("rejection" in item ? [] : [item])),
    rejections: items.flatMap((item) => ("rejection" in item && !item.continued ? [item.rejection] : [])),
  };
}

/** Kind, index and text of each row. */
async function rowsIn(text: string) {
  const { rows, rejections } = await read(text);
  expect(rejections).toEqual([]);
  return rows.map(({ kind, place, bytes }) => [kind, place.index, bytes.toString()]);
}

const library = (conversations: unknown[], keys: unknown[]) => ({
  conversations: { rows: conversations, name: "conversations" },
  keys: { rows: keys, name: "keys" },
});

describe("the rows of both sets", () => {
  it.each([undefined, 2, 4, "\t"])(
    "come with their kind and index, in the order of the file (indent %j)",
    async (indent) => {
      const text = JSON.stringify(library([1, "b", null], [{}, []]), null, indent);
      expect(await rowsIn(text)).toEqual([
        ["conversation", 0, "1"],
        ["conversation", 1, '"b"'],
        ["conversation", 2, "null"],
        ["key", 0, "{}"],
        ["key", 1, "[]"],
      ]);
    },
  );

  it("come with the offset in bytes and the line where they stand", async () => {
    const text = JSON.stringify({ é: "漢", ...library([{ id: "é" }, { id: "b" }], []) }, null, 4);
    const { rows } = await read(text);
    const bytes = Buffer.from(text);
    expect(rows.map(({ place }) => place.line)).toEqual([5, 8]);
    for (const row of rows) {
      const { offset } = row.place;
      expect(bytes.subarray(offset, offset + row.bytes.length).equals(row.bytes)).toBe(true);
    }
  });

  it.each<[string, unknown, unknown[]]>([
    ["an empty object", {}, []],
    ["empty sets", library([], []), []],
    ["one set alone", { keys: { rows: [7], name: "keys" } }, [["key", 0, "7"]]],
    [
      "other sets and plain values beside",
      { a: 1, rows: [8], blacklist: { rows: [9] }, keys: { rows: [7] } },
      [["key", 0, "7"]],
    ],
    [
      "rows of another name, for names can be damaged",
      { keys: { name: "keys", ro_s: [{}, "a"] } },
      [
        ["key", 0, "{}"],
        ["key", 1, '"a"'],
      ],
    ],
    ["sets within other sets", { x: library([1], [2]), keys: { rows: [7] } }, [["key", 0, "7"]]],
    [
      "objects beside rows: records by id",
      { keys: { rows: [7], x: {} } },
      [
        ["key", 0, "7"],
        ["key", 1, "{}"],
      ],
    ],
    [
      "records by Redis key beside sets",
      { keys: { rows: [7] }, "p:keys:x": {}, "p:keys:y": "none", "p:keys:z": "{}" },
      [
        ["key", 0, "7"],
        ["key", 1, "{}"],
        ["key", 3, '"{}"'],
      ],
    ],
    [
      "texts beside rows that hold JSON",
      { keys: { rows: [], name: "{}", x: "x", y: "{}" } },
      [["key", 3, '"{}"']],
    ],
    [
      "texts and numbers in place of rows",
      { conversations: { rows: "x" }, keys: { rows: 5 } },
      [
        ["conversation", 0, '"x"'],
        ["key", 0, "5"],
      ],
    ],
    [
      "texts and numbers in place of sets",
      { conversations: "rows", keys: 12 },
      [
        ["conversation", 0, '"rows"'],
        ["key", 1, "12"],
      ],
    ],
    ["sets and rows that are empty", { conversations: { rows: null }, keys: "" }, []],
    ["a text", "conversations", []],
  ])("are found in %s", async (_name, value, expected) => {
    expect(await rowsIn(JSON.stringify(value))).toEqual(expected);
  });

  it("are found where the name of a set is escaped", async () => {
    expect(await rowsIn('{"k\\u0065ys":{"rows":[7]}}')).toEqual([["key", 0, "7"]]);
  });

  it("arrive whole when they are larger than what is read at once, in batches of what was read", async () => {
    const conversations = [{ id: "a" }, { id: "b", content: "é".repeat(500_000) }, { id: "c" }];
    const text = JSON.stringify(library(conversations, []));
    expect((await rowsIn(text)).map(([, , json]) => json)).toEqual(
      conversations.map((row) => JSON.stringify(row)),
    );
    let batches = 0;
    for await (const { bytesRead } of splitIntoRows(await sourceOf(text))) batches += bytesRead > 0 ? 1 : 0;
    expect(batches).toBeGreaterThan(1);
  });
});

describe("an object that holds sets, and is a record itself", () => {
  const talk = { id: "a", userName: "u", messages: [], lastActive: 1 };
  const key = { key: "sk-madeup-1111111111111111", queries: 1, tokens: 2, balance: 0 };
  const problemsIn = async (value: unknown) => {
    const found: [string | null, string][] = [];
    for await (const { items } of splitIntoRows(await sourceOf(JSON.stringify(value)))) {
      for (const item of items)
        if (typeof item !== "number" && "rejection" in item)
          found.push([item.rejection.kind, item.rejection.reason]);
    }
    return found;
  };

  it.each<[string, string, unknown]>([
    ["before its sets", "conversation", { ...talk, conversations: [talk] }],
    ["behind them", "conversation", { conversations: { rows: [talk] }, ...talk }],
    ["beside records by id", "conversation", { ...talk, conversations: { a: talk } }],
    ["beside records by Redis key", "conversation", { ...talk, "p:conversations:a": talk }],
    ["of API keys", "key", { ...key, keys: [key] }],
  ])("is reported once: %s", async (_name, kind, value) => {
    expect(await problemsIn(value)).toEqual([[kind, expect.stringContaining("was not read")]]);
  });

  it.each<[string, unknown]>([
    ["plain values of its app", { id: 1, key: "x", userName: "u", conversations: [talk] }],
    ["messages of another program", { id: 1, messages: [{ role: "user" }], keys: [key] }],
    ["a set of messages", { messages: { rows: [{ id: 1 }] }, conversations: { rows: [talk] }, keys: [key] }],
  ])("is not reported of %s", async (_name, value) => {
    expect(await problemsIn(value)).toEqual([]);
  });
});

describe("a member beside the sets that is no set", () => {
  const talk = { id: "a", userName: "u", messages: [], lastActive: 1 };
  const othersIn = async (value: unknown) => {
    let told: ReadonlyMap<string, number> = new Map();
    for await (const { otherSets } of splitIntoRows(await sourceOf(JSON.stringify(value)))) told = otherSets;
    return [...told];
  };

  it.each<[string, unknown]>([
    ["a record", talk],
    ["records by id", { a: talk }],
    ["lists of records", [5, [talk]]],
    ["rows as an object", { rows: { a: talk } }],
    ["a record as text", JSON.stringify(talk)],
    ["API keys as texts", ["sk-madeup-1111111111111111"]],
    ["a copy of all sets", { conversations: { rows: [talk] } }],
    ["a large one", { text: "x".repeat(200_000), behind: talk }],
  ])("is told where it may hold records: %s", async (_name, old) => {
    for (const layout of [{ conversations: { rows: [] } }, { "p:conversations:b": talk }]) {
      expect(await othersIn({ ...layout, old, version: 3 })).toEqual([["old", 0]]);
      expect(await othersIn({ version: 3, old, ...layout })).toEqual([["old", 0]]);
    }
  });

  it("is not told otherwise", async () => {
    const settings = { theme: "dark", tags: ["a", 1], limits: { messages: 3 } };
    expect(
      await othersIn({ conversations: { rows: [talk] }, settings: { theme: "dark" }, tags: ["a", 1] }),
    ).toEqual([]);
    expect(await othersIn({ settings, keys: { rows: [] } })).toEqual([["settings", 0]]);
  });
});

it("rows of other sets are counted, in JSON lines too", async () => {
  const line = JSON.stringify({ users: [{ id: 1 }, { id: 2 }], keys: { rows: [] } });
  for (const text of [line, `${line}\n${line}`]) {
    let counted: ReadonlyMap<string, number> = new Map();
    for await (const { otherSets } of splitIntoRows(await sourceOf(text))) counted = otherSets;
    expect([...counted]).toEqual([["users", text === line ? 2 : 4]]);
  }
});

describe("what cannot be read", () => {
  const outside = { index: null };

  it.each([
    ["an empty file", "", /file is empty/, null, { ...outside, offset: 0, line: 1 }],
    [
      "an end within a row",
      '{"keys":{"rows":[{},\n{"key":"sk-madeup',
      /cut off/,
      "key",
      { index: 1, offset: 21, line: 2 },
    ],
    ["an end between rows", '{"keys":{"rows":[{},', /cut off/, null, { ...outside, offset: 20 }],
    ["a comma too many", '{"keys":{"rows":[{},]}}', /comma too many/, null, { ...outside, offset: 20 }],
    ["a comma missing", '{"keys":{"rows":[{}{}]}}', /comma is missing/, null, { ...outside, offset: 19 }],
    [
      "text after the end",
      '{"keys":{"rows":[{}]}}sk-madeup',
      /after the end/,
      null,
      { ...outside, offset: 22 },
    ],
    [
      "damage beside the rows",
      '{"keys":{"rows":[{}],sk-madeup}}',
      /not JSON/,
      null,
      { ...outside, offset: 21 },
    ],
    ["text that is no JSON", "sk-madeup-4711", /not JSON/, null, { ...outside, offset: 0, line: 1 }],
  ])("%s: is reported with its place, and never with its text", async (_name, text, reason, kind, place) => {
    const { rejections } = await read(text);
    expect(rejections).toMatchObject([{ kind, place }]);
    expect(rejections[0]?.reason).toMatch(reason);
    expect(rejections[0]?.reason).not.toMatch(/sk|madeup|4711/);
  });

  it("is reported once, however long it is", async () => {
    const { rejections } = await read(`{"keys":{"rows":[{},?${"x".repeat(3_000_000)}`);
    expect(rejections).toMatchObject([{ kind: null, place: { offset: 20, line: 1 } }]);
  });

  it("in the place of the first row: has no index below 0", async () => {
    const { rejections } = await read('{"keys":{"rows":[?{}]}}');
    expect(rejections.map(({ place }) => place.index ?? 0)).toEqual([0]);
  });

  it("a row of balanced brackets that is not JSON: is reported as that row", async () => {
    const key = '{"key":"sk-madeup"}';
    const { rows, rejections } = await read(`{"keys":{"rows":[{},{"a":x},${key},{"b":y}]}}`);
    expect(rows.map(({ kind, place, bytes }) => [kind, place.index, bytes.toString()])).toEqual([
      ["key", 0, "{}"],
      ["key", 2, key],
    ]);
    expect(rejections).toMatchObject([
      { kind: "key", place: { index: 1, offset: 20 }, bytes: 7 },
      { kind: "key", place: { index: 3, offset: 48 }, bytes: 7 },
    ]);
  });

  it("a file that is gone: is an error that names it", async () => {
    const path = join(await scratchFolder(), "gone.json");
    const gone = { code: "source-unreadable", message: expect.stringContaining(path) as unknown };
    await expect(splitIntoRows({ ...(await sourceOf("")), path }).next()).rejects.toMatchObject(gone);
  });
});

describe("a document a line, the first longer than what is read to detect that", () => {
  const long = { id: "long", messages: [{ content: "x".repeat(600_000) }] };
  const others = [{ id: "b", messages: [] }, { key: "sk-1" }, library([{ id: "c" }], [{ key: "sk-2" }])];
  const lines = others.map((one) => JSON.stringify(one)).join("\n");

  it.each([
    ["both sets", library([long], [])],
    ["an array", [long]],
  ])("%s: the other lines' records are read too, and nothing is reported", async (_, first) => {
    const text = `${JSON.stringify(first)}\n${lines}`;
    const { rows, rejections } = await read(text);
    expect(rejections).toEqual([]);
    const spelled = ['{"id":"b","messages":[]}', '{"key":"sk-1"}', '{"id":"c"}', '{"key":"sk-2"}'];
    expect(rows.slice(1).map(({ bytes }) => bytes.toString())).toEqual(spelled);
    for (const { place, bytes } of rows)
      expect(text.slice(place.offset, place.offset + bytes.length)).toBe(bytes.toString());
    expect(rows.map(({ place }) => place.line)).toEqual([1, 2, 3, 4, 4]);
  });

  it("is distinguished from indented documents, which are read as second ones", async () => {
    const text = `${JSON.stringify(library([long], []))}\n${JSON.stringify(library([{ id: "c" }], []), null, 4)}`;
    const { rows, rejections } = await read(text);
    expect(rows).toHaveLength(2);
    expect(rejections.map(({ reason }) => reason)).toEqual([
      "a second JSON document begins here; it was read as the first one was",
    ]);
  });
});
