import { ErrorReply } from "@redis/client";
import { Interruption, migrateError } from "../errors.js";
import type { Address } from "../options.js";
import { at, endpointsOf, type Server } from "./address.js";
import { moreTelling } from "./classify-error.js";
import { clusterMasters } from "./cluster.js";
import { isCluster } from "./cluster-slots.js";
import type { Client } from "./connect.js";
import type { Login } from "./login.js";
import { type MasterFinder, oneMaster } from "./master-finder.js";
import { sentinelMaster } from "./sentinel.js";
import { connectAndReadInfo, type Info } from "./server-info.js";

/** The connection by which the topology was found out. */
export interface FirstConnection {
  readonly server: Server;
  readonly client: Client;
  readonly info: Info | null;
}

/**
 * Finds out what the address leads to: one server, a cluster, or, where it names Sentinels, their master.
 * @returns how to find the masters, and a connection that is there by then; null where it is of no further use
 * @throws MigrateError `redis-…`; `Interruption` once the signal of `login` aborts
 */
export async function discoverTopology(
  address: Address,
  login: Login,
): Promise<{ finder: MasterFinder; first: FirstConnection | null }> {
  if (address.sentinel !== null)
    return { finder: sentinelMaster(address, address.sentinel, login), first: null };
  const first = await connectToFirst(address, login);
  try {
    return { finder: await finderFor(address, first, login), first };
  } catch (error) {
    first.client.destroy();
    throw error;
  }
}

async function finderFor(
  address: Address,
  { server, client, info }: FirstConnection,
  login: Login,
): Promise<MasterFinder> {
  if (info?.get("redis_mode") === "sentinel") {
    const masters = await namesOfMasters(client);
    throw migrateError("redis-is-sentinel", { at: at(address), masters });
  }
  if (await isCluster(client, server, info, address.cluster)) return clusterMasters(address, login);
  if (address.cluster) throw migrateError("redis-not-cluster", { at: at(address) });
  return standalone(address, server, login);
}

/** The first host that answers, and, of several, preferably one that is a master. */
async function connectToFirst(address: Address, login: Login): Promise<FirstConnection> {
  const hosts: readonly Server[] = address.path === null ? endpointsOf(address) : [{ path: address.path }];
  let failure: unknown;
  let replica: FirstConnection | null = null;
  for (const server of hosts) {
    try {
      const first = { server, ...(await connectAndReadInfo(server, login)) };
      if (first.info?.get("role") !== "slave" || first.info.get("redis_mode") === "cluster") {
        replica?.client.destroy();
        return first;
      }
      if (replica === null) replica = first;
      else first.client.destroy();
    } catch (error) {
      if (error instanceof Interruption) throw error;
      failure = moreTelling(failure, error);
    }
  }
  if (replica !== null) return replica;
  throw failure;
}

function standalone(address: Address, first: Server, login: Login): MasterFinder {
  let isFirstTime = true;
  return {
    topology: "standalone",
    async find() {
      if (isFirstTime || address.others.length === 0) {
        isFirstTime = false;
        return oneMaster(first);
      }
      // Another one of several hosts may have become the master.
      const { server, client } = await connectToFirst(address, login);
      client.destroy();
      return oneMaster(server);
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
