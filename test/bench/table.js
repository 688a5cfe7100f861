/** @typedef {import("./results.js").Result} Result */

/** @type {readonly (readonly [heading: string, cell: (result: Result) => string])[]} */
const columns = [
  ["file", ({ shape }) => shape],
  ["MB", ({ megabytes }) => megabytes.toFixed(0)],
  ["records", ({ records }) => records.toLocaleString("en")],
  ["tool s", ({ tool }) => tool.toFixed(2)],
  ["script s (batch)", ({ script, batch }) => `${script.toFixed(2)} (${batch})`],
  ["tool / script", ({ toScript }) => toScript.toFixed(2)],
  ["redis-cli s", ({ redisCli }) => redisCli.toFixed(2)],
  ["tool / redis-cli", ({ toRedisCli }) => toRedisCli.toFixed(1)],
  ["second / first", ({ secondToFirst }) => secondToFirst.toFixed(2)],
  ["verify s", ({ verify }) => verify.toFixed(2)],
  ["dry-run s", ({ dryRun }) => dryRun.toFixed(2)],
  ["undo s", ({ undo }) => undo.toFixed(2)],
  ["export s", (result) => result.export.toFixed(2)],
  ["peak MiB", ({ peakMiB }) => peakMiB.toFixed(0)],
];

/**
 * A Markdown table with a row for each shape, and `-` where nothing was measured.
 * @param {readonly Result[]} results
 */
export function tableOf(results) {
  const head = columns.map(([heading]) => heading);
  const rows = results.map((result) =>
    columns.map(([, cell]) => {
      const text = cell(result);
      return text.startsWith("NaN") ? "-" : text;
    }),
  );
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((text, at) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0))).join(" | ")} |\n`;
  const rule = widths.map((width, at) => (at === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [head, rule, ...rows].map(line).join("");
}
