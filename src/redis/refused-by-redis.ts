import { ErrorReply } from "@redis/client";
import type { Address } from "../options.js";
import type { Secret } from "../secret.js";
import { isProtocolError } from "./classify-error.js";
import { ConnectionClosedByCommand } from "./connection-closed-by-command.js";
import { redactedWords } from "./redact-error-reply.js";

/**
 * Redis answered one command with an error, or closes the connection each time it is sent; `message` holds its words,
 * without keys or arguments.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";

  /** Whether it is the size of one value that Redis refuses. */
  get ofOneValue(): boolean {
    return this.cause instanceof ConnectionClosedByCommand;
  }
}

/** Whether Redis refuses one value alone, which says nothing of the others. */
export function isOfOneValue(error: unknown): boolean {
  return error instanceof Refusal && error.ofOneValue;
}

/** Does something that Redis may refuse. @throws Refusal, with words that are fit to print */
export type WithRefusals = <T>(
  action: () => Promise<T>,
  redisKey?: Secret,
  sent?: string | Buffer,
) => Promise<T>;

/** @param address whose user and password are kept out of the words */
export function refusalsOf(address: Address): WithRefusals {
  return async (action, redisKey, sent = "") => {
    try {
      return await action();
    } catch (error) {
      if (error instanceof ConnectionClosedByCommand)
        throw new Refusal(wordsOfClosing(error, sent.length), { cause: error });
      if (!(error instanceof ErrorReply)) throw error;
      // A proxy may quote the key, or the id alone, which is what stands behind one of the key's colons.
      const parts = (redisKey?.reveal() ?? "").split(":");
      const tails = parts.map((_, at) => parts.slice(at).join(":"));
      const words = redactedWords(error, address, [...tails, sent.toString()]);
      const why = isProtocolError(error) ? ` (${sizeOf(sent.length)} were sent: see proto-max-bulk-len)` : "";
      throw new Refusal(`${words}${why}`, { cause: error });
    }
  };
}

/** @param sent bytes of the value that was sent; 0 where one was read */
function wordsOfClosing({ held }: ConnectionClosedByCommand, sent: number): string {
  const who = "Redis, or a proxy before it, closes the connection each time";
  if (sent > 0) {
    return `${who} this value of ${sizeOf(sent)} is sent: see client-query-buffer-limit and proto-max-bulk-len`;
  }
  const value = held === null ? "value" : `value of ${sizeOf(held)}`;
  return `${who} the ${value} under its key is read: see client-output-buffer-limit`;
}

function sizeOf(bytes: number): string {
  return bytes < 1e5 ? `${bytes} bytes` : `${(bytes / 1e6).toFixed(1)} MB`;
}
