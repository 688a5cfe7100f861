import type {
  DryRunOptions,
  ExportOptions,
  MigrateOptions,
  OutputOptions,
  UndoOptions,
} from "./api/public-options.js";
import { runForProgram } from "./api/run-for-program.js";
import type { RunResult } from "./types/run-result.js";

export type {
  DryRunOptions,
  ExportOptions,
  MigrateOptions,
  OutputOptions,
  RedisOptions,
  UndoOptions,
} from "./api/public-options.js";
export type { Progress } from "./types/progress.js";
export type { RunResult, Warning } from "./types/run-result.js";

/**
 * Migrates conversations and API keys of `chatgpt-official` from its files into Redis.
 * @returns what was done; also after a failure, which is its `error`: `exitCode` is 0 where all is in Redis
 * @throws an `Error` whose `code` is `usage`, where options are wrong: its message names all that is, and nothing was done
 */
export async function migrate(options: MigrateOptions = {}): Promise<RunResult> {
  return runForProgram({}, options);
}

/**
 * Compares as `migrate` with the same options would, with the same code, and writes nothing to Redis, nor to files but those
 * of `report` and `plan`.
 * @returns what a migration would do; also after a failure, which is its `error`
 * @throws an `Error` whose `code` is `usage`, where options are wrong
 */
export async function dryRun(options: DryRunOptions = {}): Promise<RunResult> {
  return runForProgram({ dryRun: true }, options);
}

/**
 * Reads every record back from Redis, and compares. It writes nothing. `exitCode` is 0 exactly where `migrate` with
 * the same options would write nothing and leave nothing out, and 2 where there are differences.
 * @returns how Redis differs from the files; also after a failure, which is its `error`
 * @throws an `Error` whose `code` is `usage`, where options are wrong
 */
export async function verify(options: MigrateOptions = {}): Promise<RunResult> {
  return runForProgram({ verify: true }, options);
}

/**
 * Takes back an earlier migration, wherever Redis still holds what that wrote: deletes what it created, restores what
 * it replaced.
 * @param journal the file that the migration was told to write, or that the command line wrote
 * @returns what was taken back; also after a failure, which is its `error`
 * @throws an `Error` whose `code` is `usage`, where options are wrong
 */
export async function undo(journal: string, options: UndoOptions = {}): Promise<RunResult> {
  // Without a journal it must not become a migration.
  return runForProgram({ undo: journal ?? "" }, options, ["dryRun"]);
}

/**
 * Writes the commands that create all records where nothing is yet, for `redis-cli --pipe`, and asks no server.
 * @param file a new one, which is there whole or not at all; or a pipe
 * @returns what was written; also after a failure, which is its `error`
 * @throws an `Error` whose `code` is `usage`, where options are wrong
 */
export async function output(file: string, options: OutputOptions = {}): Promise<RunResult> {
  return runForProgram({ output: file ?? "" }, options);
}

/**
 * The way back: writes every conversation and API key that Redis holds to a new file, as the library itself would.
 * @param file where nothing is yet; in gzip where its name ends with `.gz`
 * @returns what was written; also after a failure, which is its `error`: then there is no file
 * @throws an `Error` whose `code` is `usage`, where options are wrong
 */
export async function exportToFile(file: string, options: ExportOptions = {}): Promise<RunResult> {
  // Without a file it must not become a migration.
  return runForProgram({ export: file ?? "" }, options);
}
