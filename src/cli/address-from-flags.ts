import type { Address, Tls } from "../options.js";
import { Secret } from "../secret.js";
import type { Environment, UrlParts } from "./redis-url.js";

/** What flags say of how Redis is reached, checked. */
export interface Connection {
  readonly url?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly database?: number | undefined;
  readonly tls: boolean;
  readonly tlsCa?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsInsecure: boolean;
  readonly cluster: boolean;
  readonly sentinel?: string | undefined;
  readonly connectionTimeout: number;
  readonly commandTimeout: number;
  readonly retryFor: number;
}

type Raw = Readonly<Partial<Record<keyof Connection, unknown>>>;

/** Where Sentinels listen by default (https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel). */
const sentinelPort = 26_379;

/** The address by flags, and by the parts of a URL where flags say nothing. */
export function addressOf(given: Connection, parts: UrlParts, env: Environment): Address {
  const password = given.password ?? parts.password ?? (env.REDIS_PASSWORD || env.REDISCLI_AUTH || undefined);
  const defaultPort = given.sentinel === undefined ? 6379 : sentinelPort;
  const [first, ...others] = parts.hosts ?? [];
  return {
    host: (given.host ?? first?.host ?? "localhost").replace(/^\[(.*)\]$/, "$1"),
    port: given.port ?? first?.port ?? defaultPort,
    others: others.map(({ host = "localhost", port = defaultPort }) => ({ host, port })),
    path: parts.path ?? null,
    tls: parts.tls || asksForTls(given) ? tlsOf(given) : null,
    username: given.username ?? parts.username ?? null,
    password: password === undefined ? null : new Secret(password),
    database: given.database ?? parts.database ?? 0,
    cluster: given.cluster,
    sentinel: given.sentinel ?? null,
    connectionTimeoutMs: given.connectionTimeout,
    commandTimeoutMs: given.commandTimeout,
    retryForMs: given.retryFor,
  };
}

function tlsOf({ tlsCa, tlsCert, tlsKey, tlsInsecure }: Connection): Tls {
  return { ca: tlsCa ?? null, cert: tlsCert ?? null, key: tlsKey ?? null, insecure: tlsInsecure };
}

/** What is wrong with the flags, wherever Redis is. The flags need not be checked yet. */
export function topologyProblems({ cluster, sentinel, database, tlsCert, tlsKey }: Raw): string[] {
  const problems: string[] = [];
  if (cluster && sentinel !== undefined)
    problems.push("--cluster and --sentinel exclude each other: choose one");
  if (cluster && database !== undefined && Number(database) !== 0)
    problems.push("--database: a cluster has database 0 alone");
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    problems.push("--tls-cert and --tls-key go together: give both");
  return problems;
}

/** What makes no sense together with what a URL says. The flags need not be checked yet. */
export function placeProblems(raw: Raw, parts: UrlParts): string[] {
  return parts.path === undefined ? databaseProblems(raw, parts) : socketProblems(raw);
}

/** A database that the URL names, and no flag sets aside, where there is but one. */
function databaseProblems({ cluster, url, database }: Raw, parts: UrlParts): string[] {
  if (!cluster || database !== undefined || !parts.database) return [];
  return [`${url === undefined ? "REDIS_URL" : "--url"}: a cluster has database 0 alone`];
}

/** What makes no sense where Redis is reached by a unix socket. */
export function socketProblems(raw: Raw): string[] {
  const { sentinel, cluster } = raw;
  const problems: string[] = [];
  if (asksForTls(raw)) problems.push("--tls: a unix socket speaks no TLS");
  if (sentinel !== undefined)
    problems.push("--sentinel: a Sentinel has no unix socket: name its host and port");
  if (cluster)
    problems.push("--cluster: a cluster's nodes are reached by host and port, not by a unix socket");
  return problems;
}

/** Each TLS flag implies `--tls`: nobody names a CA for a plain connection. */
function asksForTls({ tls, tlsCa, tlsCert, tlsKey, tlsInsecure }: Raw): boolean {
  return Boolean(tls || tlsInsecure) || [tlsCa, tlsCert, tlsKey].some((file) => file !== undefined);
}
