import { randomFrom } from "./random.js";

const base64 = makeNoise().toString("base64");

/** Noise, as the bytes of a compressed image are. */
function makeNoise() {
  const random = randomFrom(0);
  return Buffer.from(Uint32Array.from({ length: 50_000 }, () => random(2 ** 32)).buffer);
}

/**
 * The data URL of an image of 20 to 100 kB.
 * @param {import("./random.js").Random} random
 */
export function imageUrl(random) {
  const start = random(100_000);
  return `data:image/png;base64,${base64.slice(start, start + 20_000 + 4 * random(20_000))}`;
}
