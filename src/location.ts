import type { Endpoint } from "./target/address.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A name or address, with or without the brackets of IPv6. What could be a URL or a login is none, and is never shown. */
export const hostName = /^(\[[\da-f:.%]+\]|[\da-f:.]*:[\da-f:.%]+|[^\s@:/?#]+)$/i;

/** The flags that say where Redis is, not yet checked. */
export type Location = Partial<Record<"url" | "host" | "port", string>>;

/** What the URL says that counts: none does where a flag names host or port. */
export function readLocation({ url, host, port }: Location, env: Environment, problems: string[]): UrlParts {
  const elsewhere = host !== undefined || port !== undefined;
  if (url !== undefined && elsewhere) {
    problems.push("--url names the server already: leave out --host and --port");
  }
  if (url !== undefined) return partsOf(url, "--url", problems);
  return env.REDIS_URL && !elsewhere ? partsOf(env.REDIS_URL, "REDIS_URL", problems) : {};
}

/** What a URL says of where Redis is. */
export interface UrlParts {
  hosts?: readonly Partial<Endpoint>[];
  path?: string;
  tls?: boolean;
  username?: string;
  password?: string;
  database?: number;
}

/**
 * Takes a list of hosts apart, `redis://user:password@a:1,b:2/0` or `redis://a:1,redis://b:2`, into a URL with the first
 * one and URLs of the others; null where it is no such list.
 */
function splitHosts(text: string): readonly [string, ...string[]] | null {
  const match = /^(rediss?:\/\/)([^/]*@)?([^/@?#]*,[^@?#]*?)(\/\w*)?$/i.exec(text);
  if (match === null) return null;
  const [, scheme = "", login = "", list = "", path = ""] = match;
  const [first = "", ...others] = list.split(",").map((host) => host.replace(/^rediss?:\/\/|\/\d*$/gi, ""));
  return [`${scheme}${login}${first}${path}`, ...others.map((host) => scheme + host)];
}

/** Reads `redis://`, `rediss://` and `unix:` URLs. A URL may hold a password, so none is ever quoted. */
function partsOf(text: string, origin: string, problems: string[]): UrlParts {
  const [first, ...others] = splitHosts(text) ?? [text];
  const before = problems.length;
  const parts = partsOfOne(first, origin, problems);
  for (const other of others) {
    const { hosts = [], ...more } = problems.length > before ? {} : partsOfOne(other, origin, problems);
    const bare = more.username === undefined && more.password === undefined && more.database === undefined;
    if (hosts.length === 0 || !bare) {
      if (problems.length === before)
        problems.push(`${origin}: its list of hosts is not understood; expected redis://a:6379,b:6379/0`);
      return {};
    }
    parts.hosts = [...(parts.hosts ?? []), ...hosts];
  }
  return parts;
}

function partsOfOne(text: string, origin: string, problems: string[]): UrlParts {
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
      const name = host.replace(/^\[(.*)\]$/, "$1");
      parts.hosts = [
        { ...(name === "" ? {} : { host: name }), ...(url.port === "" ? {} : { port: Number(url.port) }) },
      ];
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
