import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { declarationsOf, resultSchema } from "../build/result-shape.js";
import { errorCodes } from "../src/errors.js";
import { permissionChecks } from "../src/preflight/check-permissions.js";
import { stateChecks } from "../src/preflight/check-state.js";
import { findingCodes } from "../src/types/finding-codes.js";
import { type RunResult, runResult } from "../src/types/run-result.js";
import { codesShownAnyway, warningCodes } from "../src/types/warning-codes.js";
import { program, scratchFolder } from "./support/program.js";
import { startRedis } from "./support/redis.js";

/** The rows of the tables below a heading of level 2, without their heads. */
async function rowsBelow(file: string, heading: string): Promise<string[][]> {
  const text = await readFile(file, "utf8");
  const [, section = ""] =
    new RegExp(`^## ${heading}\n([\\s\\S]*?)(?=^## |(?![\\s\\S]))`, "m").exec(text) ?? [];
  const cells = section.split("\n").map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return cells.filter(([first]) => first?.startsWith("`"));
}

const codesOf = (rows: readonly string[][]) => rows.map(([code = ""]) => code.replaceAll("`", ""));

test.each([
  ["Errors", errorCodes],
  ["Warnings", warningCodes],
  ["Findings", findingCodes],
])("docs/errors.md explains each code of the program, and no other: %s", async (heading, codes) => {
  const rows = await rowsBelow("docs/errors.md", heading);
  expect(codesOf(rows).sort()).toEqual([...codes].sort());
  for (const row of rows) for (const cell of row) expect(cell).not.toBe("");
});

test("docs/errors.md names the warnings that --quiet does not hide", async () => {
  const [, paragraph = ""] =
    /^(`--quiet` hides[\s\S]*?)\n\n/m.exec(await readFile("docs/errors.md", "utf8")) ?? [];
  const named = [...paragraph.matchAll(/`([a-z-]+)`/g)]
    .map(([, name]) => name)
    .filter((name) => name !== "--quiet");
  expect(named.sort()).toEqual([...codesShownAnyway].sort());
});

test("docs/errors.md says how severe each finding is", async () => {
  const rows = await rowsBelow("docs/errors.md", "Findings");
  const said = new Map(rows.map(([code = "", severity]) => [code.replaceAll("`", ""), severity]));
  const fixed = [...stateChecks, ...permissionChecks];
  expect(fixed.map(({ code }) => [code, said.get(code)])).toEqual(
    fixed.map(({ code, severity }) => [code, severity]),
  );
});

test("docs/json.md has each member of the JSON Schema, in its words", async () => {
  const text = await readFile("docs/json.md", "utf8");
  const { $defs = {}, ...result } = resultSchema();
  for (const { properties = {} } of [result, ...Object.values($defs)]) {
    for (const [name, shape] of Object.entries(properties)) {
      const { description } =
        shape.$ref === undefined ? shape : ($defs[shape.$ref.slice("#/$defs/".length)] ?? {});
      expect(text).toContain(`\n| \`${name}\` | ${description} |\n`);
    }
  }
  for (const name of Object.keys($defs)) expect(text).toContain(`\n### ${name}\n`);
});

test("the example of docs/json.md is what a run prints", async () => {
  const [, example = ""] = /^```json\n([\s\S]*?)^```$/m.exec(await readFile("docs/json.md", "utf8")) ?? [];
  const shown = JSON.parse(example) as RunResult;
  runResult.parse(shown);
  const cwd = await scratchFolder();
  const redis = await startRedis();
  const at = ["-u", `redis://localhost:${redis.port}`];
  await copyFile("fixtures/demo/db.json", join(cwd, "db.json"));
  await program(at, { cwd });
  await redis.client.del(`chatgpt:conversations:${shown.differences[0]?.name}`);
  const { stdout, code } = await program([...at, "--verify", "--json"], { cwd });
  const settled = stdout
    .replace(`localhost:${redis.port}`, "localhost:6379")
    .replace(/"server": "[^"]+"/, '"server": "redis 7.0.15"')
    .replace(/"durationMs": \d+/, '"durationMs": 100');
  expect([settled, code]).toEqual([example, shown.exitCode]);
});

test("the published declarations are those of the schema", async () => {
  expect(await readFile("dist/types/run-result.d.ts", "utf8")).toBe(declarationsOf(resultSchema()));
});
