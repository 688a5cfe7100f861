import type { Connections } from "./connections.js";
import { Unanswered } from "./send-command.js";

/** The values of keys as bytes, in one command where one server has them all. */
export async function getValues(
  connections: Connections,
  keys: readonly (string | Buffer)[],
): Promise<readonly unknown[]> {
  const [key] = keys;
  if (key === undefined) return [];
  if (connections.masters.topology !== "cluster") {
    const [values] = await connections.sendAll([{ key: String(key), parameters: ["MGET", ...keys] }]);
    if (Array.isArray(values)) return values;
    if (values instanceof Unanswered && values.lostWith !== null) return keys.map(() => values);
    // Some may not MGET.
  }
  return connections.sendAll(keys.map((one) => ({ key: String(one), parameters: ["GET", one] })));
}
