import type { Flags, UncheckedFlags } from "./flag-schema.js";
import type { UrlParts } from "./redis-url.js";

type AnyFlags = Flags | UncheckedFlags;

/** What is wrong with the flags, wherever Redis is. */
export function topologyProblems({ cluster, sentinel, database, tlsCert, tlsKey }: AnyFlags): string[] {
  const problems: string[] = [];
  if (cluster && sentinel !== undefined)
    problems.push("--cluster and --sentinel exclude each other: choose one");
  if (cluster && database !== undefined && Number(database) !== 0)
    problems.push("--database: a cluster has database 0 alone");
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    problems.push("--tls-cert and --tls-key go together: give both");
  return problems;
}

/** What is wrong with the flags together with what a URL says. */
export function urlProblems(raw: AnyFlags, parts: UrlParts): string[] {
  return parts.path === undefined ? databaseProblems(raw, parts) : socketProblems(raw);
}

/** A database that the URL names, and no flag overrides, where there is but one. */
function databaseProblems({ cluster, url, database }: AnyFlags, parts: UrlParts): string[] {
  if (!cluster || database !== undefined || !parts.database) return [];
  return [`${url === undefined ? "REDIS_URL" : "--url"}: a cluster has database 0 alone`];
}

/** What is wrong with the flags where Redis is reached by a unix socket. */
export function socketProblems(raw: AnyFlags): string[] {
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
export function asksForTls({ tls, tlsCa, tlsCert, tlsKey, tlsInsecure }: AnyFlags): boolean {
  return Boolean(tls || tlsInsecure) || [tlsCa, tlsCert, tlsKey].some((file) => file !== undefined);
}
