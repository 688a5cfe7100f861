import { Command, CommanderError, Option } from "commander";
import { tool } from "../version.js";

/** The flags, as `--help` shows them. */
export function helpText(): string {
  return makeCommand().helpInformation();
}

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
export function readCommandLine(argv: readonly string[]): CommandLine {
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
