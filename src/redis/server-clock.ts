import type { Secret } from "../secret.js";
import { isRefusal } from "./classify-error.js";
import type { Connections } from "./connections.js";

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
      start = askForStart(connections, key);
      startOf.set(server, start);
      // One that failed is no answer for those who ask later.
      start.catch(() => startOf.delete(server));
    }
    return Math.round((await start) + performance.now());
  };
}

/** What the server's clock said when this machine's monotonic one began. */
async function askForStart(connections: Connections, key: string): Promise<number> {
  try {
    // Within one try: waiting for Redis to come back is no part of its answer.
    return await connections.run(key, async (sender) => {
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
