import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { writeLibraryFile } from "../../src/new-file/write-library-file.js";
import { conversation, type Records, records, writeLegacy } from "../support/legacy.js";

async function written({ conversations, keys }: Records, isGzip = false): Promise<Buffer> {
  const parts: Buffer[] = [];
  const write = async (bytes: Uint8Array) => {
    parts.push(Buffer.from(bytes));
  };
  const file = writeLibraryFile({ write }, isGzip);
  for (const key of keys) await file.add("key", Buffer.from(JSON.stringify(key)));
  for (const one of conversations) await file.add("conversation", Buffer.from(JSON.stringify(one)));
  await file.end();
  const whole = Buffer.concat(parts);
  expect(file.bytes).toBe((isGzip ? gunzipSync(whole) : whole).length);
  return whole;
}

const folder = mkdtempSync(join(tmpdir(), "chatgpt-migrate-test-"));
const some = records(300, 20);

test.each<[string, Records]>([
  ["conversations and API keys", some],
  ["no record", { conversations: [], keys: [] }],
  ["conversations alone", { conversations: some.conversations, keys: [] }],
  ["API keys alone", { conversations: [], keys: some.keys }],
  [
    "a record longer than what is written at once",
    { conversations: [{ ...conversation("long"), more: "x".repeat(1_000_000) }], keys: [] },
  ],
])("%s: byte for byte what dbcontext writes", async (_, all) => {
  const path = join(folder, "db.json");
  await writeLegacy(path, all);
  expect((await written(all)).equals(readFileSync(path))).toBe(true);
});

test("in gzip it is the same, packed", async () => {
  const [plain, packed] = [await written(some), await written(some, true)];
  expect(packed.length).toBeLessThan(plain.length / 2);
  expect(gunzipSync(packed).equals(plain)).toBe(true);
});

test.each([false, true])(
  "what writing throws is thrown, and nothing waits for ever (gzip: %s)",
  async (isGzip) => {
    const full = new Error("no space left");
    const write = async () => {
      throw full;
    };
    const file = writeLibraryFile({ write }, isGzip);
    const writing = async () => {
      for (const one of some.conversations) {
        const noise = Array.from({ length: 20_000 }, (_, at) => (at * 7919) % 1_000_003);
        await file.add("conversation", Buffer.from(JSON.stringify({ ...one, noise })));
      }
      await file.end();
    };
    await expect(writing()).rejects.toBe(full);
  },
);
