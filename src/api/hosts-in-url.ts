import { MalformedUrl } from "./malformed-url.js";

/** What stands before the last `@` and is no login: it holds a host, and the login of a later one. */
const laterLogin = /@.*,|^[^:]*,|^[^:]+:\d{1,5},|,.*:|^\[.*,/s;

/** An entry of a list of hosts: host and port, and perhaps the database. */
const listed = /^([^/]+)(?:\/(\d*))?$/;

/**
 * Takes a list of hosts, `redis://user:password@a:1,b:2/0` or `redis://a:1,redis://b:2`, apart into a URL for each; the
 * first alone has the login and the database. A URL with one host stays as it is.
 * @throws MalformedUrl where hosts differ in login, encryption or database, or one is no host
 */
export function splitHosts(text: string): readonly string[] {
  const [, scheme = "", rest = ""] = /^(rediss?:\/\/)(.*)$/is.exec(text) ?? [];
  const schemes = rest.match(/(?<=,)rediss?:\/\//gi) ?? [];
  const [, login = "", list = ""] = /^(.*@)?(.*)$/s.exec(rest.replace(/,rediss?:\/\//gi, ",")) ?? [];
  if (laterLogin.test(login.slice(0, -1)))
    throw new MalformedUrl(
      "a login stands before a later host: write one for all, before the first host, and a comma in it as %2C",
    );
  if (!list.includes(",")) return [text];
  if (schemes.some((other) => other.toLowerCase() !== scheme.toLowerCase()))
    throw new MalformedUrl("its hosts differ in encryption: write redis:// for all, or rediss://");
  const entries = list.split(",").map((entry) => listed.exec(entry));
  const databases = new Set(entries.map((entry) => entry?.[2] ?? "").filter((database) => database !== ""));
  if (entries.includes(null) || databases.size > 1)
    throw new MalformedUrl("its list of hosts is not understood; expected redis://a:6379,b:6379/0");
  const [first = "", ...others] = entries.map((entry) => entry?.[1] ?? "");
  return [`${scheme}${login}${first}/${[...databases].join("")}`, ...others.map((host) => scheme + host)];
}
