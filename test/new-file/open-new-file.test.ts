import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { checkNewFile, openNewFile } from "../../src/new-file/open-new-file.js";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chatgpt-migrate-test-"));
  path = join(folder, "new.json");
});

const open = () => openNewFile({ path, flag: "--export" });
const text = Buffer.from("whole");

test("it has its name once it is finished, and not before; its owner alone may read it", async () => {
  const file = await open();
  await file.write(text);
  expect(readdirSync(folder)).toEqual([expect.stringMatching(/^new\.json\.[0-9a-f-]{36}\.partial$/)]);
  await file.finish();
  expect(readdirSync(folder)).toEqual(["new.json"]);
  expect(readFileSync(path, "utf8")).toBe("whole");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a file that is there is never written to", async () => {
  writeFileSync(path, "the only copy");
  await expect(open()).rejects.toMatchObject({ code: "file-exists" });
  await expect(checkNewFile({ path, flag: "--export" })).rejects.toMatchObject({ code: "file-exists" });
  expect(readFileSync(path, "utf8")).toBe("the only copy");
});

test("nor is a link that leads nowhere", async () => {
  symlinkSync(join(folder, "missing.json"), path);
  await expect(open()).rejects.toMatchObject({ code: "file-exists" });
});

test("nor is one that was made meanwhile: what was written can be kept, or discarded", async () => {
  const kept = await open();
  const discarded = await open();
  await kept.write(text);
  writeFileSync(path, "somebody else's");
  for (const file of [kept, discarded])
    await expect(file.finish()).rejects.toMatchObject({ code: "file-exists" });
  const partial = await kept.keepPartial();
  await discarded.discard();
  expect(readFileSync(path, "utf8")).toBe("somebody else's");
  expect(readFileSync(partial ?? "", "utf8")).toBe("whole");
  expect(readdirSync(folder)).toHaveLength(2);
});

test("what is discarded is gone, and what is kept stays under its temporary name", async () => {
  const discarded = await open();
  await discarded.write(text);
  await discarded.discard();
  expect(readdirSync(folder)).toEqual([]);
  const kept = await open();
  await kept.write(text);
  const partial = await kept.keepPartial();
  await kept.discard();
  expect(readFileSync(partial ?? "", "utf8")).toBe("whole");
});

test("checking leaves nothing behind", async () => {
  await checkNewFile({ path, flag: "--export" });
  expect(readdirSync(folder)).toEqual([]);
});

test("a folder that is not there is named with the flag", async () => {
  path = join(folder, "missing", "new.json");
  const failure = {
    code: "file-unwritable",
    message: expect.stringContaining("missing/new.json: cannot be written: ENOENT"),
  };
  await expect(open()).rejects.toMatchObject(failure);
});

test("a device is written to as it is", async () => {
  path = "/dev/null";
  const file = await open();
  await file.write(text);
  await file.finish();
  path = "/dev/full";
  const full = await open();
  await expect(full.write(text)).rejects.toMatchObject({ code: "file-unwritable" });
  await full.discard();
});

test("so is a pipe", async () => {
  execFileSync("mkfifo", [path]);
  const [file, read] = await Promise.all([
    open(),
    import("node:fs/promises").then(({ open: openPipe }) => openPipe(path, "r")),
  ]);
  await file.write(text);
  expect((await read.read(Buffer.alloc(10), 0, 10)).bytesRead).toBe(5);
  await file.finish();
  await read.close();
});
