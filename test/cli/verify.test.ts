import { join } from "node:path";
import { expect, test } from "vitest";
import type { Difference } from "../../src/types/outcome.js";
import { conversation, message, records, writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";

const conversationKey = (seed: string) => `chatgpt:conversations:${conversation(seed).id}`;

test("each way in which Redis can differ is found and named, API keys masked", async () => {
  const cwd = await scratchFolder();
  const { client, port } = await startRedis();
  const legacy = records(6, 2);
  await writeLegacy(join(cwd, "db.json"), legacy);
  await program(["-p", String(port)], { cwd });
  const ids = legacy.conversations.map((record) => (record as { id: string }).id);
  const keys = legacy.keys.map((record) => (record as { key: string }).key);
  const at = (index: number) => `chatgpt:conversations:${ids[index]}`;
  await client.del(at(0));
  const changed = {
    ...legacy.conversations[1],
    messages: [message("new", 0), message("new", 1), message("new", 2)],
  };
  await client.set(at(1), JSON.stringify(changed), { expiration: "KEEPTTL" });
  await client.persist(at(2));
  await client.del(at(3));
  await client.hSet(at(3), "field", "value");
  await client.expire(`chatgpt:keys:${keys[0]}`, 1_000);
  await client.set("chatgpt:keys:sk-madeup-that-no-file-holds", "{}");

  const { seen, result } = await programJson(["-p", String(port), "--verify"], { cwd });

  expect(seen.code).toBe(2);
  const masked = (key: string) => `sk-…${key.slice(-4)}`;
  const place = (index: number) => ({ place: expect.objectContaining({ source: "db.json", index }) });
  const expected: Difference[] = [
    { kind: "conversation", name: ids[0] ?? "", difference: "missing", ...place(0), fields: [] },
    {
      kind: "conversation",
      name: ids[1] ?? "",
      difference: "different",
      ...place(1),
      fields: [{ field: "messages", redis: 3, file: 2, onlyInRedis: 3, onlyInFile: 2 }],
    },
    {
      kind: "conversation",
      name: ids[2] ?? "",
      difference: "expiry",
      ...place(2),
      fields: [{ field: "expiry", redis: "none", file: "30d" }],
    },
    {
      kind: "conversation",
      name: ids[3] ?? "",
      difference: "wrongType",
      ...place(3),
      fields: [{ field: "type", redis: "hash", file: "string" }],
    },
    {
      kind: "key",
      name: masked(keys[0] ?? ""),
      difference: "expiry",
      ...place(0),
      fields: [{ field: "expiry", redis: expect.stringMatching(/^(1000|9\d\d)s$/), file: "none" }],
    },
    { kind: "key", name: "sk-…olds", difference: "extra", fields: [] },
  ];
  expect(result.differences).toHaveLength(expected.length);
  expect(result.differences).toEqual(expect.arrayContaining(expected));
  expect(result.counts.conversations).toMatchObject({
    read: 6,
    matched: 2,
    missing: 1,
    different: 1,
    expiry: 1,
    wrongType: 1,
    extra: 0,
  });
  expect(result.counts.keys).toMatchObject({ read: 2, matched: 1, expiry: 1, extra: 1 });

  const text = await program(["-p", String(port), "--verify"], { cwd });
  expect(text.code).toBe(2);
  expect(text.stdout).toContain("expiry: none, expected 30d");
  expect(text.stdout).toContain("messages: 3 → 2");
});

test("a conversation that the app went on with is newer, and no difference", async () => {
  const cwd = await scratchFolder();
  const { client, port } = await startRedis();
  await writeLegacy(join(cwd, "db.json"), { conversations: [conversation("0")], keys: [] });
  await program(["-p", String(port)], { cwd });
  const later = { ...conversation("0", 4), lastActive: 1_800_000_000_000 };
  await client.set(conversationKey("0"), JSON.stringify(later), { expiration: { type: "EX", value: 100 } });
  const { seen, result } = await programJson(["-p", String(port), "--verify"], { cwd });
  expect(seen.code).toBe(0);
  expect(result.counts.conversations.kept).toBe(1);
  const text = await program(["-p", String(port), "--verify"], { cwd });
  expect(text.stdout).toContain("kept in Redis' version, since it goes on from the files', checked");
  expect(result.differences[0]?.fields).toEqual([
    { field: "messages", redis: 4, file: 2, onlyInRedis: 2, onlyInFile: 0 },
    { field: "lastActive", redis: "2027-01-15T08:00:00.000Z", file: "2023-11-14T22:13:22.000Z" },
  ]);
});

test("--details bounds the list, never the counts", async () => {
  const cwd = await scratchFolder();
  const { port } = await startRedis();
  await writeLegacy(join(cwd, "db.json"), records(30, 5));
  const listed = async (...flags: string[]) =>
    (await programJson(["-p", String(port), "--verify", ...flags], { cwd })).result;
  const bounded = await listed();
  expect([bounded.differences.length, bounded.truncated, bounded.counts.conversations.missing]).toEqual([
    20,
    true,
    30,
  ]);
  const all = await listed("--details", "0");
  expect([all.differences.length, all.truncated]).toEqual([35, false]);
  const text = await program(["-p", String(port), "--verify", "--details", "3"], { cwd });
  expect(text.stdout).toContain("(first 3 of 35; --details 0 for all)");
});
