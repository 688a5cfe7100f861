import type { Secret } from "../secret.js";

/** How to reach one Redis server. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** A unix socket, in place of host and port. */
  readonly path: string | null;
  readonly tls: boolean;
  readonly username: string | null;
  readonly password: Secret | null;
  readonly database: number;
  /** For everything up to the first answer: name lookup, TCP, TLS, AUTH. */
  readonly connectionTimeoutMs: number;
}

/** Host and port as sentences name them: `localhost:6379`, `[::1]:6379`, `/run/redis.sock`. */
export function at(address: Address): string {
  if (address.path !== null) return address.path;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

/** The address as a URL, without user or password. */
export function urlOf(address: Address): string {
  if (address.path !== null) {
    return `unix://${address.path}${address.database === 0 ? "" : `?db=${address.database}`}`;
  }
  return `${address.tls ? "rediss" : "redis"}://${at(address)}/${address.database}`;
}
