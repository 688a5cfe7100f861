import { ErrorReply } from "@redis/client";
import type { Login } from "./login.js";
import type { Info } from "./server-info.js";

/**
 * Where a run only reads, keeps that from counting as use, by which Redis chooses what to evict. Redis knows how from 7.2 on,
 * and so does Valkey; a user who may not say so reads all the same.
 */
export async function doNotTouch(
  { readsOnly }: Login,
  info: Info | null,
  send: (command: readonly string[]) => Promise<unknown>,
): Promise<void> {
  const [major = 0, minor = 0] = (info?.get("redis_version") ?? "").split(".").map(Number);
  if (!readsOnly || major < 7 || (major === 7 && minor < 2)) return;
  try {
    await send(["CLIENT", "NO-TOUCH", "ON"]);
  } catch (error) {
    if (!(error instanceof ErrorReply)) throw error;
  }
}
