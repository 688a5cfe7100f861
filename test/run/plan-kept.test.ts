import { writeFileSync } from "node:fs";
import { readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import type { Options } from "../../src/options.js";
import { run, type Surroundings } from "../../src/run.js";
import { conversation, records, writeLegacy } from "../support/legacy.js";
import { optionsFor } from "../support/options.js";
import { scratchFolder } from "../support/program.js";
import { startProxy } from "../support/proxy.js";
import { redisOfFile } from "../support/redis.js";
import { startRestartable } from "../support/restartable-redis.js";

const redis = redisOfFile();

let folder: string;
let plan: string;
let proxy: Awaited<ReturnType<typeof startProxy>>;

/** More than are in flight at once. */
const many = records(6_000, 0);

beforeEach(async () => {
  folder = await scratchFolder();
  plan = join(folder, "plan.json");
  proxy = await startProxy(redis().port);
});

function start(differing: Partial<Options>, surroundings: Surroundings = {}) {
  return run(optionsFor(proxy, { sources: [join(folder, "a.json")], ...differing }), surroundings);
}

/** What the dry run of an apply sends to Redis is less, and all that it writes is more. In bytes. */
const afterTheDryRun = 1_200_000;

test("Redis changes between the check and the writing: the app's value stays, and the run says that it is not as planned", async () => {
  await writeLegacy(join(folder, "a.json"), many);
  await start({ mode: "dry-run", plan });
  const { id } = many.conversations.at(-1) as { id: string };
  const key = `chatgpt:conversations:${id}`;
  const value = JSON.stringify({ ...conversation("of the app"), id });
  proxy.after(afterTheDryRun, () => redis().client.set(key, value));
  const result = await start({ apply: plan });
  expect(await redis().client.get(key)).toBe(value);
  expect([result.exitCode, result.error, result.plan]).toEqual([3, null, plan]);
  expect(result.counts.conversations).toMatchObject({ created: 5_999, conflict: 1 });
  expect(result.warnings).toContainEqual({
    code: "plan-deviated",
    message: `${plan}: Redis or a file changed between the check and the writing, so that not exactly what was planned was done: conversations created: 6000 in the plan, 5999 now; conversations conflict: 0 in the plan, 1 now`,
  });
});

test("a value that replaces another one than planned deviates too, though all counts are the same", async () => {
  await writeLegacy(join(folder, "a.json"), many);
  const last = many.conversations.at(-1) as ReturnType<typeof conversation>;
  const key = `chatgpt:conversations:${last.id}`;
  const hold = (messages: number) =>
    redis().client.set(key, JSON.stringify({ ...last, messages: last.messages.slice(0, messages) }), {
      EX: 9,
    });
  await hold(2);
  await start({ mode: "dry-run", plan });
  proxy.after(afterTheDryRun, () => hold(1));
  const result = await start({ apply: plan });
  expect([result.exitCode, result.counts.conversations.updated]).toEqual([3, 1]);
  expect(result.warnings).toContainEqual({
    code: "plan-deviated",
    message: expect.stringMatching(/the counts are the same, but of other records, or over other values$/),
  });
});

test("a file that is replaced after the check is not read, and what was written before is said", async () => {
  const sources = ["a.json", "b.json"].map((name) => join(folder, name));
  await writeLegacy(sources[0] as string, many);
  await writeLegacy(sources[1] as string, { conversations: [conversation("planned")], keys: [] });
  await writeLegacy(join(folder, "c.json"), { conversations: [conversation("later")], keys: [] });
  await start({ sources, mode: "dry-run", plan });
  proxy.after(afterTheDryRun, () => rename(join(folder, "c.json"), sources[1] as string));
  const result = await start({ sources, apply: plan });
  expect([result.exitCode, result.error?.code, result.plan]).toEqual([1, "source-abandoned", plan]);
  expect([result.counts.conversations.created, await redis().client.dbSize()]).toEqual([6_000, 6_000]);
});

test("a file that is written over in place after the check: nothing of what came since is written", async () => {
  const path = join(folder, "a.json");
  await writeLegacy(path, records(20_000, 0));
  await start({ mode: "dry-run", plan });
  const text = await readFile(path, "utf8");
  const other = text.replaceAll(/"id": "[^"]{4}(?=[^"]{32}",\s+"userName")/g, '"id": "late');
  expect(other.length).toBe(text.length);
  const dryRun = 20_000 * 60;
  proxy.after(2 * dryRun, () => writeFileSync(path, other));
  const result = await start({ apply: plan });
  expect([result.exitCode, result.error?.code]).toEqual([1, "source-abandoned"]);
  const keys = await redis().client.keys("*");
  expect(keys.length).toBe(result.counts.conversations.created);
  expect(keys.filter((key) => key.startsWith("chatgpt:conversations:late"))).toEqual([]);
});

test("interrupted before the check is over, an apply writes nothing, and the plan is as good as before", async () => {
  await writeLegacy(join(folder, "a.json"), records(20, 0));
  await start({ mode: "dry-run", plan });
  const controller = new AbortController();
  const hooks = { progress: () => controller.abort("SIGINT") };
  const files = await readdir(folder);
  const journal = join(folder, "j.jsonl");
  const result = await start({ apply: plan, journal }, { hooks, signal: controller.signal });
  expect([result.exitCode, result.plan, await redis().client.dbSize()]).toEqual([130, null, 0]);
  expect(await readdir(folder)).toEqual(files);
  expect((await start({ apply: plan })).exitCode).toBe(0);
});

test("an interrupted dry run leaves no plan, nor a part of one", async () => {
  await writeLegacy(join(folder, "a.json"), records(20, 0));
  const controller = new AbortController();
  const hooks = { progress: () => controller.abort("SIGINT") };
  const result = await start({ mode: "dry-run", plan }, { hooks, signal: controller.signal });
  expect([result.exitCode, result.plan, await readdir(folder)]).toEqual([130, null, ["a.json"]]);
});

test("a dry run whose file changes meanwhile leaves no plan: its digest might be of other bytes", async () => {
  await writeLegacy(join(folder, "a.json"), many);
  await writeLegacy(join(folder, "b.json"), many);
  proxy.after(100_000, () => rename(join(folder, "b.json"), join(folder, "a.json")));
  const result = await start({ mode: "dry-run", plan });
  expect([result.exitCode, result.error?.code, result.plan]).toEqual([1, "source-changed", null]);
  expect(await readdir(folder)).toEqual(["a.json"]);
});

test("Redis restarts while a plan is made, and while it is checked: the plan is the same, and fits", async () => {
  await writeLegacy(join(folder, "a.json"), many);
  const server = await startRestartable({ arguments: ["--appendonly", "yes"] });
  const toServer = await startProxy(server.port);
  const restarting = (more: Partial<Options>) => {
    toServer.after(100_000, async () => {
      await server.kill();
      await server.start();
    });
    return run(optionsFor(toServer, { sources: [join(folder, "a.json")], ...more }));
  };
  const restarted = await restarting({ mode: "dry-run", plan });
  expect([restarted.error, restarted.counts.conversations.created]).toEqual([null, 6_000]);
  await start({ mode: "dry-run", plan: join(folder, "other.json") });
  const digestOf = async (name: string) => JSON.parse(await readFile(join(folder, name), "utf8")).digest;
  expect(await digestOf("plan.json")).toBe(await digestOf("other.json"));
  const result = await restarting({ apply: plan });
  expect([result.error, result.exitCode, result.counts.conversations.created]).toEqual([null, 0, 6_000]);
});
