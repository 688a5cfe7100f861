import { ErrorReply } from "@redis/client";
import { Interruption, isCode, migrateError } from "../errors.js";
import type { Address, Endpoint } from "../options.js";
import { at as addressText, endpointsOf, nameOfEndpoint } from "./address.js";
import type { Client } from "./connect.js";
import { connect } from "./connect.js";
import type { Login } from "./login.js";
import { type MasterFinder, oneMaster } from "./master-finder.js";
import { redactedWords } from "./redact-error-reply.js";

/** Asks Sentinels where the master is, and learns of further Sentinels by that. */
export function sentinelMaster(address: Address, master: string, login: Login): MasterFinder {
  const known = endpointsOf(address);
  return {
    topology: "sentinel",
    async find(_connected, limitMs) {
      let failure: unknown;
      for (const endpoint of [...known]) {
        try {
          const answer = await askSentinel(endpoint, master, login, Math.max(1, limitMs / known.length));
          for (const other of answer.others) {
            if (!known.some((one) => nameOfEndpoint(one) === nameOfEndpoint(other))) known.push(other);
          }
          return oneMaster(answer.master);
        } catch (error) {
          // Asking the others is of no use.
          if (error instanceof Interruption || isCode(error, "redis-not-sentinel")) throw error;
          failure = error;
        }
      }
      throw (
        failure ?? migrateError("redis-no-sentinel", { at: addressText(address), reason: "none is known" })
      );
    },
  };
}

/** @throws MigrateError where this one does not say it; Interruption */
async function askSentinel(endpoint: Endpoint, master: string, login: Login, limitMs: number) {
  const at = nameOfEndpoint(endpoint);
  let client: Client | null = null;
  try {
    client = await connectToSentinel(endpoint, login, limitMs);
    const [found, others] = (await Promise.all([
      client.sendCommand(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", master]),
      client.sendCommand(["SENTINEL", "SENTINELS", master]).catch(() => []),
    ])) as unknown as [string[] | null, string[][]];
    if (found === null) throw migrateError("redis-unknown-master", { at, master });
    const [host = "", port] = found;
    return { master: { host, port: Number(port) }, others: others.map(endpointOfSentinel) };
  } catch (error) {
    if (error instanceof Interruption || isCode(error, "redis-unknown-master")) throw error;
    if (error instanceof ErrorReply && /^ERR unknown command/.test(error.message))
      throw migrateError("redis-not-sentinel", { at }, error);
    const message = error instanceof Error ? error.message : "unknown";
    const reason = error instanceof ErrorReply ? redactedWords(error, login) : message;
    throw migrateError("redis-no-sentinel", { at, reason }, error);
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
