import { setTimeout as sleep } from "node:timers/promises";
import { ErrorReply } from "@redis/client";
import { orInterruption } from "./end-on-interruption.js";
import type { Login } from "./login.js";
import type { Sender } from "./send-command.js";
import { type Info, readInfo } from "./server-info.js";

/** Long enough for a replica that follows, short beside waiting for one that does not. In ms. */
const longestWaitMs = 5_000;

/** Between two times that a master is asked what its replicas have. In ms. */
const pauseMs = 50;

/**
 * Waits until the replicas of a master have all that was written to it so far, over whichever connection.
 * @param at the master, for the sentence
 * @returns a sentence where they do not in time; null where they have it, or there are none, or INFO may not be asked
 * @throws Interruption once the signal of `login` aborts
 */
export function waitForReplicas(sender: Sender, at: string, login: Login): Promise<string | null> {
  // Half of it, for no sign of life comes from a connection that waits.
  const limitMs = Math.min(longestWaitMs, Math.floor(login.commandTimeoutMs / 2));
  return orInterruption(unacknowledged(sender, at, limitMs), login.signal);
}

async function unacknowledged(sender: Sender, at: string, limitMs: number): Promise<string | null> {
  const ask = () => readInfo(() => sender.send(["INFO", "replication"]));
  const info = await ask();
  const replicas = Number(info?.get("connected_slaves") ?? 0);
  if (!(replicas > 0)) return null;
  const offset = Number(info?.get("master_repl_offset"));
  const until = Date.now() + limitMs;
  for (;;) {
    await hurry(sender, replicas, until - Date.now());
    const behind = replicas - countUpTo(await ask(), offset);
    if (behind <= 0) return null;
    if (Date.now() >= until) {
      const who = replicas === 1 ? "its replica has" : `${behind} of its ${replicas} replicas have`;
      return `Redis at ${at}: ${who} not acknowledged the last write within ${limitMs / 1000} s: a failover now could lose what this run wrote`;
    }
    await sleep(pauseMs);
  }
}

/**
 * Replicas tell what they have once a second, and at once where somebody waits for it. What WAIT answers is of what was
 * written over this very connection, and so not of what was written before it was made again: INFO covers all.
 */
async function hurry(sender: Sender, replicas: number, ms: number): Promise<void> {
  try {
    // With 0 it would wait for ever.
    await sender.send(["WAIT", String(replicas), String(Math.max(1, ms))]);
  } catch (error) {
    // It may be forbidden, or the server is a replica by now.
    if (!(error instanceof ErrorReply)) throw error;
  }
}

/** How many replicas have what the master did up to an offset of its replication. */
function countUpTo(info: Info | null, offset: number): number {
  const lines = [...(info ?? [])].filter(([name]) => /^slave\d+$/.test(name)).map(([, line]) => line);
  return lines.filter((line) => Number(/\boffset=(\d+)/.exec(line)?.[1]) >= offset).length;
}
