import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { openOutput } from "./output.js";
import { randomFrom } from "./random.js";
import { apiKey, conversationOf } from "./records.js";
import { shapes } from "./shapes.js";

/** @typedef {import("./records.js").RowSize} RowSize */

/**
 * A legacy file, and what is known of it.
 * @typedef {object} Data
 * @property {string} file the legacy file
 * @property {string} commands the same records as ready-made Redis commands, for `redis-cli --pipe`
 * @property {number} bytes of the legacy file
 * @property {number} conversations
 * @property {number} keys
 */

/** Data is kept here between runs of the bench, and may be deleted at any time. */
export const cacheFolder = join(tmpdir(), "chatgpt-migrate-bench");

/** Expiry of conversations in seconds, as the library sets it. */
const ttl = 2_592_000;

const keyCount = 20;

/**
 * The data of one shape, made now unless it is in the cache. For one version of the generator the bytes are always the
 * same.
 * @param {string} shape
 * @param {(text: string) => void} say told before anything is made
 * @returns {Data}
 * @throws {Error} where there is no such shape
 */
export function provideData(shape, say) {
  const counts = shapes[shape];
  if (counts === undefined) throw new Error(`There is no shape ${shape}, only ${Object.keys(shapes)}.`);
  const stem = join(cacheFolder, `${shape}-${generatorVersion()}`);
  const description = `${stem}.description.json`;
  const [file, commands] = [`${stem}.json`, `${stem}.resp`];
  if (![description, file, commands].every((path) => existsSync(path))) {
    say(`Making ${file}`);
    mkdirSync(cacheFolder, { recursive: true });
    const outdated = readdirSync(cacheFolder).filter((other) => other.startsWith(`${shape}-`));
    for (const other of outdated) rmSync(join(cacheFolder, other));
    const made = make(`${file}.${process.pid}`, `${commands}.${process.pid}`, counts);
    renameSync(`${file}.${process.pid}`, file);
    renameSync(`${commands}.${process.pid}`, commands);
    writeFileSync(description, JSON.stringify(made));
  }
  return { file, commands, ...JSON.parse(readFileSync(description, "utf8")) };
}

/** Changes with any line that could change the data, so that the cache never serves what an older generator made. */
function generatorVersion() {
  const hash = createHash("sha256");
  const files = readdirSync(import.meta.dirname).filter((name) =>
    /^(data|image|output|random|records|shapes|text)\.js$/.test(name),
  );
  for (const name of files.sort()) hash.update(readFileSync(join(import.meta.dirname, name)));
  return hash.digest("hex").slice(0, 8);
}

/**
 * Writes both files row by row, never holding more than a row and the output's buffer.
 * @param {string} file
 * @param {string} commands
 * @param {Partial<Record<RowSize, number>>} counts how many conversations of each size
 */
function make(file, commands, counts) {
  const random = randomFrom(1);
  const legacy = openOutput(file);
  const ready = openOutput(commands);

  legacy.write('{\n    "keys": {\n        "rows": [');
  for (let at = 0; at < keyCount; at += 1) {
    const record = apiKey(random);
    legacy.write(row(record, at));
    ready.write(command(["SET", `chatgpt:keys:${record.key}`, JSON.stringify(record)]));
  }
  legacy.write('\n        ],\n        "name": "keys"\n    },\n    "conversations": {\n        "rows": [');
  const sizes = shuffled(counts, random);
  for (const [at, size] of sizes.entries()) {
    const record = conversationOf[size](random);
    legacy.write(row(record, at));
    ready.write(
      command(["SET", `chatgpt:conversations:${record.id}`, JSON.stringify(record), "EX", String(ttl)]),
    );
  }
  legacy.write('\n        ],\n        "name": "conversations"\n    }\n}');
  ready.end();
  return { bytes: legacy.end(), conversations: sizes.length, keys: keyCount };
}

/**
 * Each size as often as asked for, in random order.
 * @param {Partial<Record<RowSize, number>>} counts
 * @param {import("./random.js").Random} random
 */
function shuffled(counts, random) {
  return /** @type {[RowSize, number][]} */ (Object.entries(counts))
    .flatMap(([size, count]) => Array.from({ length: count }, () => ({ size, place: random(2 ** 32) })))
    .sort((one, other) => one.place - other.place)
    .map(({ size }) => size);
}

/**
 * A row as `JSON.stringify(file, null, 4)` indents it.
 * @param {object} record
 * @param {number} at
 */
function row(record, at) {
  const indent = `\n${" ".repeat(12)}`;
  return `${at === 0 ? "" : ","}${indent}${JSON.stringify(record, null, 4).replaceAll("\n", indent)}`;
}

/** @param {readonly string[]} words */
function command(words) {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
}
