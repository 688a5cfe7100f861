import { bytes, count } from "../units.js";

const [kB, MB] = [1_000, 1_000_000];
const day = 24 * 60 * 60;

/** Sizes below which values are counted together, in bytes. */
export const sizeBounds = [1, 5, 20, 50, 100, 500]
  .map((size) => size * kB)
  .concat([1, 5, 20, 100].map((size) => size * MB));

/** Numbers of messages below which conversations are counted together. */
export const messageBounds = [1, 3, 6, 11, 21, 51, 101, 501];

/** Times to live below which conversations are counted together, in seconds; those of just so many days among them. */
export const leavingBounds = [1, 7, 30, 90, 365].map((days) => days * day + 1);

export const leavingLabels = ["1 day", "7 days", "30 days", "90 days", "a year"]
  .map((time) => `within ${time}`)
  .concat(["later"]);

export const sizeLabels = labels(sizeBounds, (from, to) => {
  if (from === null) return `below ${shortBytes(to)}`;
  return to === null ? `${shortBytes(from)} or more` : `${shortBytes(from)} to ${shortBytes(to)}`;
});

export const messageLabels = labels(messageBounds, (from, to) => {
  if (from === null) return "none";
  if (to === null) return `${count(from)} or more`;
  return to - from === 1 ? count(from) : `${count(from)} to ${count(to - 1)}`;
});

function shortBytes(value: number | null): string {
  return bytes(value ?? 0).replace(".0", "");
}

/** @param label of what is at least `from`, and below `to`; null where there is no such bound */
function labels(
  bounds: readonly number[],
  label: (from: number | null, to: number | null) => string,
): string[] {
  return [null, ...bounds].map((from, at) => label(from, bounds[at] ?? null));
}
