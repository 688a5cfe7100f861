import type { Address } from "../target/address.js";
import { urlOf } from "../target/address.js";

/** The library's own defaults, which need no line. */
const defaults = { database: 0, keyPrefix: "chatgpt:" };

/** What to write in the app so that it reads from where the records now are. Never with the password itself. */
export function appLines(address: Address, prefix: string): string[] {
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
  const where = tls ? [`url: ${quoted(urlOf(address))}`] : [`host: ${quoted(host)}`, `port: ${port}`];
  if (!tls && database !== defaults.database) where.push(`database: ${database}`);
  if (password !== null) where.push("password: process.env.REDIS_PASSWORD");
  return [line([...where, ...rest])];
}

function line(settings: readonly string[]): string {
  return `new ChatGPT(key, { useRedis: true, redis: { ${settings.join(", ")} } })`;
}
