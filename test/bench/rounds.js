import { createReadStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { candidates, migrate, startUps } from "./candidates.js";
import { measure } from "./measure.js";

/** @typedef {import("./candidates.js").Candidate} Candidate */
/** @typedef {import("./data.js").Data} Data */
/** @typedef {import("./measure.js").Measurement} Measurement */

/**
 * All measurements of one command, in the order of the rounds.
 * @typedef {Record<string, Measurement[]>} Samples
 */

/**
 * Where and how commands are run.
 * @typedef {object} Stage
 * @property {import("./server.js").Server} server
 * @property {string} folder for a run's own files
 * @property {(text: string) => void} say told what each run took
 */

/**
 * Runs those candidates once, one after the other, and adds what they took.
 * @param {Stage} stage
 * @param {Data} data
 * @param {readonly string[]} names
 * @param {Samples} samples
 * @throws {Error} when a run fails, or does not what it should
 */
export async function sizeRound(stage, data, names, samples) {
  const { server } = stage;
  const wanted = candidates.filter(
    ({ name, cannot }) => names.includes(name) && cannot(data, server) === null,
  );
  for (const path of [data.file, data.commands]) await readOnce(path);
  let filled = false;
  await server.empty();
  for (const candidate of wanted) {
    if (candidate.needs === "migrated" && !filled) await perform(stage, data, migrate);
    if (candidate.needs === "empty" && filled) await server.empty();
    note(samples, candidate.name, await perform(stage, data, candidate), stage);
    filled = candidate.writes || candidate.needs === "migrated";
  }
  await server.empty();
}

/**
 * Starts everything that start-up is measured by, in turn, several times over.
 * @param {Stage} stage
 * @param {{ readonly empty: Data, readonly small: Data }} data
 * @param {Samples} samples
 * @throws {Error} when a run fails
 */
export async function startUpRound(stage, data, samples) {
  const quietly = { ...stage, say: () => {} };
  for (let turn = 0; turn < 10; turn += 1) {
    for (const { name, command } of startUps(data, stage.server)) {
      await stage.server.empty();
      note(samples, name, await attempt(stage, name, command), quietly);
    }
  }
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
async function perform(stage, data, candidate) {
  const { name, command, counted, writes, needs } = candidate;
  const { server } = stage;
  const measurement = await attempt(stage, name, command(data, server), (output) => {
    if (counted === undefined) return;
    const { counts } = JSON.parse(output);
    expectSame(name, `conversations ${counted}`, counts.conversations[counted], data.conversations);
    expectSame(name, `keys ${counted}`, counts.keys[counted], data.keys);
  });
  const expected = writes || needs === "migrated" ? data.conversations + data.keys : 0;
  expectSame(name, "DBSIZE", await server.count(), expected);
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
