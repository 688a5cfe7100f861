import type { ErrorReply } from "@redis/client";
import { redact } from "../secret.js";
import type { Login } from "./login.js";

/** Redis' sentences in protected mode are many, and the first two say it. In characters. */
const longestWords = 250;

/**
 * A server's own words, as they may be shown: it may quote whatever it was sent.
 * @param sent what was sent beside the login, and may be secret
 */
export function redactedWords(
  { message }: ErrorReply,
  { username, password }: Pick<Login, "username" | "password">,
  sent: readonly string[] = [],
): string {
  // Less than that cannot be distinguished from any other word.
  const telling = [username ?? "", ...sent].filter((secret) => secret.length > 3);
  const words = redact(message, [password?.reveal() ?? "", ...telling]);
  if (words.length <= longestWords) return words;
  const part = words.slice(0, longestWords);
  const end = part.lastIndexOf(". ");
  return end < 0 ? `${part}…` : part.slice(0, end);
}
