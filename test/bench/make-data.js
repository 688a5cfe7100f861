// Makes the data of one shape and nothing else, and says where it lies: `node test/bench/make-data.js medium`.
import process from "node:process";
import { provideData } from "./data.js";

const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);
process.stdout.write(`${JSON.stringify(provideData(process.argv[2] ?? "medium", say), null, 2)}\n`);
