import { figuresOf } from "./figures.js";

/** @typedef {import("./ratios.js").Ratio} Ratio */
/** @typedef {import("./rounds.js").Samples} Samples */

/**
 * What each command took, as a Markdown table.
 * @param {string} heading
 * @param {Samples} samples
 */
export function samplesTable(heading, samples) {
  const rows = Object.entries(samples).map(([name, measurements]) => {
    const { wallMs, cpuMs, peakMiB } = figuresOf(measurements);
    return [name, duration(wallMs), cpuMs === null ? "-" : duration(cpuMs), peakMiB?.toFixed(0) ?? "-"];
  });
  return table([heading, "wall", "CPU", "peak MiB"], rows);
}

/**
 * What was promised and what was measured, as a Markdown table.
 * @param {readonly Ratio[]} ratios
 */
export function ratiosTable(ratios) {
  const rows = ratios.map(({ what, measured, target }) => [
    what,
    measured >= 10 ? measured.toFixed(0) : measured.toFixed(2),
    target === null ? "" : `≤ ${target}`,
    target === null ? "" : measured <= target ? "held" : "MISSED",
  ]);
  return table(["ratio", "measured", "target", ""], rows);
}

/** @param {number} ms */
function duration(ms) {
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/**
 * The first column to the left, the others to the right.
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
function table(head, rows) {
  const widths = head.map((_, at) => Math.max(3, ...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((text, at) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0))).join(" | ")} |\n`;
  const rule = widths.map((width, at) => (at === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [head, rule, ...rows].map(line).join("");
}
