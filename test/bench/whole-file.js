// What people would do instead, as its own program: the whole file read and parsed, then written by pipelined commands. The good version
// of the script that a person would write: SET with its expiry at once, no timeout a command, records in batches of
// the given size.
import { readFile } from "node:fs/promises";
import process from "node:process";
import { createClient } from "redis";

const [file, url, batchSize] = /** @type {[string, string, string]} */ (process.argv.slice(2));
const client = createClient({ url, commandOptions: { timeout: 0 }, socket: { reconnectStrategy: false } });
await client.connect();
const { keys, conversations } = JSON.parse(await readFile(file, "utf8"));

await inBatches(keys.rows, (row) => client.set(`chatgpt:keys:${row.key}`, JSON.stringify(row)));
await inBatches(conversations.rows, (row) =>
  client.set(`chatgpt:conversations:${row.id}`, JSON.stringify(row), {
    expiration: { type: "EX", value: 2_592_000 },
  }),
);
await client.close();

/**
 * @param {readonly any[]} rows
 * @param {(row: any) => Promise<unknown>} write
 */
async function inBatches(rows, write) {
  const size = Number(batchSize);
  for (let start = 0; start < rows.length; start += size) {
    await Promise.all(rows.slice(start, start + size).map(write));
  }
}
