/** @typedef {import("./records.js").RowSize} RowSize */

/**
 * The files that are measured, by name: how many conversations of each size they hold, shuffled. Most people's files
 * have one of these shapes.
 * @type {Readonly<Record<string, Partial<Record<RowSize, number>>>>}
 */
export const shapes = {
  one: { small: 550 },
  ten: { small: 5500 },
  tiny: { tiny: 300_000 },
  small: { small: 100_000 },
  medium: { medium: 60_600 },
  large: { large: 120 },
  // A quarter of each, so that a script can still read it whole.
  mix: { tiny: 75_000, small: 25_000, medium: 15_150, large: 30 },
  huge: { medium: 225_600 },
};

/** Takes minutes by itself, and needs 3 GB of RAM and 4 GB of disk: measured only where it is asked for. */
export const usualShapes = Object.keys(shapes).filter((name) => name !== "huge");
