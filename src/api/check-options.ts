import type { Options } from "../options.js";
import { addressOf } from "./address-from-flags.js";
import { placeOfUndo } from "./address-of-undo.js";
import { topologyProblems, urlProblems } from "./address-problems.js";
import { archiveProblems } from "./archive-problems.js";
import { sharedFileProblems } from "./files-of-their-own.js";
import { flagSchema, type UncheckedFlags } from "./flag-schema.js";
import { flagNamed, flagsWithoutEffect } from "./flags-without-effect.js";
import { modeOf } from "./mode-of-flags.js";
import { modesTogether } from "./modes-together.js";
import { nameOfSaveProblems } from "./name-of-save.js";
import { prefixWarnings } from "./option-warnings.js";
import { type Environment, readUrl } from "./url-from-flags-or-env.js";

/**
 * Turns what was given, by flags and environment or by a program, into options. A flag wins over the environment, and
 * the environment over a default. A host or port given as a flag overrides all of `REDIS_URL`: its password belongs to
 * another server.
 * @param problems gets all that is wrong, each as a sentence that names flags as the command line does
 * @returns null where anything is wrong, or was before
 */
export function checkOptions(
  raw: UncheckedFlags,
  sources: readonly string[],
  env: Environment,
  problems: string[],
): Options | null {
  const mode = modeOf(raw);
  problems.push(...modeProblems(raw, sources), ...topologyProblems(raw));
  if (mode !== "undo") problems.push(...archiveProblems(raw));
  // Compiling a check that is made once takes longer than it does (measured: 4 ms).
  const { data: flags, error } = flagSchema.safeParse(raw, { jitless: true });
  for (const { path, message } of error?.issues ?? [])
    problems.push(`${flagNamed(String(path[0]))}: ${message}`);
  // A URL that is no text is among these already.
  const { url: text } = raw;
  // The URL is read even where other flags are wrong, so that all problems are reported at once.
  const isText = text === undefined || typeof text === "string";
  // Where no server is asked, the environment may name any.
  const url = isText && mode !== "output" ? readUrl(raw, env, problems) : {};
  const namesServer = [raw.url, raw.host, raw.port].some((flag) => flag !== undefined);
  // Without such a flag an undo finds its Redis in its journal, and not in REDIS_URL.
  if (mode !== "undo" || namesServer) problems.push(...urlProblems(raw, url));
  problems.push(...sharedFileProblems(raw, sources));
  if (flags === undefined || problems.length > 0) return null;
  const prefix = raw.keyPrefix === undefined ? undefined : flags.keyPrefix;
  const given = { flags, prefix, fromEnvironment: url, env };
  return {
    mode,
    dryRun: flags.dryRun,
    undo: flags.undo ?? null,
    export: flags.export ?? null,
    plan: flags.plan ?? null,
    apply: flags.apply ?? null,
    ...(mode === "undo" ? { undoPlace: (path, header) => placeOfUndo(path, header, given) } : {}),
    output: flags.output ?? null,
    // A command that creates leaves alone what is there.
    onConflict: mode === "output" ? "keep" : flags.onConflict,
    journal: flags.journal || null,
    sources,
    address: addressOf(flags, url, env),
    prefix: flags.keyPrefix,
    ttl: flags.ttl,
    ttlFrom: flags.ttlFrom,
    archive: flags.archive ?? null,
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
    warnings: mode === "undo" ? [] : prefixWarnings(flags),
  };
}

function modeProblems(raw: UncheckedFlags, sources: readonly string[]): string[] {
  const problems = modesTogether(raw);
  if (sources.length > 0 && raw.undo !== undefined) problems.push("--undo takes a journal and no sources");
  if (sources.length > 0 && raw.export !== undefined)
    problems.push("--export takes a file to write and no sources");
  if (typeof raw.export === "string") problems.push(...nameOfSaveProblems("--export", raw.export));
  return [...problems, ...flagsWithoutEffect(raw)];
}
