import type { Address } from "../target/address.js";
import { urlOf } from "../target/address.js";

/** The library's own defaults, which need no line. */
const defaults = { database: 0, keyPrefix: "chatgpt:" };

/** What to write in the app so that it reads from where the records now are. Never with the password itself. */
export function appLines(address: Address, prefix: string): string[] {
  const { host, port, path, tls, username, password, database } = address;
  const quoted = JSON.stringify;
  // The library's options know no unix socket, TLS or user of their own: those go into its `url`.
  const byUrl = path !== null || tls || username !== null;
  const where = byUrl ? [`url: ${quoted(urlOf(address))}`] : [`host: ${quoted(host)}`, `port: ${port}`];
  if (!byUrl && database !== defaults.database) where.push(`database: ${database}`);
  if (password !== null) where.push("password: process.env.REDIS_PASSWORD");
  if (prefix !== defaults.keyPrefix) where.push(`keyPrefix: ${quoted(prefix)}`);
  return [`new ChatGPT(key, { useRedis: true, redis: { ${where.join(", ")} } })`];
}
