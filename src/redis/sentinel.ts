import { ErrorReply } from "@redis/client";
import { Interruption, isCode, migrateError } from "../errors.js";
import type { Address, Endpoint } from "../options.js";
import { at, endpointsOf, nameOfEndpoint } from "./address.js";
import type { Client, Login } from "./connect.js";
import { connect, wordsOf } from "./connect.js";
import { type MasterFinder, oneMaster } from "./slot-owners.js";

/** Asks Sentinels where the master is, and learns of further Sentinels as it goes. */
export function sentinels(address: Address, master: string, login: Login): MasterFinder {
  const known = endpointsOf(address);
  return {
    topology: "sentinel",
    async find(_live, limitMs) {
      let failure: unknown;
      for (const endpoint of [...known]) {
        try {
          const told = await askSentinel(endpoint, master, login, Math.max(1, limitMs / known.length));
          for (const other of told.others) {
            if (!known.some((one) => nameOfEndpoint(one) === nameOfEndpoint(other))) known.push(other);
          }
          return oneMaster(told.master);
        } catch (error) {
          // Asking the others is of no use.
          if (error instanceof Interruption || isCode(error, "redis-not-sentinel")) throw error;
          failure = error;
        }
      }
      throw failure ?? migrateError("redis-no-sentinel", { at: at(address), reason: "none is known" });
    },
  };
}

/** @throws MigrateError where this one does not tell; Interruption */
async function askSentinel(endpoint: Endpoint, master: string, login: Login, limitMs: number) {
  const where = nameOfEndpoint(endpoint);
  let client: Client | null = null;
  try {
    client = await connectToSentinel(endpoint, login, limitMs);
    const [found, others] = (await Promise.all([
      client.sendCommand(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", master]),
      client.sendCommand(["SENTINEL", "SENTINELS", master]).catch(() => []),
    ])) as unknown as [string[] | null, string[][]];
    if (found === null) throw migrateError("redis-unknown-master", { at: where, master });
    const [host = "", port] = found;
    return { master: { host, port: Number(port) }, others: others.map(endpointOfSentinel) };
  } catch (error) {
    if (error instanceof Interruption || isCode(error, "redis-unknown-master")) throw error;
    if (error instanceof ErrorReply && /^ERR unknown command/.test(error.message))
      throw migrateError("redis-not-sentinel", { at: where }, error);
    const message = error instanceof Error ? error.message : "unknown";
    const reason = error instanceof ErrorReply ? wordsOf(error, login) : message;
    throw migrateError("redis-no-sentinel", { at: where, reason }, error);
  } finally {
    client?.destroy();
  }
}

/** Sentinels have passwords of their own, or, mostly, none: then the one of Redis is of no use there. */
async function connectToSentinel(endpoint: Endpoint, login: Login, limitMs: number): Promise<Client> {
  const bare = { ...login, username: null, password: null, database: 0 };
  const client = await connect(endpoint, bare, limitMs).catch((error: unknown) => {
    if (login.password !== null && isCode(error, "redis-auth-required")) return null;
    throw error;
  });
  return client ?? connect(endpoint, { ...login, database: 0 }, limitMs);
}

function endpointOfSentinel(fields: readonly string[]): Endpoint {
  const field = (name: string) => fields[fields.indexOf(name) + 1] ?? "";
  return { host: field("ip"), port: Number(field("port")) };
}
