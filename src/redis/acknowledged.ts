import { ErrorReply } from "@redis/client";
import { infoBy } from "./info.js";
import type { Sender } from "./lifeline.js";

/** Long enough for a replica that follows, short beside waiting for one that does not. In ms. */
const longestWaitMs = 5_000;

/**
 * Waits until the replicas of a master have all that it was told so far, over whichever connection.
 * @param at the master, for the sentence
 * @param commandTimeoutMs how long a command may go unanswered
 * @returns a sentence where they do not, or where that cannot be known; null where they have it, or there are none
 */
export async function unacknowledgedBy(
  sender: Sender,
  at: string,
  commandTimeoutMs: number,
): Promise<string | null> {
  // WAIT waits for the replication offset that the master had after this connection's last command: this one.
  const info = await infoBy(() => sender.send(["INFO", "replication"]));
  const replicas = Number(info?.get("connected_slaves") ?? 0);
  if (!(replicas > 0)) return null;
  // Half of it, for no sign of life comes from a connection that waits; and 0 would be for ever.
  const ms = Math.max(1, Math.min(longestWaitMs, Math.floor(commandTimeoutMs / 2)));
  const some = replicas === 1 ? "its replica has" : `its ${replicas} replicas have`;
  try {
    const answered = Number(await sender.send(["WAIT", String(replicas), String(ms)]));
    if (answered >= replicas) return null;
    const who = answered === 0 ? "no replica has" : `only ${answered} of ${replicas} replicas have`;
    return `Redis at ${at}: ${who} acknowledged the last write within ${ms / 1000} s: a failover now could lose what this run wrote`;
  } catch (error) {
    if (!(error instanceof ErrorReply)) throw error;
    return `Redis at ${at} does not say whether ${some} the last write (WAIT is refused): a failover now could lose what this run wrote`;
  }
}
