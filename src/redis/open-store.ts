import { ErrorReply } from "@redis/client";
import { MigrateError, migrateError } from "../errors.js";
import type { Address } from "../options.js";
import { at } from "./address.js";
import { classifyError } from "./classify-error.js";
import { Connections } from "./connections.js";
import { discoverTopology } from "./discover-topology.js";
import type { Login } from "./login.js";
import { Masters } from "./masters.js";
import { readTls } from "./read-tls-files.js";
import { redactedWords } from "./redact-error-reply.js";
import { Store } from "./store.js";

interface ConnectHooks {
  /** Ends all connections, and what waits for them. */
  readonly signal?: AbortSignal | undefined;
  /** Hears when a connection is lost, and when it is back. */
  readonly alert?: ((text: string) => void) | undefined;
  /** Whether nothing will be written. */
  readonly readsOnly?: boolean;
}

/**
 * Connects to the server, or to all masters of a cluster, or to the master that Sentinels name.
 * @throws MigrateError `redis-…`, `tls-file`; `Interruption` once the signal aborts
 */
export async function openStore(
  address: Address,
  { signal, alert, readsOnly = false }: ConnectHooks = {},
): Promise<Store> {
  const tls = address.tls === null ? null : await readTls(address.tls);
  const closing = abortingWith(signal);
  const login = { ...address, tls, readsOnly, signal: closing.signal };
  const connections = await openConnections(address, login, alert).catch((error: unknown) => {
    // Those to other masters may still be in the making.
    closing.abort();
    throw error;
  });
  return new Store(connections, address, () => {
    closing.abort();
    connections.close();
  });
}

/** A controller whose signal aborts once another one does, too. */
function abortingWith(signal: AbortSignal | undefined): AbortController {
  const controller = new AbortController();
  if (signal?.aborted) controller.abort();
  signal?.addEventListener("abort", () => controller.abort(), { once: true });
  return controller;
}

async function openConnections(
  address: Address,
  login: Login,
  alert: ConnectHooks["alert"] = () => {},
): Promise<Connections> {
  const name = at(address);
  try {
    const { finder, first } = await discoverTopology(address, login);
    const deployment = { finder, login, at: name, retryForMs: address.retryForMs, alert };
    return new Connections(deployment, await Masters.open(deployment, first));
  } catch (error) {
    // A server may go away, or refuse a command, between its first answer and the next.
    if (error instanceof ErrorReply)
      throw migrateError("redis-denied", { at: name, words: redactedWords(error, login) }, error);
    const why = classifyError(error);
    if (error instanceof MigrateError || why.kind !== "lost") throw error;
    throw migrateError("redis-lost", { at: name, reason: why.reason, seconds: 0 }, error);
  }
}
