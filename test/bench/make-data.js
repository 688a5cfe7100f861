// Makes the bench's data and nothing else: `node test/bench/make-data.js --size 376 --seed 1`.
import process from "node:process";
import { parseArgs } from "node:util";
import { provideData } from "./data.js";

const { values } = parseArgs({
  options: { size: { type: "string", default: "376" }, seed: { type: "string", default: "1" } },
});
const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);
process.stdout.write(
  `${JSON.stringify(provideData(Number(values.size), Number(values.seed), say), null, 2)}\n`,
);
