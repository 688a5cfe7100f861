import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fastGlob from "fast-glob";
import { expect, test } from "vitest";

/** What every file may import. */
const ground = ["options", "types", "version", "errors", "secret", "put-bytes"];
const below = ["record", "redis", ...ground];
const stages = ["source", "journal", "plan", "preflight", "new-file"];
/** Core is silent: it returns data, and only cli shows it. */
const kept = "report/rejects-file";
/** Loaded by a run that a report is wanted of, and handed on as an interface. */
const reports = "report/file/open-reports";

/** The rooms of `src`, and those that each may import besides itself: arrows run one way. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  cli: ["api", "run", "pipeline", "report", ...below],
  // What prints is loaded once there is something to print, and knows neither files nor servers.
  "cli/main": ["api/mode-of-flags", "run", "pipeline/result", "report", ...ground],
  "cli/show-result": ["report", ...ground],
  api: ["run", "report/file/format-of-name", ...below],
  index: ["api", ...ground],
  run: ["modes", "pipeline", kept, reports, ...stages, ...below],
  modes: ["pipeline", ...stages, ...below],
  pipeline: [kept, ...stages, ...below],
  source: ["record", "types", "errors", "secret", "put-bytes"],
  journal: ["record", "new-file", "types", "errors", "secret", "put-bytes"],
  plan: below,
  report: below,
  "report/rejects-file": ["record", "types", "errors", "secret"],
  preflight: below,
  record: ["types", "errors", "secret"],
  redis: ground,
  "new-file": ["types", "errors"],
  options: ["types", "secret"],
  types: ["errors", "secret"],
  version: [],
  errors: ["secret"],
  secret: [],
  "put-bytes": [],
};

/** The home of each library. */
const libraries: Readonly<Record<string, readonly string[]>> = {
  commander: ["cli/flags", "cli/read-command-line"],
  zod: ["api", "source", "journal/format", "plan/format", "types"],
  "fast-glob": ["source/files-in-folder-or-glob"],
  "@redis/client": ["redis"],
  "@redis/client/dist/lib/RESP/decoder.js": ["redis/batch-connection"],
  "cluster-key-slot": ["redis", "preflight"],
  chalk: ["report"],
  "cli-progress": ["report"],
};

const isIn = (file: string) => (place: string) => file === place || file.startsWith(`${place}/`);
const files = fastGlob.sync("**/*.ts", { cwd: "src" }).map((file) => file.slice(0, -".ts".length));

const textOf = (file: string): string => readFileSync(join("src", `${file}.ts`), "utf8");

test("every file has a room", () => {
  expect(files.filter((file) => !Object.keys(rooms).some(isIn(file)))).toEqual([]);
});

test.each(files)(
  "%s imports only from rooms below its own, and only libraries that have their home there",
  (file) => {
    const imported = [...textOf(file).matchAll(/(?:from |import |import\(\s*)"([^"]+)"/g)].map(
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

test("no run makes the zod types of its result: only the build and tests need more than their TypeScript", () => {
  const made = files.filter((file) => /^types\//.test(file) && /from "zod"/.test(textOf(file)));
  expect(made.length).toBeGreaterThan(3);
  const loading = files
    .filter((file) => !made.includes(file))
    .flatMap((file) => {
      const values = [...textOf(file).matchAll(/^(?:import|export) (?!type\b)[^;]*?"([^"]+)"/gm)];
      const paths = values.map(([, path = ""]) => join(dirname(file), path).replace(/\.js$/, ""));
      return paths.filter((path) => made.includes(path)).map((path) => `${file} loads ${path}`);
    });
  expect(loading).toEqual([]);
});

const contributing = readFileSync("CONTRIBUTING.md", "utf8");

/** A place in the diagram: a room, or all files that lie below the rooms. */
const nodeOf = (place: string): string => {
  const room = place.split("/")[0] as string;
  return ground.includes(room) ? "files" : room;
};

test("the diagram of CONTRIBUTING.md has the arrows of this table, but for those that follow from others", () => {
  const allowed = new Map<string, Set<string>>();
  for (const [place, targets] of Object.entries(rooms)) {
    const below = allowed.get(nodeOf(place)) ?? new Set();
    for (const target of targets.map(nodeOf)) if (target !== nodeOf(place)) below.add(target);
    allowed.set(nodeOf(place), below);
  }
  const leadsTo = (from: string, to: string): boolean =>
    [...(allowed.get(from) ?? [])].some((next) => next === to || leadsTo(next, to));
  const wanted = [...allowed].flatMap(([from, targets]) =>
    [...targets]
      .filter((to) => ![...targets].some((other) => other !== to && leadsTo(other, to)))
      .map((to) => `${from} --> ${to}`),
  );
  const [, diagram = ""] = /```mermaid\n([\s\S]*?)```/.exec(contributing) ?? [];
  const drawn = diagram.split("\n").flatMap((line) => {
    const steps = line
      .split("-->")
      .map((step) => step.split("&").map((node) => /[\w-]+/.exec(node)?.[0] ?? ""));
    return steps
      .slice(1)
      .flatMap((targets, at) =>
        (steps[at] ?? []).flatMap((from) => targets.map((to) => `${from} --> ${to}`)),
      );
  });
  expect(drawn.sort()).toEqual(wanted.sort());
});

test("CONTRIBUTING.md has a line for each room, and each file that it names is there", () => {
  const lines = [...contributing.matchAll(/^\| `([\w.-]+)\/?` /gm)].map(([, room]) => room as string);
  const folders = fastGlob.sync("*", { cwd: "src", onlyDirectories: true });
  const above = folders.filter((folder) => !ground.includes(folder));
  expect(lines.sort()).toEqual([...above, "run.ts"].sort());
  const named = [...contributing.matchAll(/`([\w./-]+\.(?:ts|js|md))`/g)].map(([, path]) => path as string);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(path) && !existsSync(join("src", path)))).toEqual([]);
});
