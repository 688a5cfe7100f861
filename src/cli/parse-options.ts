import { availableParallelism } from "node:os";
import { z } from "zod";
import { migrateError } from "../errors.js";
import type { Display, Options } from "../options.js";
import { parseDuration } from "../record/duration.js";
import { libraryTtl } from "../record/redis-key.js";
import { mayHoldSecret } from "../secret.js";
import type { Warning } from "../types.js";
import { policies } from "../types.js";
import { tool } from "../version.js";
import { addressOf, placeProblems, topologyProblems } from "./address-from-flags.js";
import { placeOfUndo } from "./address-of-undo.js";
import { flagNamed, flagsWithoutEffect } from "./flags-without-effect.js";
import { modeOf } from "./mode-from-flags.js";
import { type Environment, hostProblem, isHostName, type Location, readLocation } from "./redis-url.js";

const wholeNumber = (what: string, least: number, most: number) =>
  z
    .string()
    .refine((text) => /^\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most, {
      error: `expected ${what}, a whole number from ${least} to ${most}`,
    })
    .transform(Number);

const duration = z
  .string()
  .refine((text) => text === "none" || parseDuration(text) !== null, {
    error: "expected a duration such as 30d, 12h, 90m or 3600 (seconds), or none",
  })
  .transform((text) => (text === "none" ? null : parseDuration(text)));

/** How long to try again, in ms: a duration, or 0 for not at all. */
const patience = z
  .string()
  .refine((text) => text === "0" || parseDuration(text) !== null, {
    error: "expected a duration such as 30s, 2m or 90 (seconds), or 0",
  })
  .transform((text) => (parseDuration(text) ?? 0) * 1000);

const defaultPrefix = "chatgpt:";

/** More threads than this are of no use to anybody. */
const mostThreads = 8;

const filePath = z.string().min(1, { error: "expected a file name" });

const oneOf = <const T extends readonly string[]>(...choices: T) =>
  z.enum(choices, { error: `expected ${choices.join(" or ")}` });

/** Flags as commander hands them over: text, true, or absent; `--no-…` as false. */
const flags = z.object({
  dryRun: z.boolean().default(false),
  verify: z.boolean().default(false),
  undo: z.string().min(1, { error: "expected a journal" }).optional(),
  onConflict: oneOf(...policies).default("newer"),
  journal: z.union([filePath, z.literal(false)]).optional(),
  only: oneOf("conversations", "keys").optional(),
  onDuplicate: oneOf("first", "newest").default("first"),
  strict: z.boolean().default(false),
  rejects: filePath.optional(),
  ttl: duration.default(libraryTtl),
  url: z.string().optional(),
  host: z
    .string()
    .refine(isHostName, { error: ({ input }) => hostProblem(String(input)) })
    .optional(),
  port: wholeNumber("a port", 1, 65_535).optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  database: wholeNumber("a database number", 0, 2 ** 31 - 1).optional(),
  keyPrefix: z
    .string()
    .min(1, { error: "the library cannot use an empty prefix: it takes its own, chatgpt:, instead" })
    // It is shown, and stands in the name of each key.
    .refine((text) => !mayHoldSecret(text), { error: "expected a prefix, not a URL, a login or a key" })
    .default(defaultPrefix),
  connectionTimeout: wholeNumber("milliseconds", 1, 2 ** 31 - 1).default(10_000),
  commandTimeout: wholeNumber("milliseconds", 1, 2 ** 31 - 1).default(10_000),
  retryFor: patience.default(30_000),
  tls: z.boolean().default(false),
  tlsCa: filePath.optional(),
  tlsCert: filePath.optional(),
  tlsKey: filePath.optional(),
  tlsInsecure: z.boolean().default(false),
  cluster: z.boolean().default(false),
  sentinel: z
    .string()
    .min(1, { error: "expected the name of a master" })
    // It may hold a login, and is never quoted.
    .refine((name) => !/[@=,\s]|:\/\//.test(name), { error: "expected the name of a master, not a URL" })
    .optional(),
  force: z.boolean().default(false),
  concurrency: wholeNumber("a number of threads", 1, 64).default(
    Math.min(mostThreads, availableParallelism()),
  ),
  threadsFrom: wholeNumber("bytes", 0, Number.MAX_SAFE_INTEGER).default(24 * 1024 * 1024),
  details: wholeNumber("a count", 0, Number.MAX_SAFE_INTEGER).default(20),
  exitCode: z.boolean().default(false),
  json: z.boolean().default(false),
  quiet: z.boolean().default(false),
  verbose: z.boolean().default(false),
  color: z.boolean().default(true),
  progress: z.boolean().default(true),
});

type Flags = z.infer<typeof flags>;

/**
 * Turns untrusted flags and environment into options. A flag wins over the environment, and the environment over a
 * default; a host or port given as a flag sets `REDIS_URL` aside whole, password included: it belongs elsewhere.
 * @param problems what was already found wrong with the command line
 * @param now names the journal
 * @throws MigrateError `usage`, with all problems at once
 */
export function parseOptions(
  raw: unknown,
  sources: readonly string[],
  env: Environment,
  problems: readonly string[] = [],
  now: Date = new Date(),
): Options & { readonly display: Display } {
  const parsed = flags.safeParse(raw);
  const found = [...problems, ...modeProblems(raw, sources), ...topologyProblems(raw as Partial<Flags>)];
  const undoing = modeOf(raw as Partial<Flags>) === "undo";
  if (!parsed.success) {
    found.push(
      ...parsed.error.issues.map(({ path, message }) => `${flagNamed(String(path[0]))}: ${message}`),
    );
  }
  // The URL is looked at even where other flags are wrong, so that all problems are told at once.
  const location = readLocation(raw as Location, env, found);
  // An undo goes where its journal says, and not to REDIS_URL.
  const byFlags = (["url", "host", "port"] as const).some((flag) => (raw as Location)[flag] !== undefined);
  if (!undoing || byFlags) found.push(...placeProblems(raw as Partial<Flags>, location));
  if (!parsed.success || found.length > 0) throw migrateError("usage", { problems: found });
  const given = parsed.data;
  const { keyPrefix: prefix } = raw as Partial<Flags>;
  const undoGiven = { connection: given, prefix, fromEnvironment: location, env };
  return {
    mode: modeOf(given),
    dryRun: given.dryRun,
    undo: given.undo ?? null,
    ...(undoing ? { undoPlace: (path, header) => placeOfUndo(path, header, undoGiven) } : {}),
    onConflict: given.onConflict,
    journal: journalOf(given.journal, now),
    sources,
    address: addressOf(parsed.data, location, env),
    prefix: given.keyPrefix,
    ttl: given.ttl,
    only: given.only === undefined ? null : given.only === "keys" ? "key" : "conversation",
    onDuplicate: given.onDuplicate,
    strict: given.strict,
    rejects: given.rejects ?? null,
    details: given.details === 0 ? Number.POSITIVE_INFINITY : given.details,
    exitCode: given.exitCode,
    concurrency: given.concurrency,
    threadsFrom: given.threadsFrom,
    force: given.force,
    warnings: [...passwordWarnings(given), ...(undoing ? [] : prefixWarnings(given))],
    display: {
      json: given.json,
      quiet: given.quiet,
      verbose: given.verbose,
      // https://no-color.org: any value but the empty one.
      color: given.color && !env.NO_COLOR,
      progress: given.progress && !given.quiet,
    },
  };
}

/** A command line can be read by every user of the machine while it runs, and stays in the shell's history. */
function passwordWarnings({ password, url }: Flags): Warning[] {
  const shown = password !== undefined || (url !== undefined && /^\w+:\/\/[^/]*:[^/]+@/.test(url));
  const message =
    "the password stands on the command line, where others can read it: better give it as REDIS_PASSWORD or REDIS_URL";
  return shown ? [{ code: "password-shown", message }] : [];
}

/** By default a dated file in the working folder, such as `chatgpt-migrate-2026-11-23T05-10-00-123.jsonl`, in UTC. */
function journalOf(given: string | false | undefined, now: Date): string | null {
  if (given === false) return null;
  return given ?? `${tool.name}-${now.toISOString().replace("Z", "").replaceAll(/[:.]/g, "-")}.jsonl`;
}

function modeProblems(raw: unknown, sources: readonly string[]): string[] {
  const { dryRun, verify, undo } = raw as Partial<Flags>;
  const problems: string[] = [];
  if (dryRun && verify) problems.push("--dry-run and --verify exclude each other: choose one");
  if (undo !== undefined && verify) problems.push("--undo and --verify exclude each other: choose one");
  if (undo !== undefined && sources.length > 0) problems.push("--undo takes a journal and no sources");
  return [...problems, ...flagsWithoutEffect(raw as object)];
}

/** The library lists with KEYS, and does not escape its prefix. */
function prefixWarnings({ keyPrefix }: Flags): Warning[] {
  const shown = JSON.stringify(keyPrefix);
  if (/[[\]\\]/.test(keyPrefix)) {
    const message = `the library cannot list its keys under the prefix ${shown}, for [, ] and \\ have a meaning of their own there: it finds no API keys, and cannot answer. Choose another --key-prefix`;
    return [{ code: "prefix-unlistable", message }];
  }
  if (!/[*?]/.test(keyPrefix)) return [];
  const message = `where the library lists its keys, * and ? in the prefix ${shown} stand for any text: it may find keys of others. Choose another --key-prefix`;
  return [{ code: "prefix-pattern", message }];
}
