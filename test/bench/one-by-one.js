// Alternative (b), as its own program: the whole file read and parsed, then a record at a time, SET and EXPIRE, each awaited.
import { readFile } from "node:fs/promises";
import process from "node:process";
import { createClient } from "redis";

const [file, url] = /** @type {[string, string]} */ (process.argv.slice(2));
const client = createClient({ url, commandOptions: { timeout: 0 }, socket: { reconnectStrategy: false } });
await client.connect();
const { keys, conversations } = JSON.parse(await readFile(file, "utf8"));

for (const row of keys.rows) await client.set(`chatgpt:keys:${row.key}`, JSON.stringify(row));
for (const row of conversations.rows) {
  const key = `chatgpt:conversations:${row.id}`;
  await client.set(key, JSON.stringify(row));
  await client.expire(key, 2_592_000);
}
await client.close();
