import { isIPv6 } from "node:net";
import type { Endpoint } from "../options.js";
import { otherSpelling } from "./other-clients-spelling.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A name or address, with or without the brackets of IPv6. What could be a URL or a login is none, and is never shown. */
export function isHostName(text: string): boolean {
  return /^[^\s@:/?#=,;&|<>"'\\[\]{}]+$/.test(text) || isIPv6(text.replace(/^\[(.*)\]$/, "$1"));
}

/** What is wrong with a text that should be a host; it may hold a password, and is not quoted. */
export function hostProblem(text: string): string {
  return /^[^\s@:/]+:\d{1,5}$/.test(text)
    ? "expected a host name or address alone: the port stands in --port"
    : "expected a host name or address; a URL, or a login, stands in --url or REDIS_URL";
}

/** The flags that say where Redis is, not yet checked. */
export type Location = Partial<Record<"url" | "host" | "port", string>>;

/** What the URL says that counts: none does where a flag names host or port. */
export function readLocation({ url, host, port }: Location, env: Environment, problems: string[]): UrlParts {
  const elsewhere = host !== undefined || port !== undefined;
  if (url !== undefined && elsewhere) {
    problems.push("--url names the server already: leave out --host and --port");
  }
  if (url !== undefined) return partsOf(url, "--url", problems);
  if (env.REDIS_URL === undefined || elsewhere) return {};
  if (env.REDIS_URL.trim() === "") {
    problems.push("REDIS_URL is set but empty: set it to redis://host:port/database, or unset it");
    return {};
  }
  return partsOf(env.REDIS_URL, "REDIS_URL", problems);
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

/** What stands before the last `@` and is no login: it holds a host, and the login of a later one. */
const laterLogin = /@.*,|^[^:]*,|^[^:]+:\d{1,5},|,.*:|^\[.*,/s;

/** An entry of a list of hosts: host and port, and perhaps the database. */
const listed = /^([^/]+)(?:\/(\d*))?$/;

/**
 * Takes a list of hosts apart, `redis://user:password@a:1,b:2/0` or `redis://a:1,redis://b:2`, into a URL with the first
 * one and URLs of the others; null where it is no such list, and what is wrong where it is none that can be meant.
 */
function splitHosts(text: string): readonly [string, ...string[]] | string | null {
  const [, scheme = "", rest = ""] = /^(rediss?:\/\/)(.*)$/is.exec(text) ?? [];
  const schemes = rest.match(/(?<=,)rediss?:\/\//gi) ?? [];
  const [, login = "", list = ""] = /^(.*@)?(.*)$/s.exec(rest.replace(/,rediss?:\/\//gi, ",")) ?? [];
  if (laterLogin.test(login.slice(0, -1)))
    return "a login stands before a later host: write one for all, before the first host, and a comma in it as %2C";
  if (!list.includes(",")) return null;
  if (schemes.some((other) => other.toLowerCase() !== scheme.toLowerCase()))
    return "its hosts differ in encryption: write redis:// for all, or rediss://";
  const entries = list.split(",").map((entry) => listed.exec(entry));
  const databases = new Set(entries.map((entry) => entry?.[2] ?? "").filter((database) => database !== ""));
  if (entries.includes(null) || databases.size > 1)
    return "its list of hosts is not understood; expected redis://a:6379,b:6379/0";
  const [first = "", ...others] = entries.map((entry) => entry?.[1] ?? "");
  return [`${scheme}${login}${first}/${[...databases].join("")}`, ...others.map((host) => scheme + host)];
}

/** Reads `redis://`, `rediss://` and `unix:` URLs. A URL may hold a password, so none is ever quoted. */
export function partsOf(text: string, origin: string, problems: string[]): UrlParts {
  const spelling = otherSpelling(text);
  if (spelling !== null) {
    problems.push(`${origin}: ${spelling}`);
    return {};
  }
  const split = splitHosts(text) ?? [text];
  if (typeof split === "string") {
    problems.push(`${origin}: ${split}`);
    return {};
  }
  const [first, ...others] = split;
  const parts = partsOfOne(first, origin, problems);
  for (const other of others) {
    // Of a URL the first problem is told alone.
    const { hosts } = parts.hosts === undefined ? {} : partsOfOne(other, origin, problems);
    if (hosts === undefined) return {};
    parts.hosts = [...(parts.hosts ?? []), ...hosts];
  }
  return parts;
}

/** What to do where a character of a password ends the part of the URL that it stands in. */
const encoding =
  "not understood; user and password must be percent-encoded: write @ as %40, / as %2F, # as %23, ? as %3F; parameters behind ? are not known";

function partsOfOne(text: string, origin: string, problems: string[]): UrlParts {
  const malformed = (what: string): UrlParts => {
    problems.push(`${origin}: ${what}`);
    return {};
  };
  if (!URL.canParse(text) || /^rediss?:(?!\/\/)/i.test(text)) {
    return malformed(
      /^rediss?:\/\/.*@/is.test(text) ? encoding : "not a URL; expected redis://host:port/database",
    );
  }
  const url = new URL(text);
  // Mistyped credentials end up in strange places of a URL, and must not be taken for anything that is shown.
  if (
    url.hash !== "" ||
    (url.protocol !== "unix:" && (url.search !== "" || url.pathname.includes("@"))) ||
    /@.*@|%40/i.test(url.host + url.pathname)
  ) {
    return malformed(encoding);
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
      if (host !== "" && !isHostName(host)) return malformed("its host is no host name or address");
      if (url.port === "0") return malformed("its port must be a whole number from 1 to 65535");
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
