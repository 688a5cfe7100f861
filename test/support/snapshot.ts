import type { Client } from "./redis.js";

/** What one key holds, as any client sees it. */
export interface Standing {
  readonly type: string;
  /** A string as it is; of another type, its members as JSON. */
  readonly content: string;
  /** When it expires, in ms since 1970; null for never. */
  readonly deadline: number | null;
}

export type Snapshot = ReadonlyMap<string, Standing>;

/** All that a server holds. */
export async function snapshotOf(client: Client): Promise<Snapshot> {
  const keys = await client.keys("*");
  return new Map(
    await Promise.all(
      keys.map(async (key) => {
        const [type, left] = await Promise.all([client.type(key), client.pTTL(key)]);
        const content = await contentOf(client, key, type);
        return [key, { type, content, deadline: left < 0 ? null : Date.now() + left }] as const;
      }),
    ),
  );
}

async function contentOf(client: Client, key: string, type: string): Promise<string> {
  if (type === "string") return (await client.get(key)) ?? "";
  return JSON.stringify(type === "list" ? await client.lRange(key, 0, -1) : await client.hGetAll(key));
}
