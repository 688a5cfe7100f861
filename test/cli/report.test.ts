import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { type ReportFile, reportFormats } from "../../src/types/report-events.js";
import { messageText, records, writeLegacy } from "../support/legacy.js";
import { programJson, resultOf, scratchFolder, startProgram } from "../support/program.js";
import { silentMidway } from "../support/proxy.js";
import { type PrivateRedis, redisOfFile, startRedis } from "../support/redis.js";
import { outcomesCounted, outcomesIn, reportLines } from "../support/report-lines.js";

const redisOf = redisOfFile();
let redis: PrivateRedis;
let cwd: string;

beforeEach(async () => {
  redis = redisOf();
  cwd = await scratchFolder();
});

const flagsOf = (formats: readonly ReportFile["format"][]) =>
  formats.flatMap((format) => ["--report", `report.${format}`]);

const all = flagsOf(reportFormats);
const read = (file: string) => readFile(join(cwd, file), "utf8");

test("every mode replaces all reports, with a line for each row in the order of the files", async () => {
  const { conversations, keys } = records(400, 3);
  const rows = conversations.flatMap((one, at) => {
    if (at % 7 === 0) return [{ id: `bad ${at}`, messages: at }, one];
    if (at % 11 === 0) return [one, { ...conversations[at - 1], userName: messageText }];
    return [one];
  });
  await writeLegacy(join(cwd, "a.json"), { conversations: rows, keys });
  await writeLegacy(join(cwd, "b.json"), { conversations: conversations.slice(0, 2), keys: [] });
  const [{ id }] = conversations as [{ id: string }];
  await redis.client.set(`chatgpt:conversations:${id}`, JSON.stringify({ id, messages: [messageText] }));
  const at = ["--host", "127.0.0.1", "-p", String(redis.port), ...all];
  const modes = {
    "dry run": ["--dry-run", "a.json", "b.json"],
    migration: ["--journal", "journal.jsonl", "a.json", "b.json"],
    verification: ["--verify", "a.json", "b.json"],
    "undo as a dry run": ["--undo", "journal.jsonl", "--dry-run"],
    undo: ["--undo", "journal.jsonl"],
  };
  for (const [mode, flags] of Object.entries(modes)) {
    const { result } = await programJson([...at, ...flags], { cwd });
    const lines = await reportLines(join(cwd, "report.jsonl"));
    for (const [kind, set] of [["conversation", "conversations"] as const, ["key", "keys"] as const])
      expect([mode, outcomesIn(lines, kind)]).toEqual([mode, outcomesCounted(result.counts[set])]);
    const places = lines.flatMap(({ source, offset = 0 }) =>
      source === undefined ? [] : [{ source, offset }],
    );
    const { read: rowsRead } = result.counts.conversations;
    expect(places.length).toBe(result.mode === "undo" ? 0 : rowsRead + result.counts.keys.read);
    expect(places).toEqual(
      places.toSorted((a, b) => a.source.localeCompare(b.source) || a.offset - b.offset),
    );
    const texts = await Promise.all(reportFormats.map((format) => read(`report.${format}`)));
    expect(texts[1]).toMatch(new RegExp(`^# chatgpt-migrate: ${mode}`));
    for (const secret of [messageText, ...keys.map((one) => (one as { key: string }).key)])
      for (const text of texts) expect(text).not.toContain(secret);
  }
  expect((await readdir(cwd)).sort()).toEqual(
    ["a.json", "b.json", "journal.jsonl", ...reportFormats.map((format) => `report.${format}`)].sort(),
  );
});

test("Ctrl-C ends all reports, with what was done until then", async () => {
  const own = await startRedis();
  await writeLegacy(join(cwd, "db.json"), records(5_000, 0));
  const { proxy, isSilent } = await silentMidway(own);
  const { child, seen } = startProgram(["-p", String(proxy.port), "--json", ...all], { cwd });
  await isSilent;
  child.kill("SIGINT");
  proxy.unstall();
  const { counts, exitCode } = resultOf(await seen);
  const lines = await reportLines(join(cwd, "report.jsonl"));
  expect([exitCode, lines.length]).toEqual([130, counts.conversations.read]);
  expect(lines.length).toBe(await own.client.dbSize());
  expect(lines.length).toBeGreaterThan(0);
  expect(await read("report.md")).toContain("**Interrupted by SIGINT");
  expect(await read("report.xml")).toContain('name="exit code">\n      <failure');
  expect(await read("report.html")).toContain("Interrupted by SIGINT");
});
