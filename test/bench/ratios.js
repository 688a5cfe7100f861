import { figuresOf } from "./figures.js";

/** @typedef {import("./figures.js").Figures} Figures */
/** @typedef {import("./rounds.js").Samples} Samples */

/**
 * @typedef {object} SizeResult
 * @property {number} megabytes as asked for
 * @property {import("./data.js").Data} data
 * @property {Samples} samples
 */

/**
 * What is promised, and what was measured.
 * @typedef {object} Ratio
 * @property {string} what
 * @property {number} measured
 * @property {number | null} target the most that it may be; null where nothing is promised
 */

/** The size for which ratios are promised. */
const promisedSize = 376;

/** The modes of the program that read a whole file. */
const modes = ["migrate", "dry-run", "verify"];

/**
 * All ratios that can be told from what was measured.
 * @param {readonly SizeResult[]} sizes
 * @param {Samples} startUp
 * @returns {readonly Ratio[]}
 */
export function ratiosOf(sizes, startUp) {
  const ascending = [...sizes].sort((a, b) => a.megabytes - b.megabytes);
  return [...ascending.flatMap(withinSize), ...acrossSizes(ascending, startUp), ...ofStartUp(startUp)].filter(
    ({ measured }) => Number.isFinite(measured),
  );
}

/** @param {SizeResult} size @returns {Ratio[]} */
function withinSize({ megabytes, samples }) {
  /** @type {(one: string, other: string, target: number | null) => Ratio} */
  const wall = (one, other, target) => ({
    what: `${megabytes} MB: wall time of ${one} / ${other}`,
    measured: figure(samples, one, "wallMs") / figure(samples, other, "wallMs"),
    target: megabytes === promisedSize ? target : null,
  });
  const peaks = modes.map((mode) => figure(samples, mode, "highestMiB")).filter(Number.isFinite);
  return [
    wall("migrate", "whole-file", 0.45),
    wall("migrate", "whole-file-200", null),
    wall("migrate", "one-by-one", 0.16),
    wall("migrate", "redis-cli", 6),
    wall("dry-run", "migrate", 1),
    wall("verify", "migrate", 1.4),
    {
      what: `${megabytes} MB: most memory of any mode, MiB`,
      measured: Math.max(...peaks),
      target: megabytes >= promisedSize ? 256 : null,
    },
  ];
}

/**
 * @param {readonly SizeResult[]} ascending
 * @param {Samples} startUp
 * @returns {Ratio[]}
 */
function acrossSizes(ascending, startUp) {
  const [smallest, largest, secondLargest] = [ascending[0], ascending.at(-1), ascending.at(-2)];
  if (smallest === undefined || largest === undefined || secondLargest === undefined) return [];
  const floorMs = figure(startUp, "migrate nothing", "wallMs");
  const msPerMegabyte = (/** @type {SizeResult} */ { samples, data }) =>
    (figure(samples, "migrate", "wallMs") - floorMs) / (data.bytes / 1e6);
  const steadiness = (/** @type {string} */ mode) => {
    const peaks = [largest, secondLargest].map(({ samples }) => figure(samples, mode, "peakMiB"));
    return {
      what: `peak memory of ${mode}, ${largest.megabytes} MB and ${secondLargest.megabytes} MB, higher / lower`,
      measured: Math.max(...peaks) / Math.min(...peaks),
      target: secondLargest.megabytes >= promisedSize ? 1.1 : null,
    };
  };
  const growth = (/** @type {SizeResult} */ from) => ({
    what: `time per MB of migrate, ${largest.megabytes} MB / ${from.megabytes} MB`,
    measured: msPerMegabyte(largest) / msPerMegabyte(from),
    target: 1.1,
  });
  return [...modes.map(steadiness), ...ascending.slice(0, -1).map(growth)];
}

/** @param {Samples} startUp @returns {Ratio[]} */
function ofStartUp(startUp) {
  /** @type {(one: string, other: string) => Ratio} */
  const wall = (one, other) => ({
    what: `wall time of ${one} / ${other}`,
    measured: figure(startUp, one, "wallMs") / figure(startUp, other, "wallMs"),
    target: 2,
  });
  return [wall("--help", "node -e 0"), wall("migrate 1 MB", "import('redis')")];
}

/**
 * @param {Samples} samples
 * @param {string} name
 * @param {keyof Figures} which
 * @returns {number} NaN where it was not measured
 */
function figure(samples, name, which) {
  const measurements = samples[name];
  return measurements === undefined ? Number.NaN : (figuresOf(measurements)[which] ?? Number.NaN);
}
