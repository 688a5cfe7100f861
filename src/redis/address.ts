import type { Address, Endpoint } from "../options.js";

/** One server: by host and port, or by the path of its unix socket. */
export type Server = Endpoint | { readonly path: string };

export function nameOfServer(server: Server): string {
  return "path" in server ? server.path : nameOfEndpoint(server);
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
