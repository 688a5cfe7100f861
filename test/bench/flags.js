import { join } from "node:path";
import { parseArgs } from "node:util";
import { candidates } from "./candidates.js";
import { cacheFolder } from "./data.js";
import { shapes, usualShapes } from "./shapes.js";

const shapeNames = Object.keys(shapes);

/** All that can be measured, by name. */
const modeNames = [...candidates.map(({ name }) => name), "start-up"];

/** What `--help` prints. */
export const help = `npm run bench -- [--shapes tiny,large] [--runs 3] [--only migrate,…] [--out file.json]

  --shapes  some of: ${shapeNames.join(", ")} (default: all but huge)
  --runs    interleaved rounds, of which medians are taken (default: 3)
  --only    some of: ${modeNames.join(", ")} (default: all)
  --out     where to write all numbers as JSON (default: results.json in ${cacheFolder})
`;

/**
 * @param {readonly string[]} argv
 * @throws {Error} when a flag is wrong
 */
export function readFlags(argv) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: "boolean", default: false },
      shapes: { type: "string", default: usualShapes.join(",") },
      runs: { type: "string", default: "3" },
      only: { type: "string", default: modeNames.join(",") },
      out: { type: "string", default: join(cacheFolder, "results.json") },
    },
  });
  if (!/^[1-9]\d{0,3}$/.test(values.runs))
    throw new Error(`--runs: expected a whole number above 0, not "${values.runs}"`);
  return {
    help: values.help,
    shapes: listed("--shapes", values.shapes, shapeNames),
    runs: Number(values.runs),
    only: listed("--only", values.only, modeNames),
    out: values.out,
  };
}

/** @param {string} flag @param {string} text @param {readonly string[]} known */
function listed(flag, text, known) {
  const names = text.split(",");
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`${flag}: there is no ${unknown.join(", ")}\n\n${help}`);
  return names;
}
