import type { UncheckedFlags } from "./flag-schema.js";
import { modeOf } from "./mode-of-flags.js";

/** Flags on records and sources. */
const recordFlags = [
  ...(["only", "onDuplicate", "strict", "onConflict", "ttl", "ttlFrom", "archive"] as const),
  ...(["journal", "rejects"] as const),
];

/** Flags on reaching Redis, and on what is done about its answers. */
const redisFlags = [
  ...(["url", "host", "port", "username", "password", "database", "tls", "tlsCa", "tlsCert"] as const),
  ...(["tlsKey", "tlsInsecure", "cluster", "sentinel", "connectionTimeout", "commandTimeout"] as const),
  ...(["retryFor", "force", "journal"] as const),
];

const withoutServer = "has no effect with --output, which asks no server: redis-cli has flags of its own";
/** Those of them that say something of an export too. */
const exportFlags: ReadonlySet<string> = new Set(["only", "rejects"]);

/** What these modes do in place of what the flags are about. */
const what = {
  undo: "--undo, which takes back what its journal names",
  export: "--export, which writes what Redis holds to its file",
};

/**
 * Flags that can have no effect in the mode that was asked for. A verification and a dry run take each flag of the
 * migration that they mirror, so that the same command line serves for all three.
 */
export function flagsWithoutEffect(given: UncheckedFlags): string[] {
  const mode = modeOf(given);
  const problems: string[] = [];
  if (mode === "undo" || mode === "export") {
    for (const name of recordFlags) {
      if (given[name] === undefined || (given[name] === false && name !== "journal")) continue;
      if (mode === "export" && exportFlags.has(name)) continue;
      problems.push(`${flagNamed(name, given[name])} has no effect with ${what[mode]}`);
    }
  }
  if (mode === "output") {
    for (const name of redisFlags) {
      if (given[name] === undefined || (given[name] === false && name !== "journal")) continue;
      problems.push(`${flagNamed(name, given[name])} ${withoutServer}`);
    }
    for (const name of ["ttlFrom", "archive"] as const)
      if (given[name] !== undefined && given[name] !== "now")
        problems.push(
          `${flagNamed(name)} has no effect with --output, which has not Redis' own time to go by`,
        );
    if (given.onConflict !== undefined && given.onConflict !== "keep")
      problems.push("--on-conflict has no effect with --output: what Redis holds is left alone, as by keep");
  }
  if (given.exitCode && mode !== "dry-run") {
    problems.push(
      "--exit-code has an effect with --dry-run alone, which it makes exit with 2 where there is work to do",
    );
  }
  if (given.plan !== undefined && mode !== "dry-run") {
    problems.push(
      "--plan has an effect with --dry-run alone, whose decisions it writes down; --apply does what a plan says",
    );
  }
  return problems;
}

/** A flag as it is written, by its name in the schema. */
export function flagNamed(name: string, value?: unknown): string {
  return `--${value === false ? "no-" : ""}${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
