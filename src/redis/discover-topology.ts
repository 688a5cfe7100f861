import { ErrorReply } from "@redis/client";
import { Interruption, migrateError } from "../errors.js";
import type { Address } from "../options.js";
import { at, endpointsOf } from "./address.js";
import { cluster, isCluster } from "./cluster.js";
import type { Client, Login, Where } from "./connect.js";
import { moreTelling } from "./error-replies.js";
import { sentinels } from "./sentinel.js";
import type { Info } from "./server-info.js";
import { meet } from "./server-info.js";
import { type MasterFinder, oneMaster } from "./slot-owners.js";

/** A connection to whom the address names, and what kind of deployment it says it is. */
export interface Entry {
  readonly where: Where;
  readonly client: Client;
  readonly info: Info | null;
}

/** How to find the masters, and the connection by which that was found out; null where it is of no further use. */
interface Discovered {
  readonly finder: MasterFinder;
  readonly entry: Entry | null;
}

/**
 * Finds out what the address leads to: one server, a cluster, or, where it names Sentinels, their master.
 * @throws MigrateError `redis-…`; `Interruption` once the signal of `login` aborts
 */
export async function discoverTopology(address: Address, login: Login): Promise<Discovered> {
  if (address.sentinel !== null) return { finder: sentinels(address, address.sentinel, login), entry: null };
  const entry = await enter(address, login);
  try {
    return { finder: await finderFor(address, entry, login), entry };
  } catch (error) {
    entry.client.destroy();
    throw error;
  }
}

async function finderFor(
  address: Address,
  { where, client, info }: Entry,
  login: Login,
): Promise<MasterFinder> {
  if (info?.get("redis_mode") === "sentinel") {
    const masters = await namesOfMasters(client);
    throw migrateError("redis-is-sentinel", { at: at(address), masters });
  }
  if (await isCluster(client, where, info, address.cluster)) return cluster(address, login);
  if (address.cluster) throw migrateError("redis-not-cluster", { at: at(address) });
  return standalone(address, where, login);
}

/** The first host that answers, and, of several, preferably one that is a master. */
async function enter(address: Address, login: Login): Promise<Entry> {
  const hosts: readonly Where[] = address.path === null ? endpointsOf(address) : [{ path: address.path }];
  let failure: unknown;
  let second: Entry | null = null;
  for (const where of hosts) {
    try {
      const entry = { where, ...(await meet(where, login)) };
      const replica = entry.info?.get("role") === "slave" && entry.info.get("redis_mode") !== "cluster";
      if (!replica) {
        second?.client.destroy();
        return entry;
      }
      if (second === null) second = entry;
      else entry.client.destroy();
    } catch (error) {
      if (error instanceof Interruption) throw error;
      failure = moreTelling(failure, error);
    }
  }
  if (second !== null) return second;
  throw failure;
}

function standalone(address: Address, first: Where, login: Login): MasterFinder {
  let entered = true;
  return {
    topology: "standalone",
    async find() {
      if (entered || address.others.length === 0) {
        entered = false;
        return oneMaster(first);
      }
      // Asked again, another one of several hosts may have become the master.
      const { where, client } = await enter(address, login);
      client.destroy();
      return oneMaster(where);
    },
  };
}

async function namesOfMasters(client: Client): Promise<string[]> {
  try {
    const masters = (await client.sendCommand(["SENTINEL", "MASTERS"])) as unknown as string[][];
    return masters.map((fields) => String(fields[fields.indexOf("name") + 1]));
  } catch (error) {
    if (error instanceof ErrorReply) return [];
    throw error;
  }
}
