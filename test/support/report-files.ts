import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openReports } from "../../src/report/file/open-reports.js";
import type { ReportFormat, ReportWriter } from "../../src/types/report-events.js";
import type { RunResult, Warning } from "../../src/types/run-result.js";
import { scratchFolder } from "./program.js";
import { address, ended } from "./report-run.js";

/** What a report of one format holds. @param tell tells of the records */
export async function reportText(
  format: ReportFormat,
  result: RunResult,
  tell: (writer: ReportWriter) => void = () => {},
): Promise<{ readonly text: string; readonly warnings: readonly Warning[] }> {
  const path = join(await scratchFolder(), `report.${format}`);
  const report = openReports(
    [{ path, format }],
    () => address,
    () => ended,
  );
  tell(report);
  const warnings = report.finish((lacking) => ({ ...result, warnings: [...result.warnings, ...lacking] }));
  return { text: await readFile(path, "utf8"), warnings };
}
