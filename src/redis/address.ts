import type { Secret } from "../secret.js";

/** Where one server listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** TLS as it was asked for: files in PEM, by their paths; null for what the system trusts, and for no certificate. */
export interface Tls {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  /** Whether to accept any certificate: only on demand. */
  readonly insecure: boolean;
}

/** How to reach Redis: one server, or the nodes of a cluster, or the Sentinels that know where the master is. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** Further hosts of the list, to be asked where the first does not answer. */
  readonly others: readonly Endpoint[];
  /** A unix socket, in place of hosts and ports. */
  readonly path: string | null;
  readonly tls: Tls | null;
  readonly username: string | null;
  readonly password: Secret | null;
  readonly database: number;
  /** Whether it must be a cluster; otherwise that is detected. */
  readonly cluster: boolean;
  /** The master's name, where the hosts are Sentinels. */
  readonly sentinel: string | null;
  /** For everything up to the first answer: name lookup, TCP, TLS, AUTH. */
  readonly connectionTimeoutMs: number;
  /** How long a connection may be silent while an answer is due, before it is taken for lost. */
  readonly commandTimeoutMs: number;
  /** How long to try again after a connection was lost, or while Redis does not accept writes for now. */
  readonly retryForMs: number;
}

/** Host and port as sentences name them: `localhost:6379`, `[::1]:6379`. */
export function nameOfEndpoint({ host, port }: Endpoint): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** All hosts of the list, the first one first. None for a unix socket. */
export function endpointsOf({ host, port, others, path }: Address): Endpoint[] {
  return path === null ? [{ host, port }, ...others] : [];
}

/** What the address names, for sentences: `localhost:6379`, `a:7000,b:7001`, `/run/redis.sock`. */
export function at(address: Address): string {
  return address.path ?? endpointsOf(address).map(nameOfEndpoint).join(",");
}

/** The address as a URL, without user or password. */
export function urlOf(address: Address): string {
  if (address.path !== null) {
    const path = address.path.replace(/[%?#\s]/g, encodeURIComponent);
    return `unix://${path}${address.database === 0 ? "" : `?db=${address.database}`}`;
  }
  return `${address.tls === null ? "redis" : "rediss"}://${at(address)}/${address.database}`;
}
