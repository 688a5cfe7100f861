import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { tool } from "../../src/version.js";
import { program, scratchFolder } from "../support/program.js";

/** Files of libraries that were loaded: Node itself lists what it loads, and the build says what is in it. */
async function filesLoadedBy(parameters: readonly string[]): Promise<Set<string>> {
  const folder = await scratchFolder();
  await program(parameters, { cwd: folder, env: { NODE_V8_COVERAGE: join(folder, "coverage") } });
  const files = new Set<string>();
  for (const name of await readdir(join(folder, "coverage"))) {
    const { result } = JSON.parse(await readFile(join(folder, "coverage", name), "utf8"));
    for (const { url } of result as { url: string }[]) {
      if (!url.startsWith("file:")) continue;
      const text = await readFile(fileURLToPath(url), "utf8");
      for (const [, file] of text.matchAll(/^\s*\/\/ .*node_modules\/(.+)/gm)) files.add(file as string);
    }
  }
  return files;
}

async function librariesLoadedBy(parameters: readonly string[]): Promise<Set<string>> {
  const files = [...(await filesLoadedBy(parameters))];
  return new Set(files.map((file) => /^(@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? ""));
}

test.each(["--help", "--version"])("%s loads no library but the one that reads flags", async (flag) => {
  expect(await librariesLoadedBy([flag])).toEqual(new Set(["commander"]));
});

test("a mistaken flag does not load Redis' client", async () => {
  const libraries = await librariesLoadedBy(["--ttl", "soon"]);
  expect(libraries).not.toContain("@redis/client");
  expect(libraries).toContain("zod");
});

test("a run loads it, and no method for each of Redis' commands", async () => {
  const files = await filesLoadedBy(["none.json"]);
  const folder = "@redis/client/dist/lib";
  expect(files).toContain(`${folder}/client/index.js`);
  expect(files).toContain(`${folder}/commands/AUTH.js`);
  expect(files).not.toContain(`${folder}/commands/GET.js`);
  expect(files).not.toContain(`${folder}/cluster/cluster-slots.js`);
});

test("where Node cannot keep what it compiled, all else goes on", async () => {
  const folder = await scratchFolder();
  for (const part of ["bin", "dist", "package.json"]) await cp(part, join(folder, part), { recursive: true });
  await writeFile(join(folder, ".compile-cache"), "no folder");
  const { stdout, code } = await program(["--version"], { bin: join(folder, "bin/chatgpt-migrate.js") });
  expect({ stdout, code }).toEqual({ stdout: `${tool.version}\n`, code: 0 });
});
