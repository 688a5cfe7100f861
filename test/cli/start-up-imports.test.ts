import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { program, scratchFolder } from "../support/program.js";

/** Libraries of which code was loaded: Node itself lists the files, and the build says whose code is in each. */
async function librariesLoadedBy(parameters: readonly string[]): Promise<Set<string>> {
  const folder = await scratchFolder();
  await program(parameters, { cwd: folder, env: { NODE_V8_COVERAGE: join(folder, "coverage") } });
  const libraries = new Set<string>();
  for (const name of await readdir(join(folder, "coverage"))) {
    const { result } = JSON.parse(await readFile(join(folder, "coverage", name), "utf8"));
    for (const { url } of result as { url: string }[]) {
      if (!url.startsWith("file:")) continue;
      const text = await readFile(fileURLToPath(url), "utf8");
      for (const [, library] of text.matchAll(/^\/\/ .*node_modules\/(@[^/]+\/[^/]+|[^/]+)\//gm)) {
        libraries.add(library as string);
      }
    }
  }
  return libraries;
}

test.each(["--help", "--version"])("%s loads no library but the one that reads flags", async (flag) => {
  expect(await librariesLoadedBy([flag])).toEqual(new Set(["commander"]));
});

test("a mistaken flag does not load Redis' client", async () => {
  const libraries = await librariesLoadedBy(["--ttl", "soon"]);
  expect(libraries).not.toContain("@redis/client");
  expect(libraries).toContain("zod");
});

test("a run loads it", async () => {
  expect(await librariesLoadedBy(["none.json"])).toContain("@redis/client");
});
