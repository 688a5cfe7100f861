import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { apiKey, conversation, messageText, records, writeLegacy } from "../support/legacy.js";
import { scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";
import { everyRun, expectNoSecret, password } from "../support/secrets.js";

test("neither API keys, nor the password, nor a message's text are shown in any mode", async () => {
  const cwd = await scratchFolder();
  const { client, port } = await startRedis({ arguments: ["--requirepass", password], password });
  const legacy = records(3, 4);
  const keys = legacy.keys.map((record) => (record as { key: string }).key);
  const short = { ...apiKey("short"), key: "sk-short" };
  const same = conversation("same");
  await writeLegacy(join(cwd, "db.json"), {
    conversations: [
      ...legacy.conversations,
      same,
      { ...same, userName: "again" },
      { messages: [{ content: messageText }] },
    ],
    keys: [...legacy.keys, short, { ...short, tokens: 5 }, { ...apiKey("wrong"), key: [keys[0]] }],
  });
  // Differences of each sort, so that each has its chance to tell too much.
  await client.set(
    `chatgpt:conversations:${same.id}`,
    JSON.stringify({ ...conversation("same", 5), messages: [messageText] }),
  );
  await client.set(`chatgpt:keys:${keys[0]}`, JSON.stringify({ key: keys[1], queries: 9 }));
  await client.set(`chatgpt:keys:${keys[1]}`, messageText);
  await client.hSet(`chatgpt:keys:${keys[2]}`, "a", "b");
  await client.set(`chatgpt:keys:${keys[3]}extra`, "{}");
  const runs = await everyRun(cwd, ["-p", String(port)]);
  expectNoSecret(runs, [...keys, short.key]);
  expect(new Set(runs.map(({ code }) => code))).toEqual(new Set([3, 2]));
  for (const { reports = [] } of runs) expect(reports.map((text) => text.length > 500)).not.toContain(false);
});

test("nor are they when the file is damaged, right within a key or a message", async () => {
  const cwd = await scratchFolder();
  const { port } = await startRedis({ arguments: ["--requirepass", password], password });
  await writeLegacy(join(cwd, "whole.json"), records(2, 2));
  const whole = await readFile(join(cwd, "whole.json"), "utf8");
  const keys = [apiKey("0").key, apiKey("1").key];
  await writeFile(join(cwd, "a.json"), whole.replace(`${messageText}`, `${messageText}" ${messageText}`));
  await writeFile(join(cwd, "b.json"), whole.replace(`"${keys[0]}"`, `${keys[0]}`));
  await writeFile(join(cwd, "c.json"), whole.slice(0, whole.lastIndexOf(messageText) + 10));
  await appendFile(join(cwd, "c.json"), keys[0] ?? "");
  const runs = await everyRun(cwd, ["-p", String(port), "a.json", "b.json", "c.json"]);
  expectNoSecret(runs, keys);
  expect(runs.some(({ stdout }) => stdout.includes("invalid"))).toBe(true);
});
