import { Command, Option } from "commander";
import type { UncheckedFlags } from "../api/flag-schema.js";
import type { Display } from "../options.js";
import { tool } from "../version.js";

/** What `--help` shows, in lines of at most 80 columns. */
export function helpText(): string {
  return makeCommand().configureHelp({ helpWidth: 80 }).helpInformation() + beyondFlags;
}

const beyondFlags = `
Examples:
  chatgpt-migrate --dry-run                  what would be done with ./db.json
  chatgpt-migrate -u redis://localhost:6379  migrate it
  chatgpt-migrate --verify                   check that Redis holds all of it
  chatgpt-migrate --on-duplicate newest db.json 'backups/*.json'
  chatgpt-migrate --ttl-from last-active --archive idle.json
  chatgpt-migrate --dry-run --plan p.json && chatgpt-migrate --apply p.json
  chatgpt-migrate --export back.json         the way back
  chatgpt-migrate --output - | redis-cli --pipe
  chatgpt-migrate --undo chatgpt-migrate-2026-11-23T05-18-41-123.jsonl

Environment:
  REDIS_URL       where Redis is, unless --url, --host or --port say it
  REDIS_PASSWORD  its password (also: REDISCLI_AUTH)
  NO_COLOR        no colours
  GITHUB_ACTIONS  where it is true, the job gets a summary and annotations

Exit codes:
  0         done, nothing differs
  1         could not do its job
  2         --verify found differences; --dry-run --exit-code found work to do
  3         done, but some records could not be, or were left out; or a report
            or the journal is lacking
  130, 143  interrupted

Documentation: README.md and docs/ of this package
`;

/** A parser of the flags that knows their names, and not their meaning. It neither prints nor exits. */
export function makeCommand(): Command {
  return (
    new Command(tool.name)
      .description(
        "Moves the conversations and API keys that chatgpt-official kept in db.json into Redis.\n" +
          "Source files are only ever read; what Redis holds is replaced only by what goes on from it, unless told otherwise.",
      )
      .argument("[source...]", "files, folders, globs or - for standard input (default: ./db.json)")
      .optionsGroup("Modes (none: migrate):")
      .option("--dry-run", "compare as a migration would, write nothing")
      .option("--apply <plan>", "do exactly what a plan of --dry-run says, or nothing")
      .option("--verify", "read every record back and report how it differs")
      .option("--undo <journal>", "take back an earlier run, wherever its values still stand")
      .option("--output <file>", "write commands for redis-cli --pipe instead, - for stdout; asks no server")
      .option("--export <file>", "the way back: write what Redis holds as a db.json (- for stdout)")
      .optionsGroup("Records:")
      .option("--only <conversations|keys>", "migrate one kind alone")
      .option("--on-duplicate <rule>", "of several rows with one id: first, newest, merge (default: first)")
      .option("--strict", "check everything first; with one record invalid, write nothing")
      .option("--rejects <file>", "keep the raw text of what could not be migrated")
      .option(
        "--on-conflict <policy>",
        "where Redis holds something else: newer, keep, overwrite, merge (default: newer)",
      )
      .option("--journal <file>", "where to write down what is done, for --undo (default: a dated file here)")
      .option("--no-journal", "keep no journal: the run cannot be undone")
      .option("--plan <file>", "with --dry-run: write down what was decided, for --apply")
      .option("--ttl <duration|none>", "expiry of conversations: 30d, 12h, 90m, 3600 (default: 30d)")
      .option("--ttl-from <now|last-active>", "when that time starts to run (default: now)")
      .option("--archive <file>", "with last-active: where conversations past their time go")
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
      .option(
        "--report <file>",
        "a report as well, once or more: .jsonl a line a record, .md, .xml JUnit, .html a page",
        (file: string, before: readonly string[] = []) => [...before, file],
      )
      .option("--json", "the result as one JSON object")
      .option("--details <n>", "differences listed, 0 for all (default: 20)")
      .option("--exit-code", "a dry run with work to do exits with 2")
      .option("-q, --quiet", "no progress, and no warnings but of what was asked for and not done")
      .option("-v, --verbose", "say more on stderr")
      .option("--no-color", "no colours (also $NO_COLOR)")
      .option("--no-progress", "no progress")
      .option("-V, --version", "print the version")
      .helpOption(false)
      .option("--help", "print this (also: -h alone)")
      .addOption(new Option("-h").hideHelp())
      // What is wrong is shown with all other problems, by the program itself.
      .configureOutput({ writeErr: () => {} })
      .exitOverride()
  );
}

/** Flags of a run and of how its result is shown, and those that ask for no run. */
export type RawFlags = UncheckedFlags &
  Partial<Display> & {
    readonly help?: boolean;
    readonly h?: boolean;
    readonly version?: boolean;
  };
