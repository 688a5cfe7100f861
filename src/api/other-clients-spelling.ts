/**
 * What other clients call an address, and how it is written here: for hints. Such a text may hold a password, so that it
 * is never quoted. Null where it is none that is known.
 */
export function otherSpelling(text: string): string | null {
  if (/^unix:/i.test(text)) return null;
  if (/^jdbc:/i.test(text)) return "a JDBC URL; write redis://host:port/database";
  if (/^redis[+-]sentinels?:/i.test(text))
    return "a URL of Sentinels; write redis://host:26379, and their master's name in --sentinel";
  // What stands before the last @ of a URL may be a password.
  const settings = /^rediss?:\/\//i.test(text) ? text.replace(/^.*@/s, "") : text;
  if (/(^|[,;])\s*\w+\s*=/.test(settings))
    return "a list of settings, as .NET has it; write redis://user:password@host:port/database, or rediss:// for TLS";
  if (/:\/\//.test(text) || /^rediss?:/i.test(text)) return null;
  if (text.includes("@")) return "a login without a scheme; write redis:// before it";
  return /^[\w.-]+:\d{1,5}(\/\d*)?$/.test(text) ? "it has no scheme; write redis:// before it" : null;
}
