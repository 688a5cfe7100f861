import { rmSync } from "node:fs";
import type { Address } from "../../options.js";
import type { RecordEvent, ReportFile, ReportFormat, ReportWriter } from "../../types/report-events.js";
import type { RunResult, Warning } from "../../types/run-result.js";
import { collectStatistics } from "./content-statistics.js";
import { htmlPage } from "./html/page.js";
import { openJsonLines } from "./json-lines.js";
import { junitXml } from "./junit.js";
import { markdown } from "./markdown.js";
import { countOutcomesBySource } from "./outcomes-by-source.js";
import { checkReplaceable, explained, reportWarning, writeWhole } from "./replace-file.js";

/**
 * Opens all files of --report, for their owner alone. JSON lines grow as the run goes on; the others are written when it
 * ends, whole or not at all. What an earlier run reported is gone from here on, so that nobody takes it for this run's,
 * however this one ends.
 * @param address how Redis is reached, as it is known at the end
 * @param now in ms since 1970
 * @throws MigrateError `report-exists`, `report-unwritable`
 */
export function openReports(
  files: readonly ReportFile[],
  address: () => Address,
  now: () => number = Date.now,
): ReportWriter {
  // All are checked before the first is touched.
  const checked = files.map((file) => ({ ...file, target: checkReplaceable(file) }));
  const streams: ReportWriter[] = [];
  const documents: ((result: RunResult) => Warning[])[] = [];
  let statistics = collectStatistics();
  let outcomes = countOutcomesBySource();
  const render = (format: Exclude<ReportFormat, "jsonl">, result: RunResult): Iterable<string> => {
    if (format === "xml") return junitXml(result, outcomes);
    if (format === "md") return markdown(result, address(), now());
    return htmlPage(result, statistics.statistics, address(), now());
  };
  for (const { path, target, format } of checked) {
    if (format === "jsonl") streams.push(explained(path, () => openJsonLines(target, path, now)));
    else {
      explained(path, () => rmSync(target, { force: true }));
      documents.push((result) => {
        try {
          writeWhole({ path: target, format }, render(format, result));
          return [];
        } catch (error) {
          return [reportWarning(path, "could not be written, and is not there", error)];
        }
      });
    }
  }
  const countOutcome = ({ place, kind, outcome, leftOut = false }: RecordEvent) => {
    const source = place?.source ?? null;
    outcomes.add(source, kind, outcome);
    if (leftOut) outcomes.add(source, kind, "leftOut");
  };
  return {
    record: (event) => {
      countOutcome(event);
      statistics.add(event);
      for (const stream of streams) stream.record(event);
    },
    rejected: (rejection) => {
      const { kind, place } = rejection;
      outcomes.add(place.source, kind, kind === null ? "unreadable" : "invalid");
      for (const stream of streams) stream.rejected(rejection);
    },
    extendRejected: (bytes) => {
      for (const stream of streams) stream.extendRejected(bytes);
    },
    corrected: (event, before) => {
      outcomes.add(event.place?.source ?? null, event.kind, before, -1);
      countOutcome(event);
      statistics.correct(event, before);
      for (const stream of streams) stream.corrected(event, before);
    },
    startOver: () => {
      statistics = collectStatistics();
      outcomes = countOutcomesBySource();
      for (const stream of streams) stream.startOver();
    },
    finish: (resultWith) => {
      const lacking = streams.flatMap((stream) => stream.finish(resultWith));
      for (const write of documents) lacking.push(...write(resultWith(lacking)));
      return lacking;
    },
  };
}
