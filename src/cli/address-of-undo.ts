import { migrateError } from "../errors.js";
import type { Address, UndoPlace } from "../options.js";
import { endpointsOf, nameOfEndpoint, urlOf } from "../redis/address.js";
import type { JournalHeader, Warning } from "../types.js";
import { addressOf, type Connection, socketProblems } from "./address-from-flags.js";
import { type Environment, partsOf, type UrlParts } from "./redis-url.js";

/** What the command line says of an undo's place. */
interface Given {
  readonly connection: Connection;
  /** The prefix, where a flag names one. */
  readonly prefix: string | undefined;
  /** What REDIS_URL says, unless flags set it aside. */
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
  const { connection, prefix, fromEnvironment, env } = given;
  if (prefix !== undefined && prefix !== header.prefix) {
    const [before, now] = [header.prefix, prefix].map((one) => `the prefix ${JSON.stringify(one)}`);
    throw migrateError("journal-elsewhere", { path, before: before ?? "", now: now ?? "" });
  }
  const { url, host, port, database, sentinel, cluster } = connection;
  const server = [url, host, port].some((flag) => flag !== undefined);
  const flagged = server || cluster || [database, sentinel].some((flag) => flag !== undefined);
  if (server) {
    const address = addressOf(connection, fromEnvironment, env);
    return { address, prefix: header.prefix, flagged, warnings: [] };
  }
  const problems: string[] = [];
  const recorded = partsOf(header.url, "the journal", problems);
  if (problems.length > 0)
    throw migrateError("journal-unreadable", { path, reason: "it does not say where Redis is: give --url" });
  if (database !== undefined && database !== (recorded.database ?? 0)) {
    const [before, now] = [recorded.database ?? 0, database].map((number) => `database ${number}`);
    throw migrateError("journal-elsewhere", { path, before: before ?? "", now: now ?? "" });
  }
  if (recorded.path !== undefined) {
    const wrong = socketProblems(connection);
    if (wrong.length > 0) throw migrateError("usage", { problems: wrong });
  }
  const master = sentinel ?? header.master;
  const there: Connection = {
    ...connection,
    cluster: cluster || (header.topology === "cluster" && sentinel === undefined),
    ...(master === undefined || cluster ? {} : { sentinel: master }),
  };
  const bare = addressOf(there, withoutLogin(recorded), {});
  const named = Object.keys(fromEnvironment).length > 0 ? addressOf(there, fromEnvironment, {}) : null;
  const same = named !== null && isSameServer(named, bare);
  const { username, password } = fromEnvironment;
  const login = same
    ? { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) }
    : {};
  return {
    address: addressOf(there, { ...withoutLogin(recorded), ...login }, env),
    prefix: header.prefix,
    flagged,
    warnings: named === null || same ? [] : [setAside(named, bare)],
  };
}

function withoutLogin({ username: _user, password: _password, ...parts }: UrlParts): UrlParts {
  return parts;
}

function setAside(named: Address, recorded: Address): Warning {
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
