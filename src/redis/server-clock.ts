import { isCode } from "../errors.js";
import type { Secret } from "../secret.js";
import { isRefusal } from "./classify-error.js";
import type { Connections } from "./connections.js";
import type { Attempt } from "./send-command.js";

/**
 * The clock of the server that holds a key, in ms since 1970; this machine's where that does not say. Each server is
 * asked once: from then on its time is that of this machine's monotonic clock, which nobody sets.
 */
export function serverClock(connections: Connections): (redisKey: Secret) => Promise<number> {
  const startOf = new Map<string, Promise<number>>();
  return async (redisKey) => {
    const key = redisKey.reveal();
    const server = connections.masters.nameOfOwner(key);
    let start = startOf.get(server);
    if (start === undefined) {
      start = askForStart((question) => connections.run(key, question));
      startOf.set(server, start);
      // One that failed is no answer for those who ask later.
      start.catch(() => startOf.delete(server));
    }
    return Math.round((await start) + performance.now());
  };
}

/** How often all are asked at most, where a failover each time leaves one of them a master no more. */
const mostTries = 3;

/** The time now by that of all masters' clocks that is behind the others, in ms since 1970. */
export async function earliestTime(connections: Connections, tries = 1): Promise<number> {
  const starts = connections.masters.all.map((master) =>
    askForStart((question) => connections.runOn(master, question)),
  );
  try {
    return Math.round(Math.min(...(await Promise.all(starts))) + performance.now());
  } catch (error) {
    if (tries < mostTries && isCode(error, "redis-unstable")) return earliestTime(connections, tries + 1);
    throw error;
  }
}

/** What a server's clock said when this machine's monotonic one began. @param ask sends it a question */
async function askForStart(ask: (question: Attempt<number>) => Promise<number>): Promise<number> {
  try {
    // Within one try: waiting for Redis to come back is no part of its answer.
    return await ask(async (sender) => {
      const sent = performance.now();
      const reply = await sender.send(["TIME"]);
      const [seconds = 0, microseconds = 0] = (reply as readonly unknown[]).map(Number);
      return seconds * 1000 + microseconds / 1000 - (sent + performance.now()) / 2;
    });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return Date.now() - performance.now();
  }
}
