import type { Endpoint } from "../options.js";
import { isHostName, withoutBrackets } from "./host-name.js";
import { splitHosts } from "./hosts-in-url.js";
import { MalformedUrl } from "./malformed-url.js";
import { otherSpelling } from "./other-clients-spelling.js";

/** What a URL says of where Redis is. */
export interface UrlParts {
  readonly hosts?: readonly Partial<Endpoint>[];
  readonly path?: string;
  readonly tls?: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly database?: number;
}

/**
 * Reads `redis://`, `rediss://` and `unix:` URLs. A URL may hold a password, so none is ever quoted.
 * @param origin what the URL is called in a problem
 * @returns nothing where there is a problem, which is added to `problems`
 */
export function partsOf(text: string, origin: string, problems: string[]): UrlParts {
  try {
    const spelling = otherSpelling(text);
    if (spelling !== null) throw new MalformedUrl(spelling);
    const [first, ...others] = splitHosts(text).map(partsOfOne);
    if (others.length === 0) return first ?? {};
    return { ...first, hosts: [first ?? {}, ...others].flatMap(({ hosts = [] }) => hosts) };
  } catch (error) {
    if (!(error instanceof MalformedUrl)) throw error;
    problems.push(`${origin}: ${error.message}`);
    return {};
  }
}

/** What to do where a character of a password ends the part of the URL that it stands in. */
const encoding =
  "not understood; user and password must be percent-encoded: write @ as %40, / as %2F, # as %23, ? as %3F; parameters behind ? are not known";

/** Of a URL with one host at most. */
function partsOfOne(text: string): UrlParts {
  if (!URL.canParse(text) || /^rediss?:(?!\/\/)/i.test(text)) {
    const hasLogin = /^rediss?:\/\/.*@/is.test(text);
    throw new MalformedUrl(hasLogin ? encoding : "not a URL; expected redis://host:port/database");
  }
  const url = new URL(text);
  if (hasMisplacedLogin(url)) throw new MalformedUrl(encoding);
  const login = {
    ...(url.username === "" ? {} : { username: decoded(url.username) }),
    ...(url.password === "" ? {} : { password: decoded(url.password) }),
  };
  if (url.protocol === "unix:") return { ...login, ...socketOf(url) };
  if (url.protocol === "redis:" || url.protocol === "rediss:") return { ...login, ...serverOf(url) };
  throw new MalformedUrl("its scheme is not one of redis:, rediss:, unix:");
}

/** Mistyped credentials end up in strange places of a URL, and must not be taken for anything that is shown. */
function hasMisplacedLogin({ hash, protocol, search, host, pathname }: URL): boolean {
  if (hash !== "" || /@.*@|%40/i.test(host + pathname)) return true;
  return protocol !== "unix:" && (search !== "" || pathname.includes("@"));
}

function socketOf({ pathname, host, searchParams }: URL): UrlParts {
  if (!pathname.startsWith("/") || host !== "" || pathname.includes("@"))
    throw new MalformedUrl("expected unix:/path/to/socket");
  return { path: decoded(pathname), ...databaseOf(searchParams.get("db") ?? "") };
}

function serverOf({ protocol, hostname, port, pathname }: URL): UrlParts {
  const host = decoded(hostname);
  if (host !== "" && !isHostName(host)) throw new MalformedUrl("its host is no host name or address");
  if (port === "0") throw new MalformedUrl("its port must be a whole number from 1 to 65535");
  const endpoint = {
    // An IPv6 address stands in brackets in a URL, and without in a socket's options.
    ...(host === "" ? {} : { host: withoutBrackets(host) }),
    ...(port === "" ? {} : { port: Number(port) }),
  };
  return { tls: protocol === "rediss:", hosts: [endpoint], ...databaseOf(pathname.replace(/^\//, "")) };
}

function databaseOf(text: string): UrlParts {
  if (text === "") return {};
  if (!/^\d{1,9}$/.test(text)) throw new MalformedUrl("its path must be a database number");
  return { database: Number(text) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new MalformedUrl("a part of it is not percent-encoded: write % as %25");
  }
}
