import { join, resolve } from "node:path";
import process from "node:process";

/** @typedef {import("./data.js").Data} Data */
/** @typedef {import("./server.js").Server} Server */

/**
 * What is measured at every size.
 * @typedef {object} Candidate
 * @property {string} name
 * @property {"empty" | "migrated"} needs what Redis must hold before
 * @property {boolean} writes whether Redis holds all records afterwards, where it was empty
 * @property {string} [counted] the count of the program's JSON result in which all records must appear
 * @property {(data: Data, server: Server) => string | null} cannot why it cannot run with this; null if it can
 * @property {(data: Data, server: Server) => import("./measure.js").Command} command
 */

const bin = resolve(import.meta.dirname, "../../bin/chatgpt-migrate.js");

/**
 * The built program with its defaults, and `--json` for the check of what it did.
 * @param {readonly string[]} flags
 * @returns {Candidate["command"]}
 */
const built = (flags) => (data, server) => ({
  program: process.execPath,
  parameters: [bin, "--url", server.url, "--json", ...flags, data.file],
});

/**
 * An alternative that is a script of ours.
 * @param {string} name
 * @param {readonly string[]} [more] parameters
 * @returns {Candidate["command"]}
 */
const script =
  (name, more = []) =>
  (data, server) => ({
    program: process.execPath,
    parameters: [join(import.meta.dirname, name), data.file, server.url, ...more],
  });

const always = () => null;

/** @param {Data} data */
const asOneString = ({ bytes }) => (bytes > 2 ** 29 ? "the file is longer than Node's longest string" : null);

/** @type {Candidate} */
export const migrate = {
  name: "migrate",
  needs: "empty",
  writes: true,
  counted: "created",
  cannot: always,
  command: built([]),
};

/**
 * In the order in which they run: verify finds what migrate has just written.
 * @type {readonly Candidate[]}
 */
export const candidates = [
  migrate,
  {
    name: "verify",
    needs: "migrated",
    writes: false,
    counted: "matched",
    cannot: always,
    command: built(["--verify"]),
  },
  {
    name: "dry-run",
    needs: "empty",
    writes: false,
    counted: "created",
    cannot: always,
    command: built(["--dry-run"]),
  },
  {
    name: "whole-file",
    needs: "empty",
    writes: true,
    cannot: asOneString,
    command: script("whole-file.js", ["1000"]),
  },
  {
    // Smaller batches leave less garbage where records are of several kB: the same script, at its best.
    name: "whole-file-200",
    needs: "empty",
    writes: true,
    cannot: asOneString,
    command: script("whole-file.js", ["200"]),
  },
  { name: "one-by-one", needs: "empty", writes: true, cannot: asOneString, command: script("one-by-one.js") },
  {
    name: "redis-cli",
    needs: "empty",
    writes: true,
    cannot: (_, { cli }) => (cli === null ? "there is no redis-cli" : null),
    command: ({ commands }, { cli, port }) => ({
      program: cli ?? "redis-cli",
      parameters: ["-p", String(port), "--pipe"],
      input: commands,
    }),
  },
];

/**
 * What start-up is measured by, with the data that each of them reads.
 * @param {{ readonly empty: Data, readonly small: Data }} data
 * @param {Server} server
 * @returns {readonly { readonly name: string, readonly command: import("./measure.js").Command }[]}
 */
export function startUps({ empty, small }, server) {
  const node = process.execPath;
  // Only in the package's own folder does `redis` mean anything.
  const cwd = import.meta.dirname;
  return [
    { name: "node -e 0", command: { program: node, parameters: ["-e", "0"], cwd } },
    { name: "--help", command: { program: node, parameters: [bin, "--help"] } },
    { name: "import('redis')", command: { program: node, parameters: ["-e", "import('redis')"], cwd } },
    { name: "migrate 1 MB", command: migrate.command(small, server) },
    { name: "migrate nothing", command: migrate.command(empty, server) },
  ];
}
