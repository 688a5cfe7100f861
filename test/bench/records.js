import { imageUrl } from "./image.js";
import { uuid } from "./random.js";
import { codeBlock, prose } from "./text.js";

/** @typedef {import("./random.js").Random} Random */
/** @typedef {keyof typeof conversationOf} RowSize */

/** A conversation of each size. The sizes are those of a row in the file, indentation included. */
export const conversationOf = {
  /** 0.6 kB: a question, and perhaps its answer. @param {Random} random */
  tiny: (random) => conversation(random, 1 + random(2), () => prose(random, 1)),

  /** 1.8 kB. @param {Random} random */
  small: (random) => conversation(random, 2 + random(5), () => prose(random, 4)),

  /** 6 kB on average: 1 to 20 messages, now and then with an image. @param {Random} random */
  medium(random) {
    const length = 1 + random(20);
    const withImage = random(100) === 0 ? random(length) : -1;
    return conversation(random, length, (at) =>
      at === withImage ? withImageOf(random, 20_000, 100_000) : text(random, at),
    );
  },

  /** 2 MB: about an image. @param {Random} random */
  large: (random) =>
    conversation(random, 2, (at) =>
      at === 0 ? withImageOf(random, 1_600_000, 2_400_000) : prose(random, 8),
    ),
};

/**
 * @param {Random} random
 * @param {number} length how many messages
 * @param {(at: number) => unknown} content of the message at that place
 */
function conversation(random, length, content) {
  const start = 1_700_000_000_000 + random(50_000_000) * 1000;
  const messages = Array.from({ length }, (_, at) => ({
    id: uuid(random),
    type: at === 0 ? 0 : 2 - (at % 2),
    content: content(at),
    date: start + at * 30_000,
  }));
  return {
    id: uuid(random),
    userName: `User ${random(10_000)}`,
    messages,
    lastActive: start + length * 30_000,
  };
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

/**
 * @param {Random} random
 * @param {number} least characters of the image
 * @param {number} most
 */
function withImageOf(random, least, most) {
  return [
    { type: "text", text: prose(random, 2) },
    { type: "image_url", image_url: { url: imageUrl(random, least, most), detail: "auto" } },
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
