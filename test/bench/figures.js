/** @typedef {import("./measure.js").Measurement} Measurement */

/**
 * What several runs of one command come to.
 * @typedef {object} Figures
 * @property {number} wallMs median
 * @property {number | null} cpuMs median
 * @property {number | null} peakMiB median
 * @property {number | null} highestMiB of all runs
 */

/**
 * @param {readonly Measurement[]} measurements at least one
 * @returns {Figures}
 */
export function figuresOf(measurements) {
  const peaks = known(measurements.map(({ peakMiB }) => peakMiB));
  return {
    wallMs: median(measurements.map(({ wallMs }) => wallMs)) ?? Number.NaN,
    cpuMs: median(known(measurements.map(({ cpuMs }) => cpuMs))),
    peakMiB: median(peaks),
    highestMiB: peaks.length === 0 ? null : Math.max(...peaks),
  };
}

/** @param {readonly (number | null)[]} numbers */
function known(numbers) {
  return numbers.filter((number) => number !== null);
}

/**
 * @param {readonly number[]} numbers
 * @returns {number | null} null of none
 */
function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}
