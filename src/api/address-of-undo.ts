import { migrateError } from "../errors.js";
import type { Address, UndoPlace } from "../options.js";
import { endpointsOf, nameOfEndpoint, urlOf } from "../redis/address.js";
import type { JournalHeader } from "../types/journal-header.js";
import type { Warning } from "../types/run-result.js";
import { addressOf } from "./address-from-flags.js";
import { socketProblems } from "./address-problems.js";
import type { Flags } from "./flag-schema.js";
import { partsOf, type UrlParts } from "./redis-url.js";
import type { Environment } from "./url-from-flags-or-env.js";

/** What the command line says of where an undo finds its Redis. */
interface Given {
  readonly flags: Flags;
  /** The prefix, where a flag names one. */
  readonly prefix: string | undefined;
  /** What REDIS_URL says, unless flags name the server. */
  readonly fromEnvironment: UrlParts;
  readonly env: Environment;
}

/**
 * Where the run that a journal is of wrote to. A flag wins, then the journal. REDIS_URL only lends its user and password,
 * and only where it names the same server: an undo deletes, and must not do so elsewhere because of a variable that
 * somebody set for another purpose; nor may a password reach a server that it is not for.
 * @throws MigrateError `journal-unreadable`, `journal-elsewhere`, `usage`
 */
export function placeOfUndo(path: string, header: JournalHeader, given: Given): UndoPlace {
  const { flags, fromEnvironment, env } = given;
  const { prefix } = header;
  if (given.prefix !== undefined && given.prefix !== prefix) {
    const before = `the prefix ${JSON.stringify(prefix)}`;
    throw migrateError("journal-elsewhere", {
      path,
      before,
      now: `the prefix ${JSON.stringify(given.prefix)}`,
    });
  }
  const { url, host, port, database, sentinel, cluster } = flags;
  if ([url, host, port].some((flag) => flag !== undefined))
    return { address: addressOf(flags, fromEnvironment, env), prefix, flagged: true, warnings: [] };
  const recorded = recordedParts(path, header, flags);
  const byHeader = flagsWithTopology(flags, header);
  const bare = addressOf(byHeader, recorded, {});
  const named = Object.keys(fromEnvironment).length > 0 ? addressOf(byHeader, fromEnvironment, {}) : null;
  const same = named !== null && isSameServer(named, bare);
  return {
    address: addressOf(byHeader, same ? { ...recorded, ...loginOf(fromEnvironment) } : recorded, env),
    prefix,
    flagged: cluster || database !== undefined || sentinel !== undefined,
    warnings: named === null || same ? [] : [ignoredUrlWarning(named, bare)],
  };
}

/** What the journal says of where Redis is, without a login. */
function recordedParts(path: string, header: JournalHeader, flags: Flags): UrlParts {
  const unreadable: string[] = [];
  const {
    username: _user,
    password: _password,
    ...recorded
  } = partsOf(header.url, "the journal", unreadable);
  if (unreadable.length > 0)
    throw migrateError("journal-unreadable", { path, reason: "it does not say where Redis is: give --url" });
  const { database = 0 } = recorded;
  if (flags.database !== undefined && flags.database !== database)
    throw migrateError("journal-elsewhere", {
      path,
      before: `database ${database}`,
      now: `database ${flags.database}`,
    });
  const problems = recorded.path === undefined ? [] : socketProblems(flags);
  if (problems.length > 0) throw migrateError("usage", { problems });
  return recorded;
}

/** The flags, with what the journal says of cluster and Sentinels where they say nothing. */
function flagsWithTopology(flags: Flags, header: JournalHeader): Flags {
  if (flags.cluster) return flags;
  const sentinel = flags.sentinel ?? header.master;
  const cluster = header.topology === "cluster" && flags.sentinel === undefined;
  return { ...flags, cluster, ...(sentinel === undefined ? {} : { sentinel }) };
}

function loginOf({ username, password }: UrlParts): UrlParts {
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
}

function ignoredUrlWarning(named: Address, recorded: Address): Warning {
  const message = `REDIS_URL names ${urlOf(named)}, the journal ${urlOf(recorded)}: the journal counts, and neither user nor password of REDIS_URL is used`;
  return { code: "redis-url-set-aside", message };
}

/** Whether two addresses name one server, or have a host of a cluster or of Sentinels in common. */
function isSameServer(one: Address, other: Address): boolean {
  if (one.path !== null || other.path !== null) return one.path === other.path;
  if ((one.tls === null) !== (other.tls === null)) return false;
  const known = new Set(endpointsOf(one).map((endpoint) => nameOfEndpoint(endpoint).toLowerCase()));
  return endpointsOf(other).some((endpoint) => known.has(nameOfEndpoint(endpoint).toLowerCase()));
}
