import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fastGlob from "fast-glob";
import { expect, test } from "vitest";

/** What every file may import: types, and how errors and secrets are told. */
const ground = ["options", "types", "version", "errors", "secret"];
const below = ["record", "redis", ...ground];
const stages = ["source", "journal", "preflight"];
/** Core is silent: it returns data, and only cli shows it. */
const kept = "report/rejects-file";

/** The rooms of `src`, and those that each may import besides itself: arrows run one way. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  cli: ["run", "pipeline", "report", ...below],
  // What prints is loaded once there is something to print, and knows neither files nor servers.
  "cli/main": ["run", "pipeline/result", "report", ...ground],
  run: ["modes", "pipeline", kept, ...stages, ...below],
  modes: ["pipeline", ...stages, ...below],
  pipeline: [kept, ...stages, ...below],
  source: ["record", "types", "errors", "secret"],
  journal: ["record", "types", "errors", "secret"],
  report: below,
  "report/rejects-file": ["record", "types", "errors", "secret"],
  preflight: below,
  record: ["types", "errors", "secret"],
  redis: ground,
  options: ["types", "secret"],
  types: ["secret"],
  version: [],
  errors: ["secret"],
  secret: [],
};

/** The home of each library. */
const libraries: Readonly<Record<string, readonly string[]>> = {
  commander: ["cli/flags"],
  zod: ["cli/parse-options", "source", "journal/format"],
  "fast-glob": ["source/find-files"],
  "@redis/client": ["redis"],
  "cluster-key-slot": ["redis", "preflight"],
  chalk: ["report"],
  "cli-progress": ["report"],
};

const isIn = (file: string) => (place: string) => file === place || file.startsWith(`${place}/`);
const files = fastGlob.sync("**/*.ts", { cwd: "src" }).map((file) => file.slice(0, -".ts".length));

test("every file has a room", () => {
  expect(files.filter((file) => !Object.keys(rooms).some(isIn(file)))).toEqual([]);
});

test.each(files)(
  "%s imports only from rooms below its own, and only libraries that have their home there",
  (file) => {
    const text = readFileSync(join("src", `${file}.ts`), "utf8");
    const imported = [...text.matchAll(/(?:from|import|import\()\s*"([^"]+)"/g)].map(
      ([, path]) => path as string,
    );
    const room = file.split("/")[0] as string;
    const allowed = rooms[file] ?? rooms[room] ?? [];
    const wrong = imported.filter((path) => {
      if (path.startsWith("node:")) return false;
      if (!path.startsWith(".")) return !libraries[path]?.some(isIn(file));
      const target = join(dirname(file), path).replace(/\.js$/, "");
      return target.split("/")[0] !== room && !allowed.some(isIn(target));
    });
    expect(wrong).toEqual([]);
  },
);
