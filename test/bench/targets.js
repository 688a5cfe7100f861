import { medianMs } from "./results.js";

/** @typedef {import("./results.js").Result} Result */

/**
 * What is promised, and what was measured.
 * @typedef {object} Target
 * @property {string} what
 * @property {number} measured
 * @property {number} most NaN where nothing is promised
 */

/** The most that the tool's time may be, in that of the better script. */
const mostToScript = /** @type {Readonly<Record<string, number>>} */ ({
  ten: 0.7,
  tiny: 0.6,
  small: 0.4,
  large: 0.5,
});

/**
 * Each target that was measured.
 * @param {readonly Result[]} results
 * @param {import("./rounds.js").Samples} startUp
 * @returns {readonly Target[]}
 */
export function targetsOf(results, startUp) {
  /** @type {(one: string, other: string, most: number) => Target} */
  const start = (one, other, most) => ({
    what: `start-up: ${one} / ${other}`,
    measured: medianMs(startUp, one) / medianMs(startUp, other),
    most,
  });
  const targets = [
    start("migrate 1 MB", "import('redis')", 1.3),
    start("--help", "node -e 0", 2),
    ...results.flatMap(targetsOfShape),
  ];
  return targets.filter(({ measured, most }) => Number.isFinite(measured / most));
}

/** @param {Result} result @returns {Target[]} */
function targetsOfShape({ shape, toScript, toRedisCli, secondToFirst, exportToMigrate, peakMiB }) {
  return [
    { what: `${shape}: tool / script`, measured: toScript, most: mostToScript[shape] ?? Number.NaN },
    { what: `${shape}: tool / redis-cli`, measured: toRedisCli, most: shape === "medium" ? 3.5 : Number.NaN },
    { what: `${shape}: second run / first`, measured: secondToFirst, most: 1.1 },
    { what: `${shape}: export / migration`, measured: exportToMigrate, most: 1.5 },
    { what: `${shape}: peak MiB`, measured: peakMiB, most: 160 },
  ];
}

/** A line for each. @param {readonly Target[]} targets */
export function listOf(targets) {
  return targets
    .map(({ what, measured, most }) => {
      const shown = measured >= 10 ? measured.toFixed(0) : measured.toFixed(2);
      return `- ${measured <= most ? "met" : "MISSED"}: ${what} ${shown}, at most ${most}\n`;
    })
    .join("");
}
