import { randomUUID } from "node:crypto";
import { isCode } from "../errors.js";
import { prefixPattern, redisKeyOf } from "../record/redis-key.js";
import { nameOfServer, type Server } from "../redis/address.js";
import { ErrorReply, isRefusal } from "../redis/classify-error.js";
import { compareAndSetScript } from "../redis/compare-and-set-script.js";
import type { Connections } from "../redis/connections.js";
import { scanOneMaster } from "../redis/scan-keys.js";
import { readInfo, serverOf } from "../redis/server-info.js";
import type { LargestValue } from "../redis/value-size-limits.js";
import type { Kind } from "../types.js";
import type { CommandNeed } from "./commands-needed.js";
import type { Facts, MasterFacts, Rehearsed } from "./judge-server.js";

/** What a run is going to ask of Redis. */
export interface Needs {
  readonly prefix: string;
  readonly database: number;
  /** The kinds of records that it is about. */
  readonly kinds: readonly Kind[];
  readonly commands: readonly CommandNeed[];
  /** Whether to count the keys that stand under the prefix. */
  readonly count: boolean;
}

/** Long enough to count what most servers hold, short beside the migration itself. In ms. */
const longestCountMs = 500;

/** How often facts are gathered at most, where a failover each time leaves them about a master that is none any more. */
const mostTries = 3;

/** Asks each master what can be known before anything is written. Changes nothing. */
export async function probeServer(connections: Connections, needs: Needs, tries = 1): Promise<Facts> {
  const { all: masters, topology } = connections.masters;
  try {
    return {
      at: masters.map(nameOfServer).join(","),
      topology,
      masters: await Promise.all(masters.map((master) => factsOf(connections, master, needs))),
      inUse: needs.count ? await countKeys(connections, needs.prefix) : null,
    };
  } catch (error) {
    if (tries < mostTries && isCode(error, "redis-unstable"))
      return probeServer(connections, needs, tries + 1);
    throw error;
  }
}

async function factsOf(connections: Connections, master: Server, needs: Needs): Promise<MasterFacts> {
  const info = await connections.runOn(master, (sender) => readInfo(() => sender.send(["INFO"])));
  const number = (field: string) => (info?.has(field) ? Number(info.get(field)) : null);
  const is = (field: string, value: string) => (info === null ? null : info.get(field) === value);
  const held = /keys=(\d+),expires=(\d+)/.exec(info?.get(`db${needs.database}`) ?? "");
  return {
    at: nameOfServer(master),
    share: connections.masters.slotOwners.shareOf(master),
    server: serverOf(info),
    role: info?.get("role") ?? null,
    loading: is("loading", "1"),
    appends: is("aof_enabled", "1"),
    save:
      info?.get("aof_enabled") === "1"
        ? null
        : ((await settingOf(connections, master, needs, "save")) ?? null),
    lastSaveFailed: is("rdb_last_bgsave_status", "err"),
    largestValue: await largestValueOf(connections, master, needs),
    maxMemory: number("maxmemory"),
    usedMemory: number("used_memory"),
    policy: info?.get("maxmemory_policy") ?? null,
    keys: Number(held?.[1] ?? 0),
    expiring: Number(held?.[2] ?? 0),
    rehearsed: await rehearse(connections, master, needs),
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
  let largest: LargestValue | null = null;
  for (const [setting, more] of Object.entries(sizeSettings)) {
    const value = await settingOf(connections, master, needs, setting);
    if (value === null) return null;
    const bytes = value === undefined ? Number.POSITIVE_INFINITY : Number(value) - more;
    if (largest === null || bytes < largest.bytes) largest = { bytes, setting };
  }
  return largest;
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

/** Tries each command that has a trial on a key of each kind that does not exist, which changes nothing. */
async function rehearse(connections: Connections, master: Server, needs: Needs): Promise<Rehearsed[]> {
  const rehearsed = needs.kinds.flatMap((kind) => {
    const key = keyOn(connections, master, () =>
      redisKeyOf(needs.prefix, kind, `preflight-${randomUUID()}`).reveal(),
    );
    return needs.commands.flatMap(({ command, without, trial }) => {
      if (trial === null) return [];
      const parameters = [command, ...trial(key, compareAndSetScript.sha1)];
      return refusalOf(connections, master, parameters).then((refused) => ({ command, without, refused }));
    });
  });
  return Promise.all(rehearsed);
}

/** A key that the master holds, or would; a master with very few slots gets any key, whose redirection is no refusal. */
function keyOn({ masters }: Connections, master: Server, make: () => string): string {
  const name = nameOfServer(master);
  let key = make();
  for (let tries = 1; tries < 10_000 && masters.nameOfOwner(key) !== name; tries += 1) key = make();
  return key;
}

const refusals: readonly (readonly [RegExp, NonNullable<Rehearsed["refused"]>])[] = [
  [/^ERR unknown command/i, "unknown"],
  [/^NOPERM.*permissions? to run the/, "command"],
  [/^NOPERM/, "key"],
  [/^READONLY/, "readonly"],
  [/MISCONF/, "misconf"],
  [/\bOOM\b/, "oom"],
  [/^NOREPLICAS/, "replicas"],
];

async function refusalOf(
  connections: Connections,
  master: Server,
  parameters: readonly string[],
): Promise<Rehearsed["refused"]> {
  return connections.runOn(master, async (sender) => {
    try {
      await sender.send(parameters);
      return null;
    } catch (error) {
      if (!(error instanceof ErrorReply)) throw error;
      const { message } = error;
      return refusals.find(([pattern]) => pattern.test(message))?.[1] ?? null;
    }
  });
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
