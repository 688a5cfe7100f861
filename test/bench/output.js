import { closeSync, openSync, writeSync } from "node:fs";

/**
 * Opens a file for writing from its start, a megabyte at a time, so that what is in memory does not depend on its size.
 * @param {string} path
 */
export function openOutput(path) {
  const file = openSync(path, "w");
  /** @type {string[]} */
  let parts = [];
  let pending = 0;
  let bytes = 0;
  const flush = () => {
    const chunk = Buffer.from(parts.join(""));
    for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
    parts = [];
    pending = 0;
  };
  return {
    /** @param {string} text */
    write(text) {
      parts.push(text);
      bytes += Buffer.byteLength(text);
      pending += text.length;
      if (pending > 1e6) flush();
    },
    /** Closes the file, and says how many bytes it has. */
    end() {
      flush();
      closeSync(file);
      return bytes;
    },
  };
}
