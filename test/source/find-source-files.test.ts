import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { findSources } from "../../src/source/find-source-files.js";
import { scratchFolder } from "../support/program.js";

let folder = "";

beforeEach(async () => {
  const before = process.cwd();
  folder = await scratchFolder();
  onTestFinished(() => process.chdir(before));
  process.chdir(folder);
});

async function write(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '{"conversations":[]}');
  }
}

async function pathsOf(...named: string[]): Promise<string[]> {
  return (await findSources(named)).sources.map(({ path }) => path);
}

describe("a file", () => {
  it("is found as it was named, with its size in bytes", async () => {
    await writeFile("db.json", '{"keys":[],"é":1}');
    const absolute = join(folder, "db.json");
    expect((await findSources(["./db.json"])).sources).toMatchObject([{ path: "./db.json", bytes: 18 }]);
    expect((await findSources([absolute])).sources).toMatchObject([{ path: absolute, bytes: 18 }]);
  });

  it("may have any name", async () => {
    await write("old.txt", "no-extension");
    expect(await pathsOf("old.txt", "no-extension")).toEqual(["old.txt", "no-extension"]);
  });

  it("is db.json when none is named", async () => {
    await write("db.json", "other.json");
    expect(await pathsOf()).toEqual(["db.json"]);
  });

  it("is taken literally when its name looks like a pattern", async () => {
    await write("db[12].json", "db1.json", "{a,b}.json", "a.json", "*.json");
    expect(await pathsOf("db[12].json", "{a,b}.json", "*.json")).toEqual([
      "db[12].json",
      "{a,b}.json",
      "*.json",
    ]);
  });

  it("counts once, under its first name, however often it is named", async () => {
    await write("data/db.json");
    await symlink("data/db.json", "link.json");
    const names = [
      "data/db.json",
      "./data/../data/db.json",
      join(folder, "data/db.json"),
      "data",
      "link.json",
    ];
    expect(await pathsOf(...names)).toEqual(["data/db.json"]);
  });

  it("is followed where it is a link", async () => {
    await write("real.json");
    await symlink("real.json", "link.json");
    expect(await pathsOf("link.json")).toEqual(["link.json"]);
  });
});

describe("a folder", () => {
  it("stands for every .json file within it, however deep, sorted", async () => {
    await write(
      "in/b.json",
      "in/a.json",
      "in/a/deep/c.json",
      "in/B.json",
      "in/notes.txt",
      "in/db.jsonl",
      "out.json",
    );
    expect(await pathsOf("in")).toEqual(["in/B.json", "in/a.json", "in/a/deep/c.json", "in/b.json"]);
  });

  it.each([
    ["with a slash at its end", "in/", "in/a.json"],
    ["from the folder itself", ".", "in/a.json"],
    ["from another", "./in/../in", "in/a.json"],
  ])("may be named %s", async (_name, named, path) => {
    await write("in/a.json");
    expect(await pathsOf(named)).toEqual([path]);
  });

  it("is taken literally when its name looks like a pattern", async () => {
    await write("[in] (1)/a.json", "i/a.json", "{x}/*/b.json");
    expect(await pathsOf("[in] (1)", "{x}")).toEqual(["[in] (1)/a.json", "{x}/*/b.json"]);
  });

  it("is searched without node_modules and .git", async () => {
    await write("a.json", "node_modules/x/package.json", "sub/node_modules/y.json", ".git/z.json");
    expect(await pathsOf(".")).toEqual(["a.json"]);
  });

  it("is searched where it is named, also below node_modules or hidden", async () => {
    await write("node_modules/x/db.json", ".hidden/db.json");
    expect(await pathsOf("node_modules/x", ".hidden")).toEqual(["node_modules/x/db.json", ".hidden/db.json"]);
    expect(await pathsOf("node_modules")).toEqual(["node_modules/x/db.json"]);
  });

  it("named db.json is a folder like any other", async () => {
    await write("db.json/a.json", "app/db.json/b.json");
    expect(await pathsOf()).toEqual(["db.json/a.json"]);
    expect(await pathsOf("app")).toEqual(["app/db.json/b.json"]);
  });

  it("that links to itself is searched once", async () => {
    await write("in/a.json");
    await symlink("..", "in/loop");
    await symlink(".", "in/self");
    expect(await pathsOf("in")).toEqual(["in/a.json"]);
  });

  it("is searched where it is a link", async () => {
    await write("real/a.json");
    await symlink("real", "link");
    expect(await pathsOf("link")).toEqual(["link/a.json"]);
  });

  it("yields the files in it that are links", async () => {
    await write("elsewhere/real.json");
    await mkdir("in");
    await symlink("../elsewhere/real.json", "in/db.json");
    expect(await pathsOf("in")).toEqual(["in/db.json"]);
  });
});

describe("a pattern", () => {
  it.each([
    ["*.json", ["a.json", "b.json"]],
    ["**/*.json", ["a.json", "b.json", "sub/c.json"]],
    ["{b,sub/c}.json", ["b.json", "sub/c.json"]],
    ["[a-b].json", ["a.json", "b.json"]],
    ["*.bak", ["old.bak"]],
  ])("%s stands for the files that match, sorted", async (pattern, paths) => {
    await write("b.json", "a.json", "sub/c.json", "old.bak", "node_modules/d.json");
    expect(await pathsOf(pattern)).toEqual(paths);
  });

  it("finds what lies below node_modules where it names that", async () => {
    await write("node_modules/x/db.json", "node_modules/y/db.json");
    expect(await pathsOf("node_modules/*/db.json")).toEqual([
      "node_modules/x/db.json",
      "node_modules/y/db.json",
    ]);
  });

  it("stands among other names in the order they were given", async () => {
    await write("z.json", "a/2.json", "a/1.json", "b/3.json");
    expect(await pathsOf("z.json", "b/*.json", "a")).toEqual(["z.json", "b/3.json", "a/1.json", "a/2.json"]);
  });
});

describe("what cannot be found is an error that names it", () => {
  it.each([
    ["a file that is missing", "gone.json", "source-missing"],
    ["a folder that is missing", "gone/db.json", "source-missing"],
    ["a file in the place of a folder", "file.txt/db.json", "source-missing"],
    ["a name too long for any file", "x".repeat(300), "source-missing"],
    ["a link to nothing", "broken.json", "source-missing"],
    ["a pattern that matches nothing", "gone-*.json", "source-none"],
    ["a folder without a .json file", "empty", "source-empty"],
    ["a link to itself", "circle.json", "source-unreadable"],
  ])("%s: %s is %s", async (_name, named, code) => {
    await writeFile("file.txt", "");
    await mkdir("empty");
    await symlink("nowhere", "broken.json");
    await symlink("circle.json", "circle.json");
    await expect(findSources([named])).rejects.toMatchObject({
      name: "MigrateError",
      code,
      message: expect.stringContaining(named) as unknown,
    });
  });

  it.each([
    ["the folder itself", "in"],
    ["a pattern", "in/*.json"],
    ["the name, as the system hands it over", "in/caf\ufffd.json"],
  ])("a name that is not UTF-8, found by %s", async (_name, named) => {
    await write("in/db.json");
    await writeFile(Buffer.from("in/caf\xe9.json", "latin1"), "{}");
    await expect(findSources([named])).rejects.toMatchObject({
      code: "source-name",
      message: expect.stringContaining("caf\ufffd.json") as unknown,
    });
  });

  it("a folder whose name is not UTF-8", async () => {
    await write("in/db.json");
    await mkdir(Buffer.from("in/caf\xe9", "latin1"));
    await expect(findSources(["in"])).rejects.toMatchObject({ code: "source-name" });
  });

  it("a folder with nothing but other programs' files", async () => {
    await mkdir("in");
    await writeFile("in/package.json", '{"name":"app"}');
    await expect(findSources(["in"])).rejects.toMatchObject({
      code: "source-unrecognised",
      message: /^in: /,
    });
  });

  it("db.json, when it is a folder without one", async () => {
    await mkdir("db.json");
    await expect(findSources([])).rejects.toMatchObject({
      code: "source-empty",
      message: /^db\.json: is a folder/,
    });
  });

  it("db.json, when none is named", async () => {
    await expect(findSources([])).rejects.toMatchObject({ code: "source-missing", message: /^db\.json: / });
  });

  it("although other names are found", async () => {
    await write("db.json");
    await expect(findSources(["db.json", "gone.json"])).rejects.toMatchObject({ code: "source-missing" });
  });
});
