/**
 * Whole numbers from 0 up to, and without, `below`. The same seed gives the same numbers on every machine.
 * @typedef {(below: number) => number} Random
 */

/**
 * The generator sfc32: its period is long enough for gigabytes, and it takes no more than a few instructions a number.
 * @param {number} seed
 * @returns {Random}
 */
export function randomFrom(seed) {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed | 0;
  let counter = 1;
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // The first numbers of seeds that lie side by side resemble one another.
  for (let round = 0; round < 16; round += 1) next();
  return (below) => Math.floor((next() / 2 ** 32) * below);
}

/**
 * @template T
 * @param {Random} random
 * @param {readonly T[]} choices at least one
 * @returns {T}
 */
export function pick(random, choices) {
  return /** @type {T} */ (choices[random(choices.length)]);
}

/**
 * 36 characters that look like a UUID.
 * @param {Random} random
 */
export function uuid(random) {
  const hex = Array.from({ length: 4 }, () =>
    random(2 ** 32)
      .toString(16)
      .padStart(8, "0"),
  ).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
