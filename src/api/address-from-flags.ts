import type { Address, Tls } from "../options.js";
import { Secret } from "../secret.js";
import { asksForTls } from "./address-problems.js";
import type { Flags } from "./flag-schema.js";
import { withoutBrackets } from "./host-name.js";
import type { UrlParts } from "./redis-url.js";
import type { Environment } from "./url-from-flags-or-env.js";

/** Where Sentinels listen by default (https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel). */
const sentinelPort = 26_379;

/** The address by flags, and by the parts of a URL where flags say nothing. */
export function addressOf(given: Flags, parts: UrlParts, env: Environment): Address {
  const password = given.password ?? parts.password ?? (env.REDIS_PASSWORD || env.REDISCLI_AUTH || undefined);
  const defaultPort = given.sentinel === undefined ? 6379 : sentinelPort;
  const [first, ...others] = parts.hosts ?? [];
  return {
    host: withoutBrackets(given.host ?? first?.host ?? "localhost"),
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

function tlsOf({ tlsCa, tlsCert, tlsKey, tlsInsecure }: Flags): Tls {
  return { ca: tlsCa ?? null, cert: tlsCert ?? null, key: tlsKey ?? null, insecure: tlsInsecure };
}
