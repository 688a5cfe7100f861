import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadLegacy, type Version, writeLegacy } from "../support/legacy.js";
import { programJson, scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";

/** Records in every shape that shared files are known to hold; each must arrive as it is. */
const conversations = [
  {
    id: "0b54c5d1-4f5a-4d0e-8f3e-8d9a8d0c7f11",
    userName: "User",
    messages: [],
    lastActive: 1_700_000_000_000,
  },
  { id: "1203@g.us: a b", userName: "", messages: [{ type: 1, content: "no id, before 1.1.9", date: 1 }] },
  { id: '😀 漢字 \u0000\t"\\', userName: "emoji", messages: [] },
  { id: 491_701_234_567, userName: "a number as id", messages: [] },
  {
    id: "no user name",
    messages: [
      { id: "m", type: 0, date: 5 },
      { type: 2, content: null, date: 6 },
    ],
  },
  {
    id: "parts",
    userName: "fork",
    messages: [
      {
        id: "m",
        type: 1,
        content: [
          { type: "text", text: "look" },
          {
            type: "image_url",
            image_url: { url: `data:image/png;base64,${"iVBORw0KGgo".repeat(9_000)}`, detail: "low" },
          },
          { type: "file_url", file_url: { url: "https://example.org/a.pdf" } },
        ],
        date: 7,
        usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
      },
    ],
    unknown: { z: 1, a: [null, true, -0.5e-7], "": {} },
  },
  JSON.parse(
    '{"zebra": 1, "id": "own proto", "__proto__": {"x": 1}, "10": "ten", "messages": [], "2": "two"}',
  ) as object,
];

const keys = [
  { key: "sk-madeup-0000000000000000000001", queries: 3, tokens: 120, balance: 0.000_123 },
  { key: "sk-madeup-0000000000000000000002", queries: 0, tokens: 0, balance: Number.NaN },
  {
    key: "sk-madeup-0000000000000000000003",
    queries: 0,
    tokens: 0,
    balance: 1,
    organisation: "fork",
    models: ["a"],
  },
];

test.each<Version>(["1.0.1", "1.0.4"])(
  "what the library reads from Redis is what dbcontext %s loads from the file",
  async (version) => {
    const cwd = await scratchFolder();
    const { client, port } = await startRedis();
    const file = join(cwd, "db.json");
    await writeLegacy(file, { conversations, keys }, version);
    const before = await readFile(file);
    await copyFile(file, join(cwd, "library.json"));

    const { seen, result } = await programJson(["-p", String(port)], { cwd });

    expect(seen.code).toBe(0);
    expect(result.counts.conversations.created).toBe(conversations.length);
    expect(await readFile(file)).toEqual(before);
    const loaded = await loadLegacy(join(cwd, "library.json"), version);
    expect(loaded.conversations).toHaveLength(conversations.length);
    for (const record of loaded.conversations as { id: unknown }[]) {
      const key = `chatgpt:conversations:${record.id}`;
      const value = await client.get(key);
      expect(value).toBe(JSON.stringify(record));
      expect(JSON.parse(value ?? "")).toEqual(record);
      expect(await client.ttl(key)).toSatisfy((ttl) => ttl > 2_591_990 && ttl <= 2_592_000);
    }
    for (const record of loaded.keys as { key: string }[]) {
      const key = `chatgpt:keys:${record.key}`;
      expect(await client.get(key)).toBe(JSON.stringify(record));
      expect(await client.ttl(key)).toBe(-1);
    }
    expect(await client.dbSize()).toBe(conversations.length + keys.length);
  },
);

test("what is odd but valid is migrated with a warning", async () => {
  const cwd = await scratchFolder();
  const { port } = await startRedis();
  await writeLegacy(join(cwd, "db.json"), { conversations, keys });
  const { result } = await programJson(["-p", String(port)], { cwd });
  expect(result.warnings.map(({ code }) => code).sort()).toEqual([
    "balance-null",
    "message-without-content",
    "no-user-name",
    "number-as-id",
  ]);
});

test("what is invalid is told with file, row, byte and path, and does not hinder the rest", async () => {
  const cwd = await scratchFolder();
  const { client, port } = await startRedis();
  const wrong = [
    5,
    { userName: "no id", messages: [] },
    { id: ["a list"], messages: [] },
    { id: "no messages" },
    { id: "text among messages", messages: [{ content: "a" }, "b"] },
    { id: "right", messages: [] },
  ];
  await writeLegacy(join(cwd, "db.json"), {
    conversations: wrong as object[],
    keys: [{ key: 5 }, { queries: 1 }],
  });
  const { seen, result } = await programJson(["-p", String(port)], { cwd });
  expect(seen.code).toBe(3);
  expect(result.counts.conversations).toMatchObject({ read: 6, invalid: 5, created: 1 });
  expect(result.counts.keys).toMatchObject({ read: 2, invalid: 2 });
  expect(await client.keys("*")).toEqual(["chatgpt:conversations:right"]);
  const text = await readFile(join(cwd, "db.json"), "latin1");
  const told = result.rejections.filter(({ kind }) => kind === "conversation");
  expect(told.map(({ place, reason }) => [place.index, reason])).toEqual([
    [0, "expected object, received number"],
    [1, "id: expected a string, number, boolean or null"],
    [2, "id: expected a string, number, boolean or null"],
    [3, "messages: expected array, received undefined"],
    [4, "messages[1]: expected object, received string"],
  ]);
  for (const { place } of told.slice(1)) {
    expect(text[place.offset]).toBe("{");
    expect(text.slice(0, place.offset).split("\n")).toHaveLength(place.line);
  }
});

test("a file without conversations or API keys draws a warning", async () => {
  const cwd = await scratchFolder();
  const { port } = await startRedis();
  await writeFile(join(cwd, "db.json"), '{"conversations":[]}');
  const { result } = await programJson(["-p", String(port)], { cwd });
  expect(result.warnings.map(({ code }) => code)).toEqual(["no-records"]);
});
