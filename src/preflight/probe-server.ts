import { isCode } from "../errors.js";
import { prefixPattern } from "../record/redis-key.js";
import { nameOfServer, type Server } from "../redis/address.js";
import { isRefusal } from "../redis/classify-error.js";
import type { Connections } from "../redis/connections.js";
import { scanOneMaster } from "../redis/scan-keys.js";
import { readInfo, serverOf } from "../redis/server-info.js";
import type { LargestValue } from "../redis/value-size-limits.js";
import type { Needs } from "./commands-needed.js";
import type { Facts, MasterFacts } from "./server-facts.js";
import { tryCommands } from "./try-commands.js";

/** Long enough to count what most servers hold, short beside the migration itself. In ms. */
const longestCountMs = 500;

/** How often facts are gathered at most, where a failover each time leaves them about a master that is none any more. */
const mostTries = 3;

/** Asks each master, all at once, what can be known before anything is written. Changes nothing. */
export async function probeServer(connections: Connections, needs: Needs, tries = 1): Promise<Facts> {
  const { all: masters } = connections.masters;
  try {
    const [facts, inUse] = await Promise.all([
      Promise.all(masters.map((master) => factsOf(connections, master, needs))),
      needs.count ? countKeys(connections, needs.prefix) : null,
    ]);
    return { masters: facts, inUse };
  } catch (error) {
    if (tries < mostTries && isCode(error, "redis-unstable"))
      return probeServer(connections, needs, tries + 1);
    throw error;
  }
}

async function factsOf(connections: Connections, master: Server, needs: Needs): Promise<MasterFacts> {
  const [info, save, largestValue, tried] = await Promise.all([
    connections.runOn(master, (sender) => readInfo(() => sender.send(["INFO"]))),
    settingOf(connections, master, needs, "save"),
    largestValueOf(connections, master, needs),
    tryCommands(connections, master, needs),
  ]);
  const number = (field: string) => (info?.has(field) ? Number(info.get(field)) : null);
  const is = (field: string, value: string) => (info === null ? null : info.get(field) === value);
  const appends = is("aof_enabled", "1");
  const held = /keys=(\d+),expires=(\d+)/.exec(info?.get(`db${needs.database}`) ?? "");
  return {
    at: nameOfServer(master),
    share: connections.masters.slotOwners.shareOf(master),
    server: serverOf(info),
    role: info?.get("role") ?? null,
    // No link is up before the first copy of everything is there.
    followsMaster: info?.has("master_link_status") ? is("master_link_status", "up") : null,
    loading: is("loading", "1"),
    appends,
    save: appends ? null : (save ?? null),
    lastSaveFailed: is("rdb_last_bgsave_status", "err"),
    largestValue,
    maxMemory: number("maxmemory"),
    usedMemory: number("used_memory"),
    policy: info?.get("maxmemory_policy") ?? null,
    keys: Number(held?.[1] ?? 0),
    expiring: Number(held?.[2] ?? 0),
    tried,
  };
}

/** Settings that bound the size of a value in a command, and how many bytes more than its own it counts for (measured). */
const sizeSettings = { "proto-max-bulk-len": 0, "client-query-buffer-limit": 2 } as const;

/** Null where this user may not ask; a setting that a server does not have bounds nothing there. */
async function largestValueOf(
  connections: Connections,
  master: Server,
  needs: Needs,
): Promise<LargestValue | null> {
  const bounds = Object.entries(sizeSettings).map(async ([setting, more]) => {
    const value = await settingOf(connections, master, needs, setting);
    if (value === null) return null;
    return { setting, bytes: value === undefined ? Number.POSITIVE_INFINITY : Number(value) - more };
  });
  return (await Promise.all(bounds)).reduce((least, bound) => {
    if (least === null || bound === null) return null;
    return bound.bytes < least.bytes ? bound : least;
  });
}

/** Undefined for a setting that there is not; null where this user may not ask, as on most managed servers. */
async function settingOf(
  connections: Connections,
  master: Server,
  { commands }: Needs,
  setting: string,
): Promise<string | null | undefined> {
  if (!commands.some(({ command }) => command === "CONFIG GET")) return null;
  try {
    const reply = await connections.runOn(master, (sender) => sender.send(["CONFIG", "GET", setting]));
    const [, value] = reply as readonly unknown[];
    return value === undefined ? undefined : String(value);
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

/** Keys under the prefix, counted for as long as that takes no time worth mentioning. */
async function countKeys(connections: Connections, prefix: string): Promise<Facts["inUse"]> {
  const until = Date.now() + longestCountMs;
  let keys = 0;
  let late = false;
  try {
    for (const master of connections.masters.all) {
      for await (const found of scanOneMaster(connections, master, prefixPattern(prefix))) {
        // Asked with the next batch at hand: after the last one, all are counted, however late.
        if (late) return { keys, all: false };
        keys += found.length;
        late = Date.now() > until;
      }
    }
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
  return { keys, all: true };
}
