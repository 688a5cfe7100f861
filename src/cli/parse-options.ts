import { migrateError } from "../errors.js";
import type { Display, Options } from "../options.js";
import { tool } from "../version.js";
import { addressOf } from "./address-from-flags.js";
import { placeOfUndo } from "./address-of-undo.js";
import { topologyProblems, urlProblems } from "./address-problems.js";
import { flagSchema, type UncheckedFlags } from "./flag-schema.js";
import { modeOf } from "./flags.js";
import { flagNamed, flagsWithoutEffect } from "./flags-without-effect.js";
import { passwordWarnings, prefixWarnings } from "./option-warnings.js";
import { reportProblems } from "./report-problems.js";
import { type Environment, readUrl } from "./url-from-flags-or-env.js";

/**
 * Turns untrusted flags and environment into options. A flag wins over the environment, and the environment over a
 * default. A host or port given as a flag overrides all of `REDIS_URL`: its password belongs to another server.
 * @param problems what was already found wrong with the command line
 * @throws MigrateError `usage`, with all problems at once
 */
export function parseOptions(
  raw: UncheckedFlags,
  sources: readonly string[],
  env: Environment,
  problems: readonly string[] = [],
): Options & { readonly display: Display } {
  const mode = modeOf(raw);
  const found = [...problems, ...modeProblems(raw, sources), ...topologyProblems(raw)];
  // Compiling a check that is made once takes longer than it does (measured: 4 ms).
  const { data: flags, error } = flagSchema.safeParse(raw, { jitless: true });
  for (const { path, message } of error?.issues ?? [])
    found.push(`${flagNamed(String(path[0]))}: ${message}`);
  // The URL is read even where other flags are wrong, so that all problems are reported at once.
  const url = readUrl(raw, env, found);
  const namesServer = [raw.url, raw.host, raw.port].some((flag) => flag !== undefined);
  // Without such a flag an undo finds its Redis in its journal, and not in REDIS_URL.
  if (mode !== "undo" || namesServer) found.push(...urlProblems(raw, url));
  if (flags !== undefined) found.push(...reportProblems(flags, sources));
  if (flags === undefined || found.length > 0) throw migrateError("usage", { problems: found });
  const prefix = raw.keyPrefix === undefined ? undefined : flags.keyPrefix;
  const given = { flags, prefix, fromEnvironment: url, env };
  return {
    mode,
    dryRun: flags.dryRun,
    undo: flags.undo ?? null,
    ...(mode === "undo" ? { undoPlace: (path, header) => placeOfUndo(path, header, given) } : {}),
    onConflict: flags.onConflict,
    journal: journalOf(flags.journal),
    sources,
    address: addressOf(flags, url, env),
    prefix: flags.keyPrefix,
    ttl: flags.ttl,
    only: flags.only === undefined ? null : flags.only === "keys" ? "key" : "conversation",
    onDuplicate: flags.onDuplicate,
    strict: flags.strict,
    rejects: flags.rejects ?? null,
    reports: flags.report,
    details: flags.details === 0 ? Number.POSITIVE_INFINITY : flags.details,
    exitCode: flags.exitCode,
    concurrency: flags.concurrency,
    threadsFrom: flags.threadsFrom,
    force: flags.force,
    warnings: [...passwordWarnings(flags), ...(mode === "undo" ? [] : prefixWarnings(flags))],
    display: {
      json: flags.json,
      quiet: flags.quiet,
      verbose: flags.verbose,
      // https://no-color.org: any value but the empty one.
      color: flags.color && !env.NO_COLOR,
      progress: flags.progress && !flags.quiet,
    },
  };
}

/** By default a dated file in the working folder, such as `chatgpt-migrate-2026-11-23T05-10-00-123.jsonl`, in UTC. */
function journalOf(given: string | false | undefined): string | null {
  if (given === false) return null;
  return given ?? `${tool.name}-${new Date().toISOString().replace("Z", "").replaceAll(/[:.]/g, "-")}.jsonl`;
}

function modeProblems(raw: UncheckedFlags, sources: readonly string[]): string[] {
  const { dryRun, verify, undo } = raw;
  const problems: string[] = [];
  if (dryRun && verify) problems.push("--dry-run and --verify exclude each other: choose one");
  if (undo !== undefined && verify) problems.push("--undo and --verify exclude each other: choose one");
  if (undo !== undefined && sources.length > 0) problems.push("--undo takes a journal and no sources");
  return [...problems, ...flagsWithoutEffect(raw)];
}
