import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import type { Options } from "../../src/options.js";
import { run } from "../../src/run.js";
import { Secret } from "../../src/secret.js";
import type { RunResult } from "../../src/types/run-result.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { startProxy } from "../support/proxy.js";
import { type Client, redisOfFile } from "../support/redis.js";
import { type Snapshot, snapshotOf } from "../support/snapshot.js";

const redisOf = redisOfFile();

/** What the run did with a key. */
const deeds = ["created", "replaced", "expires"] as const;
/** What became of the key since; only the first three leave something there. */
const fates = ["as it was left", "changed", "a list by now", "deleted", "as it was before"] as const;

type Deed = (typeof deeds)[number];
type Fate = (typeof fates)[number];

/** What an undo does with a key. */
const expected: Record<Deed, Record<Fate, string>> = {
  created: outcomes("deleted", "changed", "changed", "unchanged", "unchanged"),
  replaced: outcomes("restored", "changed", "changed", "changed", "unchanged"),
  expires: outcomes("restored", "changed", "changed", "changed", "unchanged"),
};

function outcomes(...[left, changed, list, gone, before]: [string, string, string, string, string]) {
  return {
    "as it was left": left,
    changed,
    "a list by now": list,
    deleted: gone,
    "as it was before": before,
  };
}

/** Created records that are all still there fill the first batches, and all that may be the ones that follow. */
const rows = Array.from({ length: 700 }, (_, index) => {
  const mixed = index >= 300;
  const deed: Deed = mixed ? (deeds[index % 3] as Deed) : "created";
  const fate = (mixed ? fates[Math.floor(index / 3) % 5] : index % 50 === 7 ? "changed" : fates[0]) as Fate;
  return { id: `made-up-${index}`, key: `chatgpt:conversations:made-up-${index}`, deed, fate };
});

type Row = (typeof rows)[number];

const version = (id: string) => JSON.stringify({ id, messages: [{ id: "1", date: 1 }] });
const before = (id: string) => JSON.stringify({ id, userName: "as it was before", messages: [] });

let proxy: Awaited<ReturnType<typeof startProxy>>;
let options: Options;
let atFirst: ReadonlyMap<string, string>;

beforeEach(async () => {
  const { client, port } = redisOf();
  proxy = await startProxy(port);
  const cwd = await scratchFolder();
  const conversations = { rows: rows.map(({ id }) => JSON.parse(version(id))) };
  await writeFile(join(cwd, "db.json"), JSON.stringify({ conversations }));
  for (const { id, key, deed } of rows) {
    if (deed !== "created") await client.set(key, deed === "replaced" ? before(id) : version(id));
  }
  atFirst = await held();
  const journal = join(cwd, "journal.jsonl");
  const common = { onConflict: "overwrite", journal, force: true } as const;
  options = optionsFor(proxy, { sources: [cwd], ...common });
  const { exitCode, counts } = await run(options);
  expect([exitCode, counts.conversations.created, counts.conversations.updated]).toEqual([0, 434, 266]);
  for (const row of rows) await befall(client, row);
  await client.sendCommand(["SCRIPT", "FLUSH"]);
});

async function befall(client: Client, { id, key, deed, fate }: Row): Promise<void> {
  if (fate === "as it was left") return;
  if (fate === "changed") return void (await client.set(key, "the app's"));
  if (fate === "as it was before" && deed === "expires") return void (await client.persist(key));
  await client.del(key);
  if (fate === "a list by now") await client.rPush(key, "the app's");
  if (fate === "as it was before" && deed === "replaced") await client.set(key, before(id));
}

const undo = (more: Partial<Options["address"]> = {}, signal?: AbortSignal): Promise<RunResult> => {
  const address = { ...options.address, ...more };
  return run(
    { ...options, address, mode: "undo", undo: options.journal, journal: null },
    signal === undefined ? {} : { signal },
  );
};

/** All that Redis holds; of a time to live, whether there is one. */
async function held(): Promise<Map<string, string>> {
  const all: Snapshot = await snapshotOf(redisOf().client);
  return new Map([...all].map(([key, { content, deadline }]) => [key, `${content}, ${deadline !== null}`]));
}

/** How many keys are gone, and how many hold something else, or for another time. */
async function doneSince(earlier: ReadonlyMap<string, string>) {
  const now = await held();
  const keys = [...earlier.keys()];
  const altered = keys.filter((key) => now.has(key) && now.get(key) !== earlier.get(key));
  return { deleted: keys.filter((key) => !now.has(key)).length, restored: altered.length };
}

function countsOf(outcomeOf: (row: Row) => string): Record<string, number> {
  const counts: Record<string, number> = { read: rows.length };
  for (const outcome of rows.map(outcomeOf)) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** What Redis must hold once all is taken back. */
function heldAtEnd(): Map<string, string> {
  const atEnd = new Map<string, string>();
  for (const { key, fate } of rows) {
    const first = atFirst.get(key);
    if (fate === "changed") atEnd.set(key, "the app's, false");
    else if (fate === "a list by now") atEnd.set(key, '["the app\'s"], false');
    else if (fate !== "deleted" && first !== undefined) atEnd.set(key, first);
  }
  return atEnd;
}

const sorted = (all: ReadonlyMap<string, string>) => [...all].sort();

async function expectAllTakenBack({ exitCode, error, counts }: RunResult): Promise<void> {
  expect([exitCode, error]).toEqual([3, null]);
  expect(counts.conversations).toMatchObject(countsOf(({ deed, fate }) => expected[deed][fate]));
  expect(sorted(await held())).toEqual(sorted(heldAtEnd()));
}

/** Enough bytes for the preflight check and some commands of the first batch; and so on, to some of the last. */
const places = [12_000, 25_000, 40_000, 60_000, 90_000];

test("each key counts as what is done with it, in a dry run as in the run", async () => {
  const before = await held();
  const dry = await run({ ...options, dryRun: true, mode: "undo", undo: options.journal, journal: null });
  expect(await held()).toEqual(before);
  const live = await undo();
  expect(dry.counts).toEqual(live.counts);
  await expectAllTakenBack(live);
  const again = await undo();
  expect(again.counts.conversations).toMatchObject({ deleted: 0, restored: 0 });
});

test.each(places)("and where the connection is lost after %d bytes", async (bytes) => {
  const connections = proxy.connections();
  proxy.cutAfter(bytes);
  await expectAllTakenBack(await undo());
  expect(proxy.connections()).toBeGreaterThan(connections + 1);
});

test("and where the scripts are forgotten meanwhile", async () => {
  const { client } = redisOf();
  proxy.after(25_000, () => client.sendCommand(["SCRIPT", "FLUSH"]));
  await expectAllTakenBack(await undo());
});

test.each([25_000, 60_000])(
  "what was taken back before is not taken back once more, where the connection is lost after %d bytes",
  async (bytes) => {
    await undo();
    proxy.cutAfter(bytes);
    const { deleted, restored } = (await undo()).counts.conversations;
    expect([deleted, restored]).toEqual([0, 0]);
  },
);

test.each([25_000, 60_000])(
  "interrupted after %d bytes, an undo counts what it did, and the next one does the rest",
  async (bytes) => {
    const controller = new AbortController();
    proxy.after(bytes, () => controller.abort("SIGINT"));
    const before = await held();
    const result = await undo({}, controller.signal);
    expect([result.exitCode, result.interrupted]).toEqual([130, "SIGINT"]);
    expect(result.counts.conversations).toMatchObject(await doneSince(before));
    await undo();
    expect(sorted(await held())).toEqual(sorted(heldAtEnd()));
  },
);

test("keys that this user may not touch are named, and the others taken back", async () => {
  const denied = rows.filter((_, index) => index % 90 === 5);
  const { client } = redisOf();
  const may = rows.filter((row) => !denied.includes(row)).map(({ key }) => `~${key}`);
  const trial = "~chatgpt:*:preflight-*";
  await client.sendCommand(["ACL", "SETUSER", "mover", "on", ">made-up", trial, ...may, "+@all"]);
  const before = await held();
  const result = await undo({ username: "mover", password: new Secret("made-up") });
  expect([result.exitCode, result.error]).toEqual([3, null]);
  const counts = countsOf((row) => (denied.includes(row) ? "failed" : expected[row.deed][row.fate]));
  expect(result.counts.conversations).toMatchObject(counts);
  expect(result.counts.conversations).toMatchObject(await doneSince(before));
  expect(result.differences.filter(({ difference }) => difference === "failed")).toHaveLength(denied.length);
});

test("where Redis has no memory for what is to be restored, what was done counts, and a later undo does the rest", async () => {
  const { client } = redisOf();
  const before = await held();
  await client.configSet("maxmemory", "1");
  const result = await undo().finally(() => client.configSet("maxmemory", "0"));
  expect([result.exitCode, result.error?.code]).toEqual([1, "redis-out-of-memory"]);
  expect(result.counts.conversations).toMatchObject(await doneSince(before));
  await undo();
  expect(sorted(await held())).toEqual(sorted(heldAtEnd()));
});
