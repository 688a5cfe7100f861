import { mayHoldSecret } from "../secret.js";
import type { NextRun } from "./next-steps.js";
import { shellWord } from "./printable.js";

/** A flag as it was given: by its name, such as `--ttl`, and its value; null where it takes none. */
export type GivenFlag = readonly [name: string, value: string | null];

/** How this run was asked for. */
export interface CommandLine {
  readonly flags: readonly GivenFlag[];
  readonly sources: readonly string[];
  /** Variables of the environment that say where Redis is, as a next run needs them too. */
  readonly environment: readonly string[];
}

const credentials = ["--username", "--password"];

/**
 * The command line of the run that comes next, to be pasted into a shell, and below it what it needs besides.
 * @returns null where it cannot be repeated: it may hold a secret, or what was read from standard input is gone
 */
export function nextCommand(
  program: string,
  { flags, sources: given, environment }: CommandLine,
  { without, added, sources = given }: NextRun,
): string | null {
  const kept = flags.filter(([name]) => !without.includes(name));
  const isSecret = ([name, value]: GivenFlag) =>
    credentials.includes(name) ||
    (value !== null && (name === "--url" ? /[@?#]/.test(value) : mayHoldSecret(value)));
  if (
    kept.some(isSecret) ||
    added.some(mayHoldSecret) ||
    sources.some((source) => source === "-" || mayHoldSecret(source))
  )
    return null;
  const words = [
    program,
    ...added.map(shellWord),
    ...kept.flatMap(([name, value]) => (value === null ? [name] : [name, shellWord(value)])),
    ...(sources.some((source) => source.startsWith("-")) ? ["--"] : []),
    ...sources.map(shellWord),
  ];
  const needs = environment.length === 0 ? "" : `\n  (with ${environment.join(" and ")} as for this run)`;
  return `${words.join(" ")}${needs}`;
}
