import { resolve } from "node:path";
import type { Address, Tls } from "../options.js";
import { urlOf } from "../redis/address.js";
import type { Topology } from "../types/redis-findings.js";
import { shellWord } from "./printable.js";

/** The library's own defaults, which need no line. */
const defaults = { database: 0, keyPrefix: "chatgpt:" };

/**
 * What to write in the app so that it reads from where the records now are, and as comments what its environment must
 * hold. Never with the user or the password itself. Where the library has no option for it, that is said.
 */
export function settingsForTheApp(
  address: Address,
  prefix: string,
  topology: Topology | null = null,
): string[] {
  const unsupported = unsupportedAddress(address, topology);
  if (unsupported !== null) return [unsupported];
  const { host, port, tls, username, password, database } = address;
  const keyPrefix = prefix === defaults.keyPrefix ? [] : [`keyPrefix: ${JSON.stringify(prefix)}`];
  if (tls === null && username === null) {
    const server = [`host: ${JSON.stringify(host)}`, `port: ${port}`];
    if (database !== defaults.database) server.push(`database: ${database}`);
    if (password !== null) server.push("password: process.env.REDIS_PASSWORD");
    return [line([...server, ...keyPrefix])];
  }
  if (username === null && password === null)
    return [...trustComments(tls), line([`url: ${JSON.stringify(urlOf(address))}`, ...keyPrefix])];
  // Beside a `url` the library ignores a password, and for a user it has no other option: the URL is a secret then.
  // node-redis does not log in without a password; a user who has none may give any.
  const login = `${username === null ? "" : "<user>"}:${password === null ? "any" : "<password>"}`;
  const url = urlOf(address).replace("://", `://${login}@`);
  return [
    `// with REDIS_URL=${url} in its environment, percent-encoded there`,
    ...trustComments(tls),
    line(["url: process.env.REDIS_URL", ...keyPrefix]),
  ];
}

/** What to do where the library has no option to reach an address; null where it has. */
function unsupportedAddress({ others, path, tls }: Address, topology: Topology | null): string | null {
  // The library makes a plain client, which knows neither; it would be sent away by a cluster's other nodes.
  if (topology === "cluster") return "the library speaks to one server: put a cluster proxy before it";
  if (topology === "sentinel")
    return "the library speaks to one server: give it the host and port by which you reach the present master";
  if (others.length > 0)
    return "the library speaks to one server: give it the host and port by which you reach this one";
  // The library hands its options to node-redis, whose URLs know no unix sockets.
  if (path !== null) return "the library needs a host and port: give it those of this same server";
  if (tls?.cert)
    return "the library has no option for a client certificate: put a TLS proxy before Redis, or ask for none";
  return null;
}

/** How Node comes to trust the server's certificate. */
function trustComments(tls: Tls | null): string[] {
  const comments: string[] = [];
  if (tls?.insecure)
    comments.push(
      "// it has no option to accept any certificate: name the one that signed the server's in NODE_EXTRA_CA_CERTS",
    );
  // Node reads it when it starts, wherever that is.
  if (tls?.ca)
    comments.push(
      `// with NODE_EXTRA_CA_CERTS=${shellWord(resolve(tls.ca))} in its environment, before it starts`,
    );
  return comments;
}

function line(settings: readonly string[]): string {
  return `new ChatGPT(key, { useRedis: true, redis: { ${settings.join(", ")} } })`;
}
