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
  // It has no options of its own for TLS and users: they go into its `url`.
  const where: string[] = [];
  if (username !== null) {
    const login = `${encodeURIComponent(username)}:\${process.env.REDIS_PASSWORD}@`;
    where.push(`url: \`${urlOf(address).replace("://", `://${login}`)}\``);
  } else if (tls) {
    where.push(`url: ${quoted(urlOf(address))}`);
  } else {
    where.push(`host: ${quoted(host)}`, `port: ${port}`);
    if (database !== defaults.database) where.push(`database: ${database}`);
  }
  if (password !== null && username === null) where.push("password: process.env.REDIS_PASSWORD");
  if (prefix !== defaults.keyPrefix) where.push(`keyPrefix: ${quoted(prefix)}`);
  return [`new ChatGPT(key, { useRedis: true, redis: { ${where.join(", ")} } })`];
}
