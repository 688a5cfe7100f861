import { type Command, CommanderError } from "commander";
import type { GivenFlag } from "../report/next-command.js";
import { makeCommand, type RawFlags } from "./flags.js";

/** What the command line says, not yet checked. */
export interface ParsedCommandLine {
  readonly flags: RawFlags;
  /** The same as they were given, by their names. */
  readonly given: readonly GivenFlag[];
  readonly sources: readonly string[];
  readonly problems: readonly string[];
}

/** Reads the command line to its end, whatever is wrong with it, so that all problems can be reported at once. */
export function readCommandLine(argv: readonly string[]): ParsedCommandLine {
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
      return { flags: { ...opts, help }, given: givenFlags(command), sources: operands, problems };
    } catch (error) {
      // The one thing that stops commander here is a last flag without its value.
      if (!(error instanceof CommanderError) || flags.length === 0) throw error;
      problems.push(plain(error));
      flags.pop();
    }
  }
}

function givenFlags(command: Command): GivenFlag[] {
  return command.options.flatMap((option) => {
    const name = option.attributeName();
    const value: unknown = command.getOptionValue(name);
    if (command.getOptionValueSource(name) !== "cli" || option.negate !== (value === false)) return [];
    const long = option.long ?? "";
    return [value].flat().map((one): GivenFlag => [long, typeof one === "string" ? one : null]);
  });
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
