import { ErrorReply } from "@redis/client";
import type { Server } from "./address.js";
import { type Client, connect } from "./connect.js";
import type { Login } from "./login.js";
import { doNotTouch } from "./no-touch.js";

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
  server: Server,
  login: Login,
  limitMs?: number,
): Promise<{ client: Client; info: Info | null }> {
  let info: Info | null = null;
  const client = await connect(server, login, limitMs, async (connected) => {
    info = await readInfo(() => connected.sendCommand(["INFO"]));
    await doNotTouch(login, info, (command) => connected.sendCommand(command));
  });
  return { client, info };
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
