import { z } from "zod";
import { migrateError } from "../errors.js";
import type { RunResult, Warning } from "../types/run-result.js";
import { checkOptions } from "./check-options.js";
import { flagSchema, type UncheckedFlags } from "./flag-schema.js";
import type { MigrateOptions, RedisOptions } from "./public-options.js";

/** What says the mode: the function that was called, and no option. */
type ModeFlags = Pick<UncheckedFlags, "dryRun" | "verify" | "undo" | "export" | "output">;

const aFunction = z.custom<(...given: unknown[]) => unknown>((value) => typeof value === "function", {
  error: "expected a function",
});

/** What only a program can give: no flag has these names. */
const beside = {
  sources: z.array(z.string(), { error: "expected a list of file names" }),
  input: z.custom<AsyncIterable<Uint8Array>>((value) => Symbol.asyncIterator in Object(value), {
    error: "expected a stream, or what else can be read by `for await`",
  }),
  signal: z.instanceof(AbortSignal, { error: "expected an AbortSignal" }),
  onProgress: aFunction,
  onWarning: aFunction,
};

const optionSchema = z.object(beside).partial();

const known: readonly string[] = Object.keys({ ...flagSchema.shape, ...beside });
const modes: readonly string[] = ["dryRun", "verify", "undo", "export", "output"];

/**
 * Runs what a program asks for: the same as the command line with flags of the same names, but that nothing is read
 * from the environment, no journal is written by default, and nobody is asked for a password.
 * @param mode wins over what options say of the mode, which is a mistake
 * @param allowed the names of modes that may stand among the options
 * @returns what was done, also after a failure
 * @throws MigrateError `usage`, with all that is wrong with the options
 */
export async function runForProgram(
  mode: ModeFlags,
  given: RedisOptions & MigrateOptions,
  allowed: readonly string[] = [],
): Promise<RunResult> {
  const problems = Object.entries(given ?? {})
    .filter(
      ([name, value]) => value !== undefined && !(modes.includes(name) ? allowed : known).includes(name),
    )
    .map(([name]) => `${name}: there is no such option`);
  const { data = {}, error } = optionSchema.safeParse(given);
  for (const { path, message } of error?.issues ?? [])
    problems.push([...path.slice(0, 1), message].join(": "));
  const { input, signal, onProgress, onWarning } = data;
  const sources = data.sources ?? (input === undefined ? [] : ["-"]);
  if (sources.includes("-") && input === undefined) problems.push("input: the source - stands for it");
  if (!sources.includes("-") && input !== undefined) problems.push("input: name it among sources, as -");
  for (const flag of ["export", "output"] as const)
    if (mode[flag] === "-") problems.push(`--${flag}: expected a file name: standard output is yours`);
  const options = checkOptions({ ...given, ...mode }, sources, {}, problems);
  if (options === null) throw migrateError("usage", { problems: problems.map(inCamelCase) });
  const told = new Set<string>();
  const warn = (warning: Warning) => {
    if (told.has(warning.message)) return;
    told.add(warning.message);
    onWarning?.(warning);
  };
  const { run } = await import("../run.js");
  const result = await run(options, {
    hooks: { warn, ...(onProgress === undefined ? {} : { progress: onProgress }) },
    ...(signal === undefined ? {} : { signal }),
    ...(input === undefined ? {} : { stdin: input }),
  });
  result.warnings.forEach(warn);
  return result;
}

/** A problem as a program's author reads it: `--on-conflict` is the option `onConflict`. */
function inCamelCase(problem: string): string {
  return problem.replace(/--(?:no-)?([a-z]+(?:-[a-z]+)*)/g, (_, name: string) =>
    name.replace(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase()),
  );
}
