import { type ReportFormat, reportFormats } from "../../types/report-events.js";

/** The format that the ending of a report's name asks for; null for none. */
export function formatOfName(path: string): ReportFormat | null {
  const ending = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase();
  return reportFormats.find((format) => format === ending) ?? null;
}
