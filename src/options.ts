import { z } from "zod";
import { migrateError } from "./errors.js";
import type { Kind, Mode, Policy } from "./model.js";
import { policies } from "./model.js";
import { Secret } from "./secret.js";
import type { Address } from "./target/address.js";
import { parseDuration } from "./target/duration.js";
import { libraryTtl } from "./target/keyspace.js";
import { tool } from "./tool.js";

/** What a run is asked to do, checked. */
export interface Options {
  readonly mode: Mode;
  readonly sources: readonly string[];
  readonly address: Address;
  readonly prefix: string;
  /** What to do where Redis holds something else already. */
  readonly onConflict: Policy;
  /** Where to write down what is done; null for nowhere. */
  readonly journal: string | null;
  /** The journal of the run to take back, in the mode undo. */
  readonly undo: string | null;
  /** Whether to write nothing. */
  readonly dryRun: boolean;
  /** Expiry of conversations in seconds, null for none. */
  readonly ttl: number | null;
  /** The kind to migrate; null for both. */
  readonly only: Kind | null;
  /** Which of several rows with one id counts. */
  readonly onDuplicate: "first" | "newest";
  /** Whether one invalid record keeps everything from being written. */
  readonly strict: boolean;
  /** Where to keep what could not be migrated. */
  readonly rejects: string | null;
  /** How many differences and rejections to list. */
  readonly details: number;
  /** Whether a dry run with work to do exits with 2. */
  readonly exitCode: boolean;
}

/** How the result is to be shown. */
export interface Display {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
  readonly progress: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

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

const oneOf = <const T extends readonly string[]>(...choices: T) =>
  z.enum(choices, { error: `expected ${choices.join(" or ")}` });

/** A name or address, with or without the brackets of IPv6. What could be a URL or a login is none, and is never shown. */
const hostName = /^(\[[\da-f:.%]+\]|[\da-f:.]*:[\da-f:.%]+|[^\s@:/?#]+)$/i;

/** Flags as commander hands them over: text, true, or absent; `--no-…` as false. */
const flags = z.object({
  dryRun: z.boolean().default(false),
  verify: z.boolean().default(false),
  undo: z.string().min(1, { error: "expected a journal" }).optional(),
  onConflict: oneOf(...policies).default("newer"),
  journal: z.union([z.string().min(1, { error: "expected a file name" }), z.literal(false)]).optional(),
  only: oneOf("conversations", "keys").optional(),
  onDuplicate: oneOf("first", "newest").default("first"),
  strict: z.boolean().default(false),
  rejects: z.string().min(1, { error: "expected a file name" }).optional(),
  ttl: duration.default(libraryTtl),
  url: z.string().optional(),
  host: z.string().regex(hostName, { error: "expected a host name or address" }).optional(),
  port: wholeNumber("a port", 1, 65_535).optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  database: wholeNumber("a database number", 0, 2 ** 31 - 1).optional(),
  keyPrefix: z.string().default("chatgpt:"),
  connectionTimeout: wholeNumber("milliseconds", 1, 2 ** 31 - 1).default(10_000),
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
  const found = [...problems, ...modeProblems(raw, sources)];
  if (!parsed.success) {
    found.push(...parsed.error.issues.map(({ path, message }) => `${flagOf(path)}: ${message}`));
  }
  // The URL is looked at even where other flags are wrong, so that all problems are told at once.
  const location = readLocation(raw as Location, env, found);
  if (!parsed.success || found.length > 0) throw migrateError("usage", { problems: found });
  const given = parsed.data;
  return {
    mode: modeOf(given),
    dryRun: given.dryRun,
    undo: given.undo ?? null,
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

/** The mode that the flags, checked or not, ask for. */
export function modeOf(flags: {
  readonly dryRun?: unknown;
  readonly verify?: unknown;
  readonly undo?: unknown;
}): Mode {
  if (flags.undo !== undefined) return "undo";
  if (flags.verify) return "verify";
  return flags.dryRun ? "dry-run" : "migrate";
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
  return problems;
}

function flagOf(path: readonly PropertyKey[]): string {
  return `--${String(path[0]).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The flags that say where Redis is, not yet checked. */
type Location = Partial<Record<"url" | "host" | "port", string>>;

/** What the URL says that counts: none does where a flag names host or port. */
function readLocation({ url, host, port }: Location, env: Environment, problems: string[]): UrlParts {
  const elsewhere = host !== undefined || port !== undefined;
  if (url !== undefined && elsewhere) {
    problems.push("--url names the server already: leave out --host and --port");
  }
  if (url !== undefined) return partsOf(url, "--url", problems);
  return env.REDIS_URL && !elsewhere ? partsOf(env.REDIS_URL, "REDIS_URL", problems) : {};
}

function addressOf(given: Flags, parts: UrlParts, env: Environment): Address {
  const password = given.password ?? parts.password ?? (env.REDIS_PASSWORD || env.REDISCLI_AUTH || undefined);
  return {
    host: (given.host ?? parts.host ?? "localhost").replace(/^\[(.*)\]$/, "$1"),
    port: given.port ?? parts.port ?? 6379,
    path: parts.path ?? null,
    tls: parts.tls ?? false,
    username: given.username ?? parts.username ?? null,
    password: password === undefined ? null : new Secret(password),
    database: given.database ?? parts.database ?? 0,
    connectionTimeoutMs: given.connectionTimeout,
  };
}

interface UrlParts {
  host?: string;
  port?: number;
  path?: string;
  tls?: boolean;
  username?: string;
  password?: string;
  database?: number;
}

/** Reads `redis://`, `rediss://` and `unix:` URLs. A URL may hold a password, so none is ever quoted. */
function partsOf(text: string, origin: string, problems: string[]): UrlParts {
  const malformed = (what: string): UrlParts => {
    problems.push(`${origin}: ${what}`);
    return {};
  };
  if (!URL.canParse(text)) return malformed("not a URL; expected redis://host:port/database");
  const url = new URL(text);
  // Mistyped credentials end up in strange places of a URL, and must not be taken for anything that is shown.
  if (
    url.hash !== "" ||
    (url.search !== "" && url.protocol !== "unix:") ||
    /@.*@|%40/i.test(url.host + url.pathname)
  ) {
    return malformed(
      "not understood; user and password must be percent-encoded: write @ as %40, # as %23, ? as %3F",
    );
  }
  const parts: UrlParts = {};
  let database: string;
  try {
    if (url.username !== "") parts.username = decodeURIComponent(url.username);
    if (url.password !== "") parts.password = decodeURIComponent(url.password);
    if (url.protocol === "unix:") {
      if (!url.pathname.startsWith("/") || url.host !== "" || url.pathname.includes("@"))
        return malformed("expected unix:/path/to/socket");
      parts.path = decodeURIComponent(url.pathname);
      database = url.searchParams.get("db") ?? "";
    } else if (url.protocol === "redis:" || url.protocol === "rediss:") {
      parts.tls = url.protocol === "rediss:";
      // An IPv6 address stands in brackets in a URL, and without in a socket's options.
      const host = decodeURIComponent(url.hostname);
      if (host !== "" && !hostName.test(host)) return malformed("its host is no host name or address");
      if (host !== "") parts.host = host;
      if (url.port !== "") parts.port = Number(url.port);
      database = url.pathname.replace(/^\//, "");
    } else {
      return malformed("its scheme is not one of redis:, rediss:, unix:");
    }
  } catch {
    return malformed("a part of it is not percent-encoded: write % as %25");
  }
  if (database !== "") {
    if (!/^\d{1,9}$/.test(database)) return malformed("its path must be a database number");
    parts.database = Number(database);
  }
  return parts;
}
