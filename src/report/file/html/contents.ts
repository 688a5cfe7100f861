import type { RunResult } from "../../../types/run-result.js";
import { placeText } from "../../place-text.js";
import { shortName } from "../../printable.js";
import { bytes, count } from "../../units.js";
import type { ContentStatistics } from "../content-statistics.js";
import { leavingLabels, messageLabels, sizeLabels } from "../histogram-bounds.js";
import { type Bar, barTable } from "./bar-table.js";
import { dataTable, type Html, html } from "./elements.js";
import { monthChart } from "./month-chart.js";

/** Pictures of what the files hold, of the rows that count; nothing where none was seen. */
export function* contents(result: RunResult, statistics: ContentStatistics): Generator<Html> {
  const { months, undated, sizes, messages, records } = statistics;
  if (records.conversation + records.key === 0) return;
  const charts = [memoryChart(result, statistics)];
  if (records.conversation > 0) {
    charts.unshift(
      monthChart(months, undated),
      barTable("Conversations by size", ["Size", "Conversations"], bars(sizeLabels, sizes)),
      barTable(
        "Conversations by number of messages",
        ["Messages", "Conversations"],
        bars(messageLabels, messages),
      ),
      ...leavingChart(result, statistics),
    );
  }
  const ended = result.error === null && result.interrupted === null;
  const [what, read] =
    result.mode === "export" ? ["What was exported", "it was"] : ["What is in the files", "they were"];
  const title = ended ? what : `${what}, as far as ${read} read`;
  yield html`<section aria-labelledby="contents"><h2 id="contents">${title}</h2>
<div class="charts">
${charts}</div></section>
`;
  yield* dataTable(
    "largest",
    ended ? "The largest conversations" : "The largest conversations read",
    [
      { head: "Id" },
      { head: "Size", cells: "number" },
      { head: "Messages", cells: "number" },
      { head: "Last activity", cells: "whole" },
      { head: "Where" },
    ],
    statistics.largest.map(({ name, bytes: size, messageCount, lastActivity, kind, place }) => [
      shortName(name),
      bytes(size ?? 0),
      messageCount === null ? "" : count(messageCount),
      dayText(lastActivity),
      place === null ? "" : placeText(kind, place),
    ]),
  );
}

/** When they leave, of those that a run writes, or would. */
function leavingChart({ mode, expiresAt }: RunResult, { leaving, staying }: ContentStatistics): Html[] {
  if (mode !== "migrate" && mode !== "dry-run") return [];
  const shown = [...bars(leavingLabels, leaving), { label: "never", value: staying }];
  const until = expiresAt === null ? "" : ` (the last by ${expiresAt.slice(0, 10)})`;
  // Of those that were there already, Redis alone knows: their time is partly run down, or shorter.
  const those = mode === "dry-run" ? "that would be written" : "written by this run";
  const title = `When conversations ${those} leave Redis, if nobody uses them${until}`;
  return [barTable(title, ["Leave Redis", "Conversations"], shown)];
}

function memoryChart({ estimatedMemoryBytes }: RunResult, { bytes: size }: ContentStatistics): Html {
  const values = [
    { label: "conversations", value: size.conversation, shown: bytes(size.conversation) },
    { label: "API keys", value: size.key, shown: bytes(size.key) },
  ];
  if (estimatedMemoryBytes === null) return barTable("Size of all values", ["Of", "Size"], values);
  const needed = { label: "Redis' memory", value: estimatedMemoryBytes, shown: bytes(estimatedMemoryBytes) };
  return barTable(
    "Size of all values, and memory that Redis needs beyond what it uses now",
    ["Of", "Size"],
    [...values, needed],
  );
}

function bars(labels: readonly string[], counts: readonly number[]): Bar[] {
  return labels.map((label, at) => ({ label, value: counts[at] ?? 0 }));
}

function dayText(time: number | null): string {
  const date = new Date(time ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString().slice(0, 10);
}
