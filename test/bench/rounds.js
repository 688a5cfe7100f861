import { createReadStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { candidates, migrate, startUps } from "./candidates.js";
import { measure } from "./measure.js";

/** @typedef {import("./candidates.js").Candidate} Candidate */
/** @typedef {import("./candidates.js").Stage} Stage */
/** @typedef {import("./data.js").Data} Data */
/** @typedef {import("./measure.js").Measurement} Measurement */

/**
 * All measurements of one command, in the order of the rounds.
 * @typedef {Record<string, Measurement[]>} Samples
 */

/**
 * Runs those candidates once, one after the other, and adds what they took.
 * @param {Stage} stage
 * @param {Data} data
 * @param {readonly string[]} names
 * @param {Samples} samples
 * @throws {Error} when a run fails, or does not what it should
 */
export async function shapeRound(stage, data, names, samples) {
  const wanted = candidates.filter(({ name, cannot }) => names.includes(name) && !cannot?.(data, stage));
  for (const path of [data.file, data.commands]) await readOnce(path);
  await startAnew(stage);
  /** @type {import("./candidates.js").Held} */
  let held = "nothing";
  for (const candidate of wanted) {
    if (candidate.before !== held) {
      await startAnew(stage);
      if (candidate.before === "migrated") await perform(stage, data, migrate);
    }
    note(samples, candidate.name, await perform(stage, data, candidate), stage);
    held = candidate.after;
  }
  await startAnew(stage);
}

/**
 * Starts everything that start-up is measured by, in turn, several times over.
 * @param {Stage} stage
 * @param {Data} one the file of 1 MB
 * @param {Samples} samples
 * @throws {Error} when a run fails
 */
export async function startUpRound(stage, one, samples) {
  const quietly = { ...stage, say: () => {} };
  for (let turn = 0; turn < 10; turn += 1) {
    for (const { name, command } of startUps(one, stage)) {
      await startAnew(stage);
      note(samples, name, await attempt(stage, name, command), quietly);
    }
  }
}

/** Nothing in Redis, and no journal. @param {Stage} stage */
async function startAnew({ server, journal }) {
  rmSync(journal, { force: true });
  await server.empty();
}

/** So that every run finds the file in the system's cache. @param {string} path */
async function readOnce(path) {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), nowhere);
}

/**
 * Runs a candidate, and checks what it did.
 * @param {Stage} stage
 * @param {Data} data
 * @param {Candidate} candidate
 */
async function perform(stage, data, { name, command, counted, after }) {
  const measurement = await attempt(stage, name, command(data, stage), (output) => {
    if (counted === undefined) return;
    const { counts } = JSON.parse(output);
    expectSame(name, `conversations ${counted}`, counts.conversations[counted], data.conversations);
    expectSame(name, `keys ${counted}`, counts.keys[counted], data.keys);
  });
  const expected = after === "nothing" ? 0 : data.conversations + data.keys;
  expectSame(name, "DBSIZE", await stage.server.count(), expected);
  return measurement;
}

/**
 * Runs a command in a folder of its own, which is gone afterwards.
 * @param {Stage} stage
 * @param {string} name
 * @param {import("./measure.js").Command} command
 * @param {(output: string) => void} [check] is given what the command wrote to stdout
 */
async function attempt(stage, name, command, check) {
  const folder = mkdtempSync(join(stage.folder, "run-"));
  try {
    const measurement = await measure(command, folder);
    if (measurement.code !== 0) {
      const said = readFileSync(join(folder, "stderr"), "utf8").slice(-2000);
      throw new Error(`${name} exited with ${measurement.code}:\n${said}`);
    }
    check?.(readFileSync(join(folder, "stdout"), "utf8"));
    return measurement;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} name
 * @param {string} what
 * @param {number} found
 * @param {number} expected
 */
function expectSame(name, what, found, expected) {
  if (found !== expected) throw new Error(`${name}: ${what} is ${found}, expected ${expected}`);
}

/**
 * @param {Samples} samples
 * @param {string} name
 * @param {Measurement} measurement
 * @param {Stage} stage
 */
function note(samples, name, measurement, { say }) {
  samples[name] = [...(samples[name] ?? []), measurement];
  const { wallMs, cpuMs, peakMiB } = measurement;
  say(`  ${name}: ${Math.round(wallMs)} ms, CPU ${cpuMs} ms, peak ${peakMiB && Math.round(peakMiB)} MiB`);
}
