// `npm run bench`: measures the built program against the scripts that people would write instead, in a Redis of its own.
// How to read what it prints is in NOTES.md.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { candidates } from "./candidates.js";
import { provideData } from "./data.js";
import { help, readFlags } from "./flags.js";
import { describeMachine } from "./machine.js";
import { ratiosOf } from "./ratios.js";
import { sizeRound, startUpRound } from "./rounds.js";
import { startServer } from "./server.js";
import { ratiosTable, samplesTable } from "./tables.js";

/** @typedef {import("./rounds.js").Samples} Samples */
/** @typedef {ReturnType<typeof readFlags>} Flags */

/** @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * All rounds: within each, every size and candidate once, so that what disturbs the machine meets them all.
 * @param {Flags} flags
 * @param {import("./rounds.js").Stage} stage
 */
async function measureAll({ sizes, runs, only, seed }, stage) {
  const bySize = sizes.map((megabytes) => {
    return { megabytes, data: provideData(megabytes, seed, say), samples: /** @type {Samples} */ ({}) };
  });
  const tiny = { empty: provideData(0, seed, say), small: provideData(1, seed, say) };
  const startUp = /** @type {Samples} */ ({});
  for (let round = 1; round <= runs; round += 1) {
    for (const { megabytes, data, samples } of bySize) {
      say(`Round ${round} of ${runs}, ${megabytes} MB`);
      await sizeRound(stage, data, only, samples);
    }
    if (!only.includes("start-up")) continue;
    say(`Round ${round} of ${runs}, start-up`);
    await startUpRound(stage, tiny, startUp);
  }
  return { bySize, startUp };
}

/**
 * @param {Flags} flags
 * @param {Awaited<ReturnType<typeof measureAll>>} measured
 * @param {import("./server.js").Server} server
 */
function report({ runs, seed, out, only }, { bySize, startUp }, server) {
  const machine = describeMachine(server.version);
  const ratios = ratiosOf(bySize, startUp);
  const { date, commit, node, redis, cpu, cores } = machine;
  const tables = bySize.map(({ megabytes, data, samples }) => {
    const heading = `${megabytes} MB, ${data.conversations} conversations`;
    const absent = candidates
      .filter(({ name }) => only.includes(name))
      .flatMap(({ name, cannot }) => {
        const reason = cannot(data, server);
        return reason === null ? [] : [`\nNo ${name}: ${reason}.\n`];
      });
    return samplesTable(heading, samples) + absent.join("");
  });
  if (only.includes("start-up")) tables.push(samplesTable("start-up", startUp));
  const where = `${date.slice(0, 10)}, ${commit}, Node ${node}, ${redis}, ${cores} × ${cpu}; medians of ${runs}.\n`;
  process.stdout.write([where, ...tables, ratiosTable(ratios)].join("\n"));
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(
    out,
    `${JSON.stringify({ ...machine, runs, seed, ratios, sizes: bySize, startUp }, null, 2)}\n`,
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
    report(flags, await measureAll(flags, { server, folder, say }), server);
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
