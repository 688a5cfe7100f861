import type { Topology } from "../model.js";
import type { Address } from "../target/address.js";
import { urlOf } from "../target/address.js";

/** The library's own defaults, which need no line. */
const defaults = { database: 0, keyPrefix: "chatgpt:" };

/** What to write in the app so that it reads from where the records now are. Never with the password itself. */
export function appLines(address: Address, prefix: string, topology: Topology | null = null): string[] {
  // The library makes a plain client, which knows neither; it would be sent away by a cluster's other nodes.
  if (topology === "cluster") return ["the library speaks to one server: put a cluster proxy before it"];
  if (topology === "sentinel")
    return [
      "the library speaks to one server: give it the host and port by which you reach the present master",
    ];
  const { host, port, path, tls, username, password, database } = address;
  const quoted = JSON.stringify;
  // The library hands its options to node-redis, whose URLs know no unix sockets.
  if (path !== null) return ["the library needs a host and port: give it those of this same server"];
  const rest = prefix === defaults.keyPrefix ? [] : [`keyPrefix: ${quoted(prefix)}`];
  // It has no option for a user: that goes into the `url`, which is then a secret itself.
  if (username !== null) {
    const shape = urlOf(address).replace("://", "://<user>:<password>@");
    return [`// REDIS_URL: ${shape}`, line(["url: process.env.REDIS_URL", ...rest])];
  }
  const where =
    tls !== null ? [`url: ${quoted(urlOf(address))}`] : [`host: ${quoted(host)}`, `port: ${port}`];
  if (tls === null && database !== defaults.database) where.push(`database: ${database}`);
  if (password !== null) where.push("password: process.env.REDIS_PASSWORD");
  return [line([...where, ...rest])];
}

function line(settings: readonly string[]): string {
  return `new ChatGPT(key, { useRedis: true, redis: { ${settings.join(", ")} } })`;
}
