import { isCode } from "../errors.js";
import type { Server } from "./address.js";
import type { Connections } from "./connections.js";
import type { WithRefusals } from "./refused-by-redis.js";

/**
 * Keys of all masters that match a glob pattern, as bytes, in batches; where a master was lost meanwhile, or they changed,
 * once more from the start.
 */
export async function* scanKeys(
  connections: Connections,
  pattern: string,
  withRefusals: WithRefusals,
): AsyncGenerator<readonly Buffer[]> {
  const { masters } = connections;
  let isSteady: () => boolean;
  do {
    const { all } = masters;
    const { count } = masters.losses;
    isSteady = () => masters.losses.count === count && masters.all.length === all.length;
    for (const master of all) {
      const pages = scanOneMaster(connections, master, pattern);
      while (isSteady()) {
        const page = await withRefusals(() => pages.next()).catch((error: unknown) => {
          // The master is one no more.
          if (!isSteady() && isCode(error, "redis-unstable")) return null;
          throw error;
        });
        if (page === null || page.done) break;
        yield page.value;
      }
    }
  } while (!isSteady());
}

/** Keys of one master that match a glob pattern, in batches. @throws as `Connections.runOn` does */
export async function* scanOneMaster(
  connections: Connections,
  master: Server,
  pattern: string,
): AsyncGenerator<readonly Buffer[]> {
  let cursor = "0";
  do {
    const reply = await connections.runOn(master, (sender) =>
      sender.sendForBytes(["SCAN", cursor, "MATCH", pattern, "COUNT", "1000"]),
    );
    const [next, found] = reply as [unknown, Buffer[]];
    cursor = String(next);
    yield found;
  } while (cursor !== "0");
}
