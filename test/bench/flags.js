import { join } from "node:path";
import { parseArgs } from "node:util";
import { candidates } from "./candidates.js";
import { cacheFolder } from "./data.js";

/** All that can be measured, by name. */
const names = [...candidates.map(({ name }) => name), "start-up"];

/** What `--help` prints. */
export const help = `npm run bench -- [--size 10,376,1400] [--runs 3] [--only migrate,…] [--seed 1] [--out file.json]

  --size  megabytes of the file, one or several (default: 376)
  --runs  interleaved rounds, of which medians are taken (default: 3)
  --only  some of: ${names.join(", ")} (default: all)
  --seed  of the data (default: 1)
  --out   where to write all numbers as JSON (default: results.json in ${cacheFolder})
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
      size: { type: "string", default: "376" },
      runs: { type: "string", default: "3" },
      only: { type: "string", default: names.join(",") },
      seed: { type: "string", default: "1" },
      out: { type: "string", default: join(cacheFolder, "results.json") },
    },
  });
  const only = values.only.split(",");
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`--only: there is no ${unknown.join(", ")}; ${help}`);
  return {
    help: values.help,
    sizes: values.size.split(",").map((text) => positive("--size", text)),
    runs: positive("--runs", values.runs),
    only,
    seed: positive("--seed", values.seed),
    out: values.out,
  };
}

/** @param {string} flag @param {string} text */
function positive(flag, text) {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new Error(`${flag}: expected a whole number above 0, not "${text}"`);
  return Number(text);
}
