import { readdirSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import type { Kind } from "../src/types/kind.js";
import type { Counts } from "../src/types/outcome.js";
import { concurrency } from "./support/program.js";
import { redisOfFile } from "./support/redis.js";

/** The built library: from its sources, no thread can be started. */
const library = pathToFileURL(resolve("dist/index.js")).href;
const { migrate } = (await import(library)) as typeof import("../src/index.js");

/** What must come of the folder `fixtures/<scenario>`, as `fixtures/<scenario>.expected.json` says. */
interface Expected {
  readonly exitCode: number;
  /** Those that are told; all others are 0. */
  readonly counts?: Readonly<Record<"conversations" | "keys", Partial<Counts>>>;
  /** All keys that Redis holds afterwards, and the record whose `JSON.stringify` is the value of each. */
  readonly keys: Readonly<Record<string, object>>;
  /** Their codes, in their order. */
  readonly warnings: readonly string[];
  readonly rejections: readonly {
    readonly kind: Kind | null;
    readonly index: number | null;
    readonly reason?: string;
  }[];
}

const suffix = ".expected.json";
const entries = readdirSync("fixtures", { withFileTypes: true });
const scenarios = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);

/** Layouts and encodings of what `dbcontext` holds; what comes of them must be the same. */
const sameRecords = [
  ...["any-order", "arrays", "by-id", "by-id-names-alone", "array", "one-record-a-file"],
  ...["split-sets", "split-arrays", "minified", "tabs", "crlf", "bom", "utf-16le", "utf-16be"],
  ...["gz", "gz-of-utf-16"],
];

async function expectedOf(scenario: string): Promise<Expected> {
  return JSON.parse(await readFile(join("fixtures", scenario + suffix), "utf8")) as Expected;
}

/** Every file below a folder, with its bytes and when it was last written to. */
async function filesIn(folder: string): Promise<Map<string, { bytes: string; modified: bigint }>> {
  const files = new Map<string, { bytes: string; modified: bigint }>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { mtimeNs } = await stat(path, { bigint: true });
    files.set(path, { bytes: (await readFile(path)).toString("latin1"), modified: mtimeNs });
  }
  return files;
}

/** Those that are not 0. */
function told(counts: Partial<Counts>): Partial<Counts> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

const redisOf = redisOfFile();

describe("fixtures", () => {
  it("each have a file beside them that says what must come of them", () => {
    const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    expect(files.sort()).toEqual(scenarios.map((name) => name + suffix).sort());
  });

  it.each(sameRecords)(
    "%s: exactly what comes of the library's own file must come of it",
    async (scenario) => {
      expect(await expectedOf(scenario)).toEqual(await expectedOf("dbcontext"));
    },
  );

  it.each(scenarios)("%s: what must come of it does", async (scenario) => {
    const expected = await expectedOf(scenario);
    const folder = join("fixtures", scenario);
    const redis = redisOf();
    const before = await filesIn(folder);
    // Each file in a thread of its own, however small, where there are threads.
    const options = { sources: [folder], port: redis.port, concurrency, threadsFrom: 0, details: 0 };
    const result = await migrate(options);
    expect(result.error).toBeNull();
    const held = [...(await redis.dump())].map(([key, { value }]) => [key, value]);
    expect(Object.fromEntries(held)).toEqual(
      Object.fromEntries(Object.entries(expected.keys).map(([key, record]) => [key, JSON.stringify(record)])),
    );
    const rejections = result.rejections.map(({ kind, place, reason }, at) => ({
      kind,
      index: place.index,
      ...(expected.rejections[at]?.reason === undefined ? {} : { reason }),
    }));
    expect(rejections).toEqual(expected.rejections);
    expect(result.warnings.map(({ code }) => code)).toEqual(expected.warnings);
    expect(result.exitCode).toBe(expected.exitCode);
    if (expected.counts !== undefined) {
      const { conversations, keys } = result.counts;
      expect({ conversations: told(conversations), keys: told(keys) }).toEqual(expected.counts);
    }
    expect(await filesIn(folder)).toEqual(before);
  });
});
