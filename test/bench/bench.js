// `npm run bench`: measures the built program against what people would do instead, in a Redis of its own.
// How to read what it prints is in NOTES.md.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { provideData } from "./data.js";
import { help, readFlags } from "./flags.js";
import { describeMachine } from "./machine.js";
import { medianMs, resultOf } from "./results.js";
import { shapeRound, startUpRound } from "./rounds.js";
import { startServer } from "./server.js";
import { tableOf } from "./table.js";
import { listOf, targetsOf } from "./targets.js";

/** @typedef {import("./rounds.js").Samples} Samples */
/** @typedef {ReturnType<typeof readFlags>} Flags */

/** @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * All rounds: within each, every shape and candidate once, so that what disturbs the machine meets them all.
 * @param {Flags} flags
 * @param {import("./candidates.js").Stage} stage
 */
async function measureAll({ shapes, runs, only }, stage) {
  const byShape = shapes.map((shape) => {
    return { shape, data: provideData(shape, say), samples: /** @type {Samples} */ ({}) };
  });
  const one = provideData("one", say);
  const startUp = /** @type {Samples} */ ({});
  for (let round = 1; round <= runs; round += 1) {
    for (const { shape, data, samples } of byShape) {
      say(`Round ${round} of ${runs}, ${shape}`);
      // What takes a second or less varies more from run to run.
      const turns = data.bytes < 2e7 ? 3 : 1;
      for (let turn = 0; turn < turns; turn += 1) await shapeRound(stage, data, only, samples);
    }
    if (!only.includes("start-up")) continue;
    say(`Round ${round} of ${runs}, start-up`);
    await startUpRound(stage, one, startUp);
  }
  return { byShape, startUp };
}

/**
 * @param {Flags} flags
 * @param {ReturnType<typeof describeMachine>} machine
 * @param {Awaited<ReturnType<typeof measureAll>>} measured
 */
function report({ runs, out }, machine, { byShape, startUp }) {
  const results = byShape.map(({ shape, data, samples }) => resultOf(shape, data, samples));
  const targets = targetsOf(results, startUp);
  const { date, commit, node, redis, cpu, cores } = machine;
  const starts = Object.keys(startUp).map((name) => `${name} ${medianMs(startUp, name).toFixed(0)} ms`);
  process.stdout.write(
    [
      `${date.slice(0, 10)}, ${commit}, Node ${node}, ${redis}, ${cores} × ${cpu}; rounds: ${runs}, medians.\n`,
      tableOf(results),
      ...(starts.length === 0 ? [] : [`Start-up: ${starts.join(", ")}.\n`]),
      listOf(targets),
    ].join("\n"),
  );
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(
    out,
    `${JSON.stringify({ ...machine, runs, results, targets, samples: byShape, startUp }, null, 2)}\n`,
  );
  say(`\nAll numbers: ${out}`);
}

/** @param {Flags} flags */
async function main(flags) {
  if (!existsSync(resolve(import.meta.dirname, "../../dist/cli/main.js")))
    throw new Error("Run `npm run build` first.");
  const folder = mkdtempSync(join(tmpdir(), "chatgpt-migrate-bench-run-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const server = await startServer(folder, say);
  process.on("exit", server.stop);
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));
  try {
    const stage = { server, folder, journal: join(folder, "journal.jsonl"), say };
    const machine = describeMachine(server.version);
    report(flags, machine, await measureAll(flags, stage));
  } finally {
    server.stop();
  }
}

try {
  const flags = readFlags(process.argv.slice(2));
  if (flags.help) process.stdout.write(help);
  else await main(flags);
} catch (error) {
  say(`\n${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
