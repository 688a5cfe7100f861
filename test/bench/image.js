import { randomFrom } from "./random.js";

/** 2.5 million characters, of which every image is a part. */
const base64 = makeNoise().toString("base64");

/** Noise, as the bytes of a compressed image are. */
function makeNoise() {
  const random = randomFrom(0);
  return Buffer.from(Uint32Array.from({ length: 470_000 }, () => random(2 ** 32)).buffer);
}

/**
 * The data URL of an image.
 * @param {import("./random.js").Random} random
 * @param {number} least characters of base64
 * @param {number} most at most 2.4 million
 */
export function imageUrl(random, least, most) {
  const start = random(100_000);
  return `data:image/png;base64,${base64.slice(start, start + least + 4 * random((most - least) / 4))}`;
}
