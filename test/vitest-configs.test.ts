import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** All paths that a pattern such as `test/{a,b}.test.ts` stands for. */
function pathsOf(pattern: string): string[] {
  const [braces, names] = /\{([^}]+)\}/.exec(pattern) ?? [];
  if (braces === undefined || names === undefined) return [pattern];
  return names.split(",").flatMap((name) => pathsOf(pattern.replace(braces, name)));
}

// A file that was renamed would silently no longer be run.
test.each(["vitest.config.ts", "test/matrix/vitest.config.ts", "test/long/vitest.config.ts"])(
  "each test file that %s names is there",
  (config) => {
    const text = readFileSync(config, "utf8");
    const named = [...text.matchAll(/"(test\/[^"*]+\.test\.ts)"/g)].flatMap(([, pattern = ""]) =>
      pathsOf(pattern),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  },
);
