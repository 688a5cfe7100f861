import type { UncheckedFlags } from "./flag-schema.js";
import { partsOf, type UrlParts } from "./redis-url.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What `--url` or REDIS_URL says of where Redis is; REDIS_URL does not count where a flag names host or port. */
export function readUrl({ url, host, port }: UncheckedFlags, env: Environment, problems: string[]): UrlParts {
  const elsewhere = host !== undefined || port !== undefined;
  if (url !== undefined && elsewhere)
    problems.push("--url names the server already: leave out --host and --port");
  if (url !== undefined) return partsOf(url, "--url", problems);
  if (env.REDIS_URL === undefined || elsewhere) return {};
  if (env.REDIS_URL.trim() === "") {
    problems.push("REDIS_URL is set but empty: set it to redis://host:port/database, or unset it");
    return {};
  }
  return partsOf(env.REDIS_URL, "REDIS_URL", problems);
}
