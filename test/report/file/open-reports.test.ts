import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { formatOfName } from "../../../src/report/file/format-of-name.js";
import { openReports } from "../../../src/report/file/open-reports.js";
import { type ReportFile, reportFormats } from "../../../src/types/report-events.js";
import { finished } from "../../support/finished-run.js";
import { scratchFolder } from "../../support/program.js";
import { address, largeMigration, recordEvent, tellMany } from "../../support/report-run.js";

let folder: string;
let all: ReportFile[];

beforeEach(async () => {
  folder = await scratchFolder();
  all = reportFormats.map((format) => ({ format, path: join(folder, `report.${format}`) }));
});

const open = (files: readonly ReportFile[]) => openReports(files, () => address);

/** Writes all reports of a run of one record. */
function writeAll(): void {
  const report = open(all);
  report.record(recordEvent(0));
  expect(report.finish(() => finished({ read: 1, created: 1 }))).toEqual([]);
}

const textsOf = (files: readonly ReportFile[]) =>
  Promise.all(files.map(({ path }) => readFile(path, "utf8")));

it.each([
  ["report.jsonl", "jsonl"],
  ["a/b.c/REPORT.HTML", "html"],
  ["report.json", null],
  ["md", null],
  ["report.md.gz", null],
] as const)("the name %s asks for the format %s", (name, format) => {
  expect(formatOfName(name)).toBe(format);
});

describe("a file that exists", () => {
  it("is replaced where it is an earlier run's report, or empty", async () => {
    writeAll();
    const before = await textsOf(all);
    writeAll();
    expect((await textsOf(all)).map(({ length }) => length)).toEqual(before.map(({ length }) => length));
    for (const { path } of all) await writeFile(path, "");
    writeAll();
    expect((await readdir(folder)).sort()).toEqual(all.map(({ format }) => `report.${format}`).sort());
  });

  it("is gone as soon as a run begins, so that nobody takes it for that run's", async () => {
    writeAll();
    open(all);
    expect(await readdir(folder)).toEqual(["report.jsonl"]);
    expect(await readFile(join(folder, "report.jsonl"), "utf8")).toBe("");
  });

  it.each(reportFormats)(
    "is left alone where it is something else, and so are all others: .%s",
    async (format) => {
      writeAll();
      const path = join(folder, `report.${format}`);
      await writeFile(path, '{"id":"1","messages":[]}\n');
      const before = await textsOf(all);
      expect(() => open(all)).toThrow(expect.objectContaining({ code: "report-exists" }));
      expect(await textsOf(all)).toEqual(before);
    },
  );

  it("is written behind a link", async () => {
    await writeFile(join(folder, "real.md"), "");
    await symlink("real.md", join(folder, "report.md"));
    writeAll();
    expect(await readFile(join(folder, "real.md"), "utf8")).toContain("# chatgpt-migrate");
  });
});

it.each(reportFormats)(
  "a report that cannot be made is an error before anything is done: .%s",
  async (format) => {
    const missing = { format, path: join(folder, "missing", `report.${format}`) };
    expect(() => open([missing])).toThrow(expect.objectContaining({ code: "report-unwritable" }));
    const asFolder = { format, path: join(folder, `report.${format}`) };
    await mkdir(asFolder.path);
    expect(() => open([asFolder])).toThrow(expect.objectContaining({ code: "report-exists" }));
  },
);

it("reports are for their owner alone", async () => {
  writeAll();
  for (const { path } of all) expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it("reports that cannot be written at the end are warnings, and leave nothing half-written", async () => {
  const report = open(all);
  tellMany(report, 1_000);
  await rm(folder, { recursive: true });
  const warnings = report.finish(() => largeMigration());
  expect(warnings.map(({ code, message }) => [code, message])).toEqual([
    [
      "report-incomplete",
      `${folder}/report.jsonl: the report is not there: it was deleted or replaced while this ran`,
    ],
    ...["md", "xml", "html"].map((format) => [
      "report-incomplete",
      `${folder}/report.${format}: the report could not be written, and is not there: ENOENT: no such file or directory`,
    ]),
  ]);
});

it("what was made at a report's path meanwhile is left alone, and the warning says so", async () => {
  const report = open(all);
  for (const { path } of all.slice(1)) await writeFile(path, '{"kind":"conversation"}\n');
  const warnings = report.finish(() => finished({ read: 0 }));
  expect(warnings.map(({ message }) => message)).toEqual(
    all
      .slice(1)
      .map(
        ({ path }) => `${path}: the report could not be written, and is not there: ${path}: exists already`,
      ),
  );
  expect(await textsOf(all.slice(1))).toEqual(all.slice(1).map(() => '{"kind":"conversation"}\n'));
  expect((await readdir(folder)).length).toBe(all.length);
});
