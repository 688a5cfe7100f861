import type { Connections } from "./connections.js";
import { allOf, type Failed, orFailed } from "./failed-one-of-many.js";
import { getValues } from "./get-values.js";
import { getOrWrongType, wrongType } from "./read-record.js";
import { type Attempt, Unanswered, unsent } from "./send-command.js";

/** What a key holds, whenever it expires. */
export type HeldValue =
  | { readonly state: "absent" }
  | { readonly state: "string"; readonly value: Buffer }
  | { readonly state: "other"; readonly type: string };

/**
 * Reads the values of keys whose bytes need not be UTF-8.
 * @param readOne what is done for each that was not answered among the others
 */
export async function readManyValues(
  connections: Connections,
  keys: readonly Buffer[],
  readOne: (key: Buffer, unanswered: Unanswered) => Promise<HeldValue>,
): Promise<readonly (HeldValue | Failed)[]> {
  const replies = await getValues(connections, keys);
  return allOf(
    replies.map((reply, at): HeldValue | Promise<HeldValue | Failed> => {
      if (reply instanceof Buffer) return { state: "string", value: reply };
      // It is of another type, is gone, or was not answered.
      const unanswered = reply instanceof Unanswered ? reply : unsent;
      return orFailed(() => readOne(keys[at] as Buffer, unanswered));
    }),
  );
}

export function readValue(
  connections: Connections,
  key: Buffer,
  unanswered?: Unanswered,
): Promise<HeldValue> {
  const attempt: Attempt<HeldValue> = async (sender) => {
    const value = await getOrWrongType(sender, ["GET", key]);
    if (value === wrongType) return { state: "other", type: String(await sender.send(["TYPE", key])) };
    return value instanceof Buffer ? { state: "string", value } : { state: "absent" };
  };
  // In a cluster, a key that is not UTF-8 is sent on to the node that holds it.
  return connections.run(String(key), attempt, 0, unanswered);
}

/** The lengths of strings under keys, in bytes, sent in one go; null where that is not known, or there is no string. */
export async function lengthsOf(
  connections: Connections,
  keys: readonly Buffer[],
): Promise<readonly (number | null)[]> {
  const replies = await connections.sendAll(
    keys.map((key) => ({ key: String(key), parameters: ["STRLEN", key] })),
  );
  return replies.map((reply) => (typeof reply === "number" ? reply : null));
}
