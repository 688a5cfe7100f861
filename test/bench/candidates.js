import { join, resolve } from "node:path";
import process from "node:process";

/** @typedef {import("./data.js").Data} Data */
/** @typedef {import("./measure.js").Command} Command */

/**
 * Where a command is run.
 * @typedef {object} Stage
 * @property {import("./server.js").Server} server
 * @property {string} folder for a run's own files
 * @property {string} journal of the latest migration
 * @property {(text: string) => void} say told what each run took
 */

/**
 * What Redis holds: "nothing", all records with the journal that takes them back, or all records by other means.
 * @typedef {"nothing" | "migrated" | "written"} Held
 */

/**
 * What is measured of every shape.
 * @typedef {object} Candidate
 * @property {string} name
 * @property {Held} before
 * @property {Held} after
 * @property {string} [counted] the count of the program's JSON result in which all records must appear
 * @property {(data: Data, stage: Stage) => boolean} [cannot] whether it cannot run with this
 * @property {(data: Data, stage: Stage) => Command} command
 */

const bin = resolve(import.meta.dirname, "../../bin/chatgpt-migrate.js");

/**
 * The built program with its defaults, and `--json` for the check of what it did.
 * @param {Stage} stage
 * @param {readonly string[]} more
 * @returns {Command}
 */
const built = ({ server }, more) => ({
  program: process.execPath,
  parameters: [bin, "--url", server.url, "--json", ...more],
});

/** @type {Candidate} */
export const migrate = {
  name: "migrate",
  before: "nothing",
  after: "migrated",
  counted: "created",
  command: ({ file }, stage) => built(stage, ["--journal", stage.journal, file]),
};

/**
 * The script of somebody who knows Redis, at its best.
 * @param {number} batch
 * @returns {Candidate}
 */
const wholeFile = (batch) => ({
  name: `script-${batch}`,
  before: "nothing",
  after: "written",
  // Node's longest string.
  cannot: ({ bytes }) => bytes > 2 ** 29,
  command: ({ file }, { server }) => ({
    program: process.execPath,
    parameters: [join(import.meta.dirname, "whole-file.js"), file, server.url, String(batch)],
  }),
});

/**
 * In the order in which they run, so that each finds what the one before has left.
 * @type {readonly Candidate[]}
 */
export const candidates = [
  migrate,
  {
    name: "second",
    before: "migrated",
    after: "migrated",
    counted: "unchanged",
    command: ({ file }, stage) => built(stage, [file]),
  },
  {
    name: "verify",
    before: "migrated",
    after: "migrated",
    counted: "matched",
    command: ({ file }, stage) => built(stage, ["--verify", file]),
  },
  {
    name: "export",
    before: "migrated",
    after: "migrated",
    counted: "exported",
    // In the folder of the run, which is gone afterwards.
    command: (_, stage) => built(stage, ["--export", "export.json"]),
  },
  {
    name: "undo",
    before: "migrated",
    after: "nothing",
    counted: "deleted",
    command: (_, stage) => built(stage, ["--undo", stage.journal]),
  },
  {
    name: "dry-run",
    before: "nothing",
    after: "nothing",
    counted: "created",
    command: ({ file }, stage) => built(stage, ["--dry-run", file]),
  },
  wholeFile(200),
  wholeFile(1000),
  {
    name: "redis-cli",
    before: "nothing",
    after: "written",
    cannot: (_, { server }) => server.cli === null,
    command: ({ commands }, { server }) => ({
      program: server.cli ?? "redis-cli",
      parameters: ["-p", String(server.port), "--pipe"],
      input: commands,
    }),
  },
];

/**
 * What start-up is measured by.
 * @param {Data} one the file of 1 MB
 * @param {Stage} stage
 * @returns {readonly { readonly name: string, readonly command: Command }[]}
 */
export function startUps(one, stage) {
  const node = process.execPath;
  // Only in the package's own folder does `redis` mean anything.
  const cwd = import.meta.dirname;
  return [
    { name: "node -e 0", command: { program: node, parameters: ["-e", "0"], cwd } },
    { name: "--help", command: { program: node, parameters: [bin, "--help"] } },
    { name: "import('redis')", command: { program: node, parameters: ["-e", "import('redis')"], cwd } },
    { name: "migrate 1 MB", command: migrate.command(one, stage) },
  ];
}
