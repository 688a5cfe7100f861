import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { text } from "node:stream/consumers";
import { RESP_TYPES } from "redis";
import { provisionRedisCli } from "./provision.js";
import type { Client } from "./redis.js";

/** What redis-cli said on either stream, and its exit code. */
export interface Piped {
  readonly said: string;
  readonly code: number | null;
}

/** Found once in each process. */
let redisCli: string | undefined;

export function pathOfRedisCli(): string {
  redisCli ??= provisionRedisCli(() => {});
  return redisCli;
}

/** Carries out the commands of a file with `redis-cli --pipe`. */
export async function pipeFile(path: string, port: number, flags: readonly string[] = []): Promise<Piped> {
  const child = spawn(pathOfRedisCli(), ["-p", String(port), ...flags, "--pipe"], {
    stdio: [openSync(path, "r"), "pipe", "pipe"],
  });
  const closed = once(child, "close");
  const [out, err] = await Promise.all([child.stdout, child.stderr].map((stream) => stream && text(stream)));
  const [code] = await closed;
  return { said: `${out}${err}`, code: code as number | null };
}

/** All that a database holds: bytes as they are, and whether they expire within so many seconds from now. */
export async function contentsOf(client: Client, ttl: number): Promise<Record<string, string>> {
  const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  const contents: Record<string, string> = {};
  for (const key of await bytes.keys("*")) {
    const [value, left] = [await bytes.get(key), await client.pTTL(key)];
    const isRight = left > (ttl - 120) * 1000 && left <= ttl * 1000;
    contents[key.toString("latin1")] =
      `${isRight ? "expires" : left} ${value === null ? "" : value.toString("latin1")}`;
  }
  return contents;
}
