/** The package's API: one run, from checked options to a result. */
export type { Options } from "./options.js";
export { run, type Surroundings } from "./run.js";
export type { Hooks } from "./types/hooks.js";
export type { RunResult } from "./types/run-result.js";
