import { ErrorReply } from "@redis/client";
import { type Client, connect } from "./connect.js";

/** What INFO says of a server, a field a name (https://redis.io/docs/latest/commands/info). */
export type Info = ReadonlyMap<string, string>;

/**
 * What INFO says, by whatever sends it.
 * @returns null where this user may not call INFO; nothing may depend on it alone
 * @throws ErrorReply where the server is busy with a script, and will say it later
 */
export async function readInfo(send: () => Promise<unknown>): Promise<Info | null> {
  try {
    return parseInfo(String(await send()));
  } catch (error) {
    if (error instanceof ErrorReply && !error.message.startsWith("BUSY ")) return null;
    throw error;
  }
}

/** Connects, and asks who answers there. @throws as `connect` and `readInfo` do */
export async function connectAndReadInfo(
  ...[server, ...how]: Parameters<typeof connect>
): Promise<{ client: Client; info: Info | null }> {
  const client = await connect(server, ...how);
  try {
    return { client, info: await readInfo(() => client.sendCommand(["INFO"])) };
  } catch (error) {
    client.destroy();
    throw error;
  }
}

export function parseInfo(text: string): Info {
  const fields = [...text.matchAll(/^([^#\r\n:]+):([^\r\n]*)/gm)];
  return new Map(fields.map(([, name = "", value = ""]) => [name, value]));
}

/** Such as `redis 7.0.15`; null where the server does not say. */
export function serverOf(info: Info | null): string | null {
  const [valkey, redis] = [info?.get("valkey_version"), info?.get("redis_version")];
  if (valkey !== undefined) return `valkey ${valkey}`;
  return redis === undefined ? null : `redis ${redis}`;
}
