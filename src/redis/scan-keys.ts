import { isCode } from "../errors.js";
import type { Where } from "./connect.js";
import type { Connections } from "./connections.js";

/**
 * Keys of all masters that match a glob pattern, in batches; where a master was lost meanwhile, or they changed, once more
 * from the start.
 * @param told turns error replies into words that are fit to print
 */
export async function* scanKeys(
  connections: Connections,
  pattern: string,
  told: <T>(ask: () => Promise<T>) => Promise<T>,
): AsyncGenerator<string[]> {
  const { masters } = connections;
  let steady: () => boolean;
  do {
    const { possibleLosses, all } = masters;
    steady = () => masters.possibleLosses === possibleLosses && masters.all.length === all.length;
    for (const master of all) {
      const pages = scanOneMaster(connections, master, pattern);
      while (steady()) {
        const page = await told(() => pages.next()).catch((error: unknown) => {
          // The master is one no more.
          if (!steady() && isCode(error, "redis-unstable")) return null;
          throw error;
        });
        if (page === null || page.done) break;
        yield page.value;
      }
    }
  } while (!steady());
}

/** Keys of one master that match a glob pattern, in batches. @throws as `Connections.runOn` does */
export async function* scanOneMaster(
  connections: Connections,
  master: Where,
  pattern: string,
): AsyncGenerator<string[]> {
  let cursor = "0";
  do {
    const reply = await connections.runOn(master, (sender) =>
      sender.send(["SCAN", cursor, "MATCH", pattern, "COUNT", "1000"]),
    );
    const [next, found] = reply as [unknown, string[]];
    cursor = String(next);
    yield found;
  } while (cursor !== "0");
}
