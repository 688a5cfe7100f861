import { Command, CommanderError, Option } from "commander";
import { MigrateError } from "../errors.js";
import type { Display, Options } from "../options.js";
import { renderJson } from "../report/json.js";
import { printable } from "../report/units.js";
import type { Secret } from "../secret.js";
import type { RunResult, Warning } from "../types.js";
import { tool } from "../version.js";
import { modeOf } from "./mode-from-flags.js";

// What a run needs beyond this is loaded when there is one: asking for help should not wait for Redis' client.

/** What the command line needs of Node's `process`. */
export type Process = Pick<
  NodeJS.Process,
  "argv" | "env" | "stdin" | "stdout" | "stderr" | "on" | "off" | "exit"
>;

function makeCommand(): Command {
  return (
    new Command(tool.name)
      .description(
        "Moves the conversations and API keys that chatgpt-official kept in db.json into Redis.\n" +
          "Source files are only ever read; what Redis holds is replaced only by what goes on from it, unless told otherwise.",
      )
      .argument("[source...]", "files, folders, globs or - for standard input (default: ./db.json)")
      .optionsGroup("Modes (none: migrate):")
      .option("--dry-run", "compare as a migration would, write nothing")
      .option("--verify", "read every record back and report how it differs")
      .option("--undo <journal>", "take back an earlier run, wherever its values still stand")
      .optionsGroup("Records:")
      .option("--only <conversations|keys>", "migrate one kind alone")
      .option("--on-duplicate <first|newest>", "which of several rows with one id counts (default: first)")
      .option("--strict", "check everything first; with one record invalid, write nothing")
      .option("--rejects <file>", "keep the raw text of what could not be migrated")
      .option(
        "--on-conflict <policy>",
        "where Redis holds something else: newer, keep, overwrite, merge (default: newer)",
      )
      .option("--journal <file>", "where to write down what is done, for --undo (default: a dated file here)")
      .option("--no-journal", "keep no journal: the run cannot be undone")
      .option("--ttl <duration|none>", "expiry of conversations: 30d, 12h, 90m, 3600 (default: 30d)")
      .optionsGroup("Redis:")
      .option("-u, --url <url>", "redis://, rediss:// or unix: (default: $REDIS_URL)")
      .option("--host <name>", "host (default: localhost)")
      .option("-p, --port <number>", "port (default: 6379)")
      .option("--username <name>", "ACL user")
      .option("-a, --password <text>", "password (better: $REDIS_PASSWORD)")
      .option("-n, --database <number>", "database number (default: 0)")
      .option("--key-prefix <text>", "what Redis keys begin with (default: chatgpt:)")
      .option("--tls", "encrypt the connection (also: rediss://)")
      .option("--tls-ca <file>", "trust this certificate authority (PEM)")
      .option("--tls-cert <file>", "show this certificate (PEM), with --tls-key")
      .option("--tls-key <file>", "its private key (PEM)")
      .option("--tls-insecure", "accept any certificate")
      .option("--cluster", "it must be a cluster (default: detected)")
      .option("--sentinel <master>", "the hosts are Sentinels, which know this master")
      .option("--connection-timeout <ms>", "until the first answer (default: 10000)")
      .option("--command-timeout <ms>", "until a silent connection is given up (default: 10000)")
      .option("--retry-for <duration>", "how long to try again once it is lost (default: 30s)")
      .option("--force", "go on past a failed check of the server")
      .optionsGroup("Output:")
      .option("--concurrency <n>", "threads to be busy at once (default: one a core, at most 8)")
      .addOption(new Option("--threads-from <bytes>", "size of a file that is worth a thread").hideHelp())
      .option("--json", "the result as one JSON object")
      .option("--details <n>", "differences listed, 0 for all (default: 20)")
      .option("--exit-code", "a dry run with work to do exits with 2")
      .option("-q, --quiet", "neither progress nor warnings, only the result and errors")
      .option("-v, --verbose", "say more on stderr")
      .option("--no-color", "no colours (also $NO_COLOR)")
      .option("--no-progress", "no progress")
      .option("-V, --version", "print the version")
      .helpOption(false)
      .option("--help", "print this (also: -h alone)")
      .addOption(new Option("-h").hideHelp())
      .addHelpText(
        "after",
        `
Exit codes: 0 done, nothing differs; 1 could not do its job; 2 --verify found differences (or
--exit-code: work to do); 3 done, but some records could not be; 130, 143 interrupted.`,
      )
      // What it has to say is told with all the rest, by ourselves.
      .configureOutput({ writeErr: () => {} })
      .exitOverride()
  );
}

/** What must be known of the flags before they are checked. */
interface RawFlags {
  readonly help?: boolean;
  readonly h?: boolean;
  readonly version?: boolean;
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly verify?: boolean;
  readonly undo?: string;
}

interface CommandLine {
  readonly flags: RawFlags;
  readonly sources: readonly string[];
  readonly problems: readonly string[];
}

/** Reads the command line to its end, whatever is wrong with it, so that all problems can be told at once. */
function readCommandLine(argv: readonly string[]): CommandLine {
  const problems: string[] = [];
  const flags = [...argv];
  for (;;) {
    const command = makeCommand();
    try {
      const { operands, unknown } = command.parseOptions(flags);
      const end = unknown.indexOf("--");
      const wrong = unknown.slice(0, end < 0 ? unknown.length : end).filter((text) => /^-./.test(text));
      problems.push(...wrong.map((text) => unknownFlag(text, command)));
      const opts: RawFlags = command.opts();
      const help = opts.help === true || (argv.length === 1 && argv[0] === "-h");
      if (opts.h && !help)
        problems.push("-h is help where it stands alone: a host is --host, help is --help");
      return { flags: { ...opts, help }, sources: operands, problems };
    } catch (error) {
      // The one thing that stops commander here is a last flag without its value.
      if (!(error instanceof CommanderError) || flags.length === 0) throw error;
      problems.push(plain(error));
      flags.pop();
    }
  }
}

/**
 * commander's own sentence on an unknown flag, with the flag that was probably meant. What may be a value, as in
 * `--passwort=…`, `--password:…` or `-Psecret`, is not shown.
 */
function unknownFlag(text: string, command: Command): string {
  const [name = ""] = /^--[a-z]+(-[a-z]+)*|^-./i.exec(text) ?? [];
  const begun = command.options.find(({ long, required }) => long && required && name.startsWith(long));
  if (command.options.some(({ long, required }) => long === name && !required))
    return `option '${name}' takes no value`;
  if (begun !== undefined) return `unknown option: a value stands apart, as in '${begun.flags}'`;
  if (name.length > longestFlag) return "unknown option";
  try {
    makeCommand().parse([name], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return plain(error);
    throw error;
  }
  return `unknown option '${name}'`;
}

/** In characters; what is longer is no flag that was mistyped. */
const longestFlag = 24;

function plain(error: CommanderError): string {
  return error.message.replace(/^error: /, "").replaceAll("\n", " ");
}

/**
 * The command line, from arguments to exit code. The only place that knows commander, prints, or listens to signals.
 * @returns the exit code
 */
export async function main(process: Process): Promise<number> {
  surviveOutput(process);
  try {
    return await runCommand(process);
  } catch (error) {
    const { internalError } = await import("../pipeline/result.js");
    process.stderr.write(errorText(internalError(error)));
    return 1;
  }
}

async function runCommand(process: Process): Promise<number> {
  const options = await readOptions(process);
  if (typeof options === "number") return options;
  const { display } = options;
  const terminal = process.stderr.isTTY && process.env.TERM !== "dumb" && !process.env.CI;
  const [{ run }, { showProgress }] = await Promise.all([
    import("../run.js"),
    import("../report/progress-bar.js"),
  ]);
  const progress = display.progress ? await showProgress(process.stderr, terminal) : null;
  const note = display.verbose ? (text: string) => process.stderr.write(`${printable(text)}\n`) : () => {};
  const alert = (text: string) => {
    progress?.stop();
    if (!display.quiet) process.stderr.write(`${printable(text)}\n`);
  };
  const told = new Set<string>();
  const warn = ({ message }: Warning) => {
    told.add(message);
    alert(`warning: ${message}`);
  };
  const mayAsk = process.stdin.isTTY && process.stderr.isTTY && !options.sources.includes("-");
  let answer: Secret | null = null;
  const work = (signal: AbortSignal, interrupt: () => void) => {
    const ask = async () => {
      const { askPassword } = await import("./password-prompt.js");
      answer = await askPassword(process.stdin, process.stderr, interrupt, signal);
      return answer;
    };
    const hooks = {
      note,
      alert,
      warn,
      progress: progress?.progress ?? (() => {}),
      ...(mayAsk ? { askPassword: ask } : {}),
    };
    return run(options, { hooks, signal, stdin: process.stdin });
  };
  const { ended, crash } = await stoppable(process, work, () => progress?.stop());
  const result = await resultOf(options, ended, crash);
  progress?.stop();
  // The app needs the password as much as this run did.
  const address = { ...options.address, password: answer ?? options.address.password };
  await report(result, address, display, told, process);
  // What was broken may go on for ever, and nothing is written once the result is told.
  if (ended === null) process.exit(result.exitCode);
  return result.exitCode;
}

/** The result as it is told: an exception that nobody caught counts for more than how the run ended. */
async function resultOf(
  { mode, dryRun }: Options,
  ended: RunResult | null,
  crash: Crash | null,
): Promise<RunResult> {
  if (ended !== null && crash === null) return ended;
  const { failedRun, internalError } = await import("../pipeline/result.js");
  const failed = failedRun(mode, dryRun, internalError(crash?.error));
  return ended === null
    ? failed
    : { ...ended, error: failed.error, interrupted: null, exitCode: failed.exitCode };
}

/** @returns the options, or the exit code where help was asked for or the command line is wrong */
async function readOptions(process: Process): Promise<(Options & { readonly display: Display }) | number> {
  const { argv, env, stdout, stderr } = process;
  const line = readCommandLine(argv.slice(2));
  if (line.flags.help) {
    stdout.write(makeCommand().helpInformation());
    return 0;
  }
  if (line.flags.version) {
    stdout.write(`${tool.version}\n`);
    return 0;
  }
  const { parseOptions } = await import("./parse-options.js");
  try {
    return parseOptions(line.flags, line.sources, env, line.problems);
  } catch (error) {
    if (!(error instanceof MigrateError)) throw error;
    const mode = modeOf(line.flags);
    if (line.flags.json) {
      const { failedRun } = await import("../pipeline/result.js");
      stdout.write(renderJson(failedRun(mode, line.flags.dryRun ?? false, error)));
    }
    stderr.write(errorText(error));
    return 1;
  }
}

/** An exception that nobody caught. */
interface Crash {
  readonly error: unknown;
}

/** How long a run may take to end once an exception that nobody caught broke into it. In ms. */
const mostBrokenMs = 5_000;

/**
 * Runs `work` so that the first SIGINT or SIGTERM asks it to finish what is under way, and a second one ends the
 * process at once, after `tidyUp`. An exception that nobody caught asks for the same.
 * @returns how it ended; null where it did not, because of the crash
 */
async function stoppable<T>(
  process: Process,
  work: (signal: AbortSignal, interrupt: () => void) => Promise<T>,
  tidyUp: () => void,
): Promise<{ readonly ended: T | null; readonly crash: Crash | null }> {
  const controller = new AbortController();
  const stop = (signal: "SIGINT" | "SIGTERM", code: number) => () => {
    tidyUp();
    if (controller.signal.aborted) process.exit(code);
    process.stderr.write("Stopping once what is under way is finished; once more ends it at once.\n");
    controller.abort(signal);
  };
  const interrupt = stop("SIGINT", 130);
  const listeners = [
    ["SIGINT", interrupt],
    ["SIGTERM", stop("SIGTERM", 143)],
  ] as const;
  let crash: Crash | null = null;
  let timer: NodeJS.Timeout | undefined;
  let giveUp = (): void => {};
  const givenUp = new Promise<null>((resolve) => {
    giveUp = () => resolve(null);
  });
  const breakOff = (error: unknown) => {
    crash ??= { error };
    timer ??= setTimeout(giveUp, mostBrokenMs);
    controller.abort("SIGTERM");
  };
  for (const [signal, listener] of listeners) process.on(signal, listener);
  process.on("uncaughtException", breakOff);
  try {
    const ended = await Promise.race([work(controller.signal, interrupt), givenUp]);
    return { ended, crash };
  } finally {
    clearTimeout(timer);
    for (const [signal, listener] of listeners) process.off(signal, listener);
    process.off("uncaughtException", breakOff);
  }
}

/** The result to stdout; the error to stderr, and the warnings that were not told yet. */
async function report(
  result: RunResult,
  address: Options["address"],
  display: Display,
  told: ReadonlySet<string>,
  { stdout, stderr }: Process,
): Promise<void> {
  const { error, warnings } = result;
  if (!display.quiet) {
    for (const { message } of warnings.filter(({ message }) => !told.has(message)))
      stderr.write(`warning: ${printable(message)}\n`);
  }
  const nothingDone = error !== null && result.sources.length === 0;
  if (display.json) stdout.write(jsonOf(result));
  else if (!nothingDone) {
    const { renderText } = await import("../report/text.js");
    stdout.write(renderText(result, address, display.color && stdout.isTTY));
  }
  if (error !== null) stderr.write(errorText(error));
}

/** The result as JSON; without its lists, where those would be longer than any text that Node can hold. */
function jsonOf(result: RunResult): string {
  try {
    return renderJson(result);
  } catch {
    return renderJson({ ...result, differences: [], rejections: [], truncated: true });
  }
}

function errorText({ message, hint }: { readonly message: string; readonly hint: string }): string {
  const lines = message.split("\n").map((line) => `error: ${printable(line)}\n`);
  return `${lines.join("")}${printable(hint)}\n`;
}

/**
 * A reader that closes its end (`| head`) must not end a migration half-way, and neither must a full disk behind stdout;
 * but then the result is lost, and that is a failure.
 */
function surviveOutput(process: Process): void {
  const { stdout, stderr } = process;
  stderr.on("error", () => {});
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    stderr.write(`error: the result cannot be written to standard output: ${error.code ?? "unknown"}\n`);
    process.exit(1);
  });
}
