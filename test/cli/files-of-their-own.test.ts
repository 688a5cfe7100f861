import { link, mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { records, writeLegacy } from "../support/legacy.js";
import { program, programJson, scratchFolder } from "../support/program.js";
import { redisOfFile } from "../support/redis.js";

const redisOf = redisOfFile();
let cwd: string;

beforeEach(async () => {
  cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), records(3, 1));
  await mkdir(join(cwd, "real"));
  await symlink("real", join(cwd, "linked"));
  await link(join(cwd, "db.json"), join(cwd, "hard.json"));
});

const archive = (path: string) => ["--ttl-from", "last-active", "--archive", path];

test.each([
  [
    "a folder that is a link",
    ["--journal", "real/x", "--rejects", "linked/x"],
    "--rejects: linked/x is the file of --journal",
  ],
  [
    "a folder that is a link",
    ["--report", "real/x.jsonl", "--report", "linked/x.jsonl"],
    "--report: linked/x.jsonl is another --report",
  ],
  [
    "a folder that is a link",
    ["--dry-run", "--plan", "linked/x", ...archive("real/x")],
    "--archive: real/x is the file of --plan",
  ],
  [
    "names that differ in case alone",
    ["--journal", "X.jsonl", "--report", "x.jsonl"],
    "--report: x.jsonl is the file of --journal",
  ],
  [
    "accents in two spellings",
    ["--journal", "\u00e9.jsonl", "--report", "e\u0301.jsonl"],
    "--report: e\u0301.jsonl is the file of --journal",
  ],
  ["a hard link to a source", archive("hard.json"), "--archive: hard.json is a source"],
  [
    "a hard link to a source",
    ["--report", "hard.json.md", "--rejects", "./hard.json"],
    "--rejects: ./hard.json is a source",
  ],
  [
    "a file of the same run",
    ["--output", "x", "--rejects", "linked/../x"],
    "--rejects: linked/../x is the file of --output",
  ],
])("two files that are one, by %s, are refused before anything is done: %j", async (_, flags, problem) => {
  const before = await readdir(cwd, { recursive: true });
  const { result } = await programJson([...flags, "db.json"], { cwd });
  expect(result).toMatchObject({
    exitCode: 1,
    error: { code: "usage", message: `${problem} too: each needs a file of its own` },
  });
  expect(await readdir(cwd, { recursive: true })).toEqual(before);
});

test("files of one name in two folders, and one that is there beside another that is not, are two", async () => {
  const at = ["-p", String(redisOf().port)];
  const first = ["--journal", "real/x.jsonl", "--report", "x.jsonl", "db.json"];
  expect((await program([...at, ...first], { cwd })).code).toBe(0);
  const second = ["--journal", "X.jsonl", "--report", "x.jsonl", "db.json"];
  expect((await program([...at, ...second], { cwd })).code).toBe(0);
});

test("- is no file of --rejects, and ./- is", async () => {
  const refused = await program(["-p", "1", "--rejects", "-"], { cwd });
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining(
      "--rejects: expected a file, not standard output, which - means: ./- is a file of that name",
    ),
  ]);
  await writeLegacy(join(cwd, "db.json"), { conversations: [{ id: "a", messages: 1 }], keys: [] });
  const { result } = await programJson(["-p", String(redisOf().port), "--rejects", "./-"], { cwd });
  expect([result.exitCode, result.rejects]).toEqual([3, "./-"]);
  expect(await readdir(cwd)).toContain("-");
});
