/** @typedef {import("./measure.js").Measurement} Measurement */
/** @typedef {import("./rounds.js").Samples} Samples */

/**
 * What was measured of one shape: medians, NaN where it was not measured.
 * @typedef {object} Result
 * @property {string} shape
 * @property {number} megabytes of 10^6 bytes
 * @property {number} records
 * @property {number} tool seconds
 * @property {number} script seconds, of the better batch size
 * @property {number} batch which that is
 * @property {number} toScript the tool's time, in that of the script
 * @property {number} redisCli seconds
 * @property {number} toRedisCli
 * @property {number} secondToFirst
 * @property {number} verify seconds
 * @property {number} dryRun seconds
 * @property {number} undo seconds
 * @property {number} export seconds
 * @property {number} exportToMigrate
 * @property {number} peakMiB the most of any mode and run
 */

/** The modes of the program. */
const modes = ["migrate", "second", "verify", "export", "undo", "dry-run"];

/**
 * @param {string} shape
 * @param {import("./data.js").Data} data
 * @param {Samples} samples
 * @returns {Result}
 */
export function resultOf(shape, data, samples) {
  const seconds = (/** @type {string} */ name) => medianMs(samples, name) / 1000;
  const [tool, redisCli] = [seconds("migrate"), seconds("redis-cli")];
  const better = seconds("script-1000") < seconds("script-200") ? 1000 : 200;
  const batch = samples[`script-${better}`] === undefined ? 1000 : better;
  const script = seconds(`script-${batch}`);
  const peaks = modes.flatMap((mode) => (samples[mode] ?? []).map(({ peakMiB }) => peakMiB ?? Number.NaN));
  return {
    shape,
    megabytes: data.bytes / 1e6,
    records: data.conversations + data.keys,
    tool,
    script,
    batch,
    toScript: tool / script,
    redisCli,
    toRedisCli: tool / redisCli,
    secondToFirst: seconds("second") / tool,
    verify: seconds("verify"),
    dryRun: seconds("dry-run"),
    undo: seconds("undo"),
    export: seconds("export"),
    exportToMigrate: seconds("export") / tool,
    peakMiB: peaks.length === 0 ? Number.NaN : Math.max(...peaks),
  };
}

/**
 * @param {Samples} samples
 * @param {string} name
 * @returns {number} the median of its wall times, NaN where there are none
 */
export function medianMs(samples, name) {
  const sorted = (samples[name] ?? []).map(({ wallMs }) => wallMs).sort((a, b) => a - b);
  const [lower, upper] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return lower === undefined || upper === undefined ? Number.NaN : (lower + upper) / 2;
}
