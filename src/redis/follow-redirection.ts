import type { Endpoint } from "../options.js";
import type { Server } from "./address.js";
import { longestPauseMs } from "./backoff.js";
import type { Redirection } from "./classify-error.js";
import type { Masters } from "./masters.js";

/** More redirections than this in a row are no resharding, but nodes that disagree. */
export const mostRedirections = 16;

/**
 * MOVED has the masters found again, ASK names a node to ask this once.
 * @param from the server that sent the redirection
 * @returns the node to ask this once; null where it is the owner of the slot
 */
export async function followRedirection(
  { kind, to }: Redirection,
  from: Server | null,
  masters: Masters,
): Promise<Endpoint | null> {
  if (kind === "moved") {
    await masters.find(longestPauseMs);
    return null;
  }
  const hostAsked = from !== null && "host" in from ? from.host : "";
  return { ...to, host: to.host || hostAsked };
}
