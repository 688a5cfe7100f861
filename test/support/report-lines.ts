import { readFile } from "node:fs/promises";
import type { Counts } from "../../src/types/outcome.js";

/** A line of a report of JSON lines. */
interface ReportLine {
  readonly outcome: string;
  /** What it was said to have become before, by an earlier line. */
  readonly before?: string;
  readonly kind?: "conversation" | "key";
  readonly source?: string;
  readonly row?: number | null;
  readonly offset?: number;
}

export async function reportLines(path: string): Promise<readonly ReportLine[]> {
  const lines = (await readFile(path, "utf8")).split("\n");
  if (lines.pop() !== "") throw new Error(`${path} ends within a line`);
  return lines.map((line) => JSON.parse(line));
}

/** How many records of a kind became what, after all corrections; in the order of the names. */
export function outcomesIn(lines: readonly ReportLine[], kind: "conversation" | "key") {
  const counts = new Map<string, number>();
  for (const { outcome, before, kind: of } of lines) {
    if (of !== kind) continue;
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    if (before !== undefined) counts.set(before, (counts.get(before) ?? 0) - 1);
  }
  return nonZero(counts);
}

/** The same of the counts of a result. */
export function outcomesCounted({ read: _read, leftOut: _leftOut, ...outcomes }: Counts) {
  return nonZero(Object.entries(outcomes));
}

function nonZero(counts: Iterable<readonly [string, number]>) {
  return [...counts].filter(([, count]) => count !== 0).sort();
}
