import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { conversation, records, writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder } from "../support/program.js";
import { startProxy } from "../support/proxy.js";
import { type PrivateRedis, redisOfFile } from "../support/redis.js";
import { reportLines } from "../support/report-lines.js";

const redisOf = redisOfFile();
let cwd: string;
let redis: PrivateRedis;
let at: string[];

const day = 24 * 60 * 60 * 1000;
const month = 30 * day;

/** A conversation that was in use last so many days ago. */
const idle = (days: number) => ({ ...conversation(String(days)), lastActive: Date.now() - days * day });
const keyOf = ({ id }: { readonly id: string }) => `chatgpt:conversations:${id}`;

const [fresh, aging, old, older] = [idle(1), idle(20), idle(40), idle(800)];
const archiving = ["--ttl-from", "last-active", "--archive", "old.json"];

beforeEach(async () => {
  cwd = await scratchFolder();
  redis = redisOf();
  at = ["-p", String(redis.port), "--no-journal"];
  await writeLegacy(join(cwd, "db.json"), {
    conversations: [fresh, old, aging, older],
    keys: records(0, 1).keys,
  });
});

const read = (name: string) => readFile(join(cwd, name), "utf8");
const idsIn = async (name: string) =>
  JSON.parse(await read(name)).conversations.rows.map(({ id }: { id: string }) => id);

test("what is past its time goes to the archive; what is not lives on from its last activity, however it is written", async () => {
  // As an app wrote it, with a full life, and with another value.
  await redis.client.set(keyOf(fresh), JSON.stringify(fresh), { EX: 30 * 24 * 60 * 60 });
  await redis.client.set(keyOf(aging), JSON.stringify({ ...aging, userName: "Before", messages: [] }));
  const held = JSON.stringify({ ...old, messages: [...old.messages, { id: "new", type: 1, content: "x" }] });
  await redis.client.set(keyOf(old), held, { EX: 500 });
  const flags = ["-p", String(redis.port), ...archiving, "--on-conflict", "overwrite"];
  const { seen, result } = await programJson([...flags, "--report", "r.jsonl", "--report", "r.md"], { cwd });
  expect([seen.code, result.archive]).toEqual([0, "old.json"]);
  expect(result.counts.conversations).toMatchObject({ read: 4, created: 0, updated: 2, archived: 2 });
  for (const one of [fresh, aging])
    expect(await redis.client.pExpireTime(keyOf(one))).toBe(one.lastActive + month);
  const [first, last] = [aging, fresh].map((one) => new Date(one.lastActive + month).toISOString());
  expect([result.firstExpiresAt, result.expiresAt]).toEqual([first, last]);
  // Redis is neither asked nor changed for what is archived.
  expect(await redis.client.get(keyOf(old))).toBe(held);
  expect(await idsIn("old.json")).toEqual([old.id, older.id]);
  const toTheSecond = (time: number) => new Date(Math.floor(time / 1000) * 1000).toISOString();
  const lines = (await reportLines(join(cwd, "r.jsonl"))) as readonly { readonly expiresAt?: string }[];
  expect(lines.map(({ expiresAt }) => expiresAt)).toEqual([
    undefined,
    toTheSecond(fresh.lastActive + month),
    undefined,
    toTheSecond(aging.lastActive + month),
    undefined,
  ]);
  expect(await read("r.md")).toMatch(/in Redis or in the archive old\.json[\s\S]*\n- Archive: old\.json\n/);
  expect((await program([...flags, "--verify"], { cwd })).code).toBe(0);
  const undone = await programJson(["-p", String(redis.port), "--undo", result.journal ?? ""], { cwd });
  expect([undone.seen.code, undone.result.counts.conversations.restored]).toEqual([0, 2]);
  expect(undone.result.warnings).toContainEqual({
    code: "archive-stays",
    message: expect.stringMatching(/^old\.json: is the archive/),
  });
  expect(await redis.client.ttl(keyOf(aging))).toBe(-1);
  expect(await idsIn("old.json")).toEqual([old.id, older.id]);
});

test("an archive that lacks something is never written to, and nothing else is: the run stops, and names how many", async () => {
  await writeLegacy(join(cwd, "db.json"), { conversations: [fresh, old], keys: [] });
  expect((await program([...at, ...archiving], { cwd })).code).toBe(0);
  await redis.client.flushAll();
  await writeLegacy(join(cwd, "db.json"), {
    conversations: [fresh, { ...old, userName: "Other" }, aging, older],
    keys: [],
  });
  const before = await read("old.json");
  for (const mode of [[], ["--dry-run"]]) {
    const { seen, result } = await programJson([...at, ...archiving, ...mode], { cwd });
    expect([seen.code, result.error]).toEqual([
      1,
      {
        code: "archive-exists",
        message:
          "old.json: exists already, and lacks 2 of the 2 conversations past their time, or holds other versions",
        hint: expect.stringMatching(/^Name a new file for --archive: .*Nothing was written\.$/),
      },
    ]);
  }
  expect([await redis.client.dbSize(), await read("old.json")]).toEqual([0, before]);
  const { seen, result } = await programJson([...at, ...archiving, "--verify"], { cwd });
  expect([seen.code, result.counts.conversations]).toEqual([
    2,
    expect.objectContaining({ missing: 3, different: 1 }),
  ]);
  const anew = [...at, "--ttl-from", "last-active", "--archive", "all.json.gz"];
  expect((await program(anew, { cwd })).code).toBe(0);
  expect((await program([...anew, "--verify"], { cwd })).code).toBe(0);
});

test.each([
  ["damaged", (text: string) => text.slice(0, -200)],
  ["of another program", () => '{"name": "x"}'],
  ["empty", () => ""],
])("an archive that is %s is refused, by a verification too", async (_, spoil) => {
  expect((await program([...at, ...archiving], { cwd })).code).toBe(0);
  await redis.client.flushAll();
  await writeFile(join(cwd, "old.json"), spoil(await read("old.json")));
  for (const mode of [[], ["--verify"]]) {
    const { seen, result } = await programJson([...at, ...archiving, ...mode], { cwd });
    expect([seen.code, result.error?.code]).toEqual([1, "archive-unreadable"]);
  }
  expect(await redis.client.dbSize()).toBe(0);
});

test("an archive among the sources' files is not read as one, and named as one it is refused", async () => {
  for (const mode of [[], ["--verify"], []]) {
    const { seen, result } = await programJson([...at, ...archiving, ...mode, "."], { cwd });
    expect([seen.code, result.sources.map(({ path }) => path)]).toEqual([0, ["db.json"]]);
  }
  await symlink("old.json", join(cwd, "link.json"));
  const { result } = await programJson([...at, ...archiving, "db.json", "link.json"], { cwd });
  expect(result.error?.message).toBe("--archive: old.json is a source too: each needs a file of its own");
  const alone = ["--ttl-from", "last-active", "--archive", "db.json"];
  expect((await programJson([...at, ...alone], { cwd })).result.error?.code).toBe("archive-is-source");
});

test.each([
  ["a conversation that is not past its time", { conversations: [old, older, fresh], keys: [] }],
  ["an API key", { conversations: [old, older], keys: records(0, 1).keys }],
])(
  "a backup that is named as the archive is not left out of the sources in silence: with %s",
  async (_, backup) => {
    await mkdir(join(cwd, "backups"));
    await writeLegacy(join(cwd, "backups/old.json"), backup);
    const flags = ["--ttl-from", "last-active", "--archive", "backups/old.json", "db.json", "backups"];
    for (const mode of [["--dry-run"], [], ["--verify"]]) {
      const { seen, result } = await programJson([...at, ...flags, ...mode], { cwd });
      expect([seen.code, result.error?.code]).toEqual([1, "archive-holds-more"]);
    }
    expect(await redis.client.dbSize()).toBe(0);
    // Where it is no source, what else it holds is nobody's loss.
    const { seen } = await programJson([...at, ...flags.slice(0, -1)], { cwd });
    expect(seen.code).toBe(0);
  },
);

test("an archive that cannot be made stops the run and the dry run alike, before anything is written", async () => {
  await mkdir(join(cwd, "folder"));
  for (const [file, code] of [
    ["none/old.json", "file-unwritable"],
    ["folder", "archive-unreadable"],
    ["/dev/null", "archive-unreadable"],
  ] as const) {
    const flags = [...at, "--ttl-from", "last-active", "--archive", file];
    const [dry, live] = [
      await programJson([...flags, "--dry-run"], { cwd }),
      await programJson(flags, { cwd }),
    ];
    expect([live.seen.code, live.result.error?.code]).toEqual([1, code]);
    expect(dry.result.error).toEqual(live.result.error);
  }
  expect([await redis.client.dbSize(), (await readdir(cwd)).sort()]).toEqual([0, ["db.json", "folder"]]);
});

test("where nothing is past its time, no archive is made; --only and --strict leave theirs", async () => {
  const all = ["--ttl-from", "last-active", "--ttl", "900d", "--archive", "old.json"];
  const { seen, result } = await programJson([...at, ...all], { cwd });
  expect([seen.code, result.archive, result.counts.conversations.created]).toEqual([0, null, 4]);
  const keys = await programJson([...at, ...archiving, "--only", "keys"], { cwd });
  expect([keys.seen.code, keys.result.archive]).toEqual([0, null]);
  await writeLegacy(join(cwd, "db.json"), { conversations: [old, { id: "bad", messages: 5 }], keys: [] });
  expect((await program([...at, ...archiving, "--strict"], { cwd })).code).toBe(3);
  expect(await readdir(cwd)).toEqual(["db.json"]);
});

test("a dry run with nothing but an archive to make has work to do", async () => {
  await writeLegacy(join(cwd, "db.json"), { conversations: [old], keys: [] });
  const { code, stdout } = await program([...at, ...archiving, "--dry-run", "--exit-code"], { cwd });
  expect(code).toBe(2);
  expect(stdout).toContain("to archive                1           0");
  expect(stdout).toContain("Nothing stands in the way: 1 would be archived");
});

test("a user who may not ask Redis for its time is told that this machine's counts", async () => {
  await redis.client.aclSetUser("app", ["on", ">pw", "~*", "+@all", "-time"]);
  const flags = ["--username", "app", "-a", "pw", ...at, ...archiving];
  const { seen, result } = await programJson(flags, { cwd });
  expect([seen.code, result.counts.conversations]).toEqual([
    0,
    expect.objectContaining({ created: 2, archived: 2 }),
  ]);
  const { seen: proof, result: verified } = await programJson([...flags, "--verify"], { cwd });
  expect([proof.code, verified.warnings.map(({ message }) => message)]).toEqual([
    0,
    expect.arrayContaining([expect.stringContaining("TIME: which conversations are past their time")]),
  ]);
});

test("what leaves Redis by its time while the run goes on is told: it is in no archive", async () => {
  const proxy = await startProxy(redis.port);
  proxy.delay(300);
  await writeLegacy(join(cwd, "db.json"), { conversations: [idle(-1)], keys: [] });
  const to = ["--host", "127.0.0.1", "-p", String(proxy.port)];
  const flags = [...to, "-q", "--no-journal", ...archiving, "--ttl", "1"];
  const { seen, result } = await programJson(flags, { cwd });
  expect([seen.code, result.error, result.warnings.map(({ code }) => code)]).toEqual([
    3,
    null,
    expect.arrayContaining(["expired-meanwhile"]),
  ]);
  expect(seen.stderr).toMatch(/^warning: the time of some conversations ended while this ran: .*\n$/);
});

test("what is merged with Redis' version lives from the last activity of both", async () => {
  const inUse = { ...aging, messages: [{ id: "new", type: 1, content: "x", date: fresh.lastActive }] };
  await redis.client.set(keyOf(aging), JSON.stringify({ ...inUse, lastActive: fresh.lastActive }), {
    EX: 2_500_000,
  });
  const flags = [...at, ...archiving, "--on-conflict", "merge"];
  const { result } = await programJson([...flags, "--report", "r.jsonl"], { cwd });
  expect(result.counts.conversations).toMatchObject({ created: 1, updated: 1, archived: 2 });
  expect(await redis.client.pExpireTime(keyOf(aging))).toBe(fresh.lastActive + month);
  const end = new Date(fresh.lastActive + month).toISOString();
  expect([result.firstExpiresAt, result.expiresAt]).toEqual([end, end]);
  expect((await program(["--verify", ...flags], { cwd })).code).toBe(0);
});

test("an archive of more bytes than the library can hold in one string is said to be none for an app", async () => {
  const deep = 1_000;
  // Written over lines, each of these numbers stands behind 4 kB of spaces.
  const numbers = JSON.stringify(Array.from({ length: deep }, () => 1));
  const long = `${"[".repeat(deep)}${numbers}${"]".repeat(deep)}`;
  const archiveOf = async (rows: number, name: string) => {
    const text = Array.from(
      { length: rows },
      (_, id) => `{"id":"${id}","userName":"a","messages":[],"lastActive":1,"long":${long}}`,
    );
    await writeFile(join(cwd, "db.json"), `{"conversations":{"rows":[${text}]}}`);
    const { result } = await programJson([...at, "--ttl-from", "last-active", "--archive", name], { cwd });
    expect([result.archive, result.exitCode, result.counts.conversations.archived]).toEqual([name, 0, rows]);
    return result.warnings;
  };
  expect(await archiveOf(66, "short.json.gz")).toEqual([]);
  expect(await archiveOf(68, "long.json.gz")).toEqual([
    { code: "too-long-for-library", message: expect.stringMatching(/^long\.json\.gz: .*it has 5\d\d,/) },
  ]);
});
