import { imageUrl } from "./image.js";
import { uuid } from "./random.js";
import { codeBlock, prose } from "./text.js";

/** @typedef {import("./random.js").Random} Random */

/**
 * A conversation of 1 to 20 messages, now and then with an image.
 * @param {Random} random
 */
export function conversation(random) {
  const id = uuid(random);
  const start = 1_700_000_000_000 + random(50_000_000) * 1000;
  const length = 1 + random(20);
  const withImage = random(100) === 0 ? random(length) : -1;
  const messages = Array.from({ length }, (_, at) => ({
    id: uuid(random),
    type: at === 0 ? 0 : 2 - (at % 2),
    content: at === withImage ? vision(random) : text(random, at),
    date: start + at * 30_000,
  }));
  return { id, userName: `User ${random(10_000)}`, messages, lastActive: start + length * 30_000 };
}

/**
 * What the user asks is short; what the model answers is longer, and one in six answers has a block of code.
 * @param {Random} random
 * @param {number} at
 */
function text(random, at) {
  if (at % 2 === 1) return prose(random, 3);
  return random(6) === 0 ? `${prose(random, 8)}${codeBlock(random)}` : prose(random, 13);
}

/** @param {Random} random */
function vision(random) {
  return [
    { type: "text", text: prose(random, 2) },
    { type: "image_url", image_url: { url: imageUrl(random), detail: "auto" } },
  ];
}

/**
 * A made-up API key.
 * @param {Random} random
 */
export function apiKey(random) {
  const queries = random(1000);
  return { key: `sk-madeup-${uuid(random)}`, queries, tokens: queries * 700, balance: queries / 8 };
}
