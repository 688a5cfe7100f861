import type { Warning } from "../types/run-result.js";
import type { Flags, UncheckedFlags } from "./flag-schema.js";

/** A command line can be read by every user of the machine while it runs, and stays in the shell's history. */
export function passwordWarnings({ password, url }: UncheckedFlags): Warning[] {
  const shown = password !== undefined || (url !== undefined && /^\w+:\/\/[^/]*:[^/]+@/.test(url));
  const message =
    "the password stands on the command line, where others can read it: better give it as REDIS_PASSWORD or REDIS_URL";
  return shown ? [{ code: "password-shown", message }] : [];
}

/** The library lists with KEYS, and does not escape its prefix. */
export function prefixWarnings({ keyPrefix }: Flags): Warning[] {
  const shown = JSON.stringify(keyPrefix);
  if (/[[\]\\]/.test(keyPrefix)) {
    const message = `the library cannot list its keys under the prefix ${shown}, for [, ] and \\ have a meaning of their own there: it finds no API keys, and cannot answer. Choose another --key-prefix`;
    return [{ code: "prefix-unlistable", message }];
  }
  if (!/[*?]/.test(keyPrefix)) return [];
  const message = `where the library lists its keys, * and ? in the prefix ${shown} stand for any text: it may find keys of others. Choose another --key-prefix`;
  return [{ code: "prefix-pattern", message }];
}
