import { Interruption, migrateError } from "../errors.js";
import { nameOfServer, type Server } from "./address.js";
import { BatchConnection } from "./batch-connection.js";
import { type Client, connectLimit } from "./connect.js";
import { type PossibleLosses, possibleLossBetween } from "./detect-data-loss.js";
import type { Login } from "./login.js";
import { connectAndReadInfo, type Info, readInfo } from "./server-info.js";

/** What the connections to all masters share. */
interface Shared {
  readonly login: Login;
  readonly retryForMs: number;
  readonly losses: PossibleLosses;
  /** Whether none but a master may answer, also at first. */
  readonly mustBeMaster: boolean;
}

/** The connection to one master: made where there is none. */
export class MasterConnection {
  readonly #server: Server;
  readonly #shared: Shared;
  #client: Client | null = null;
  #connecting: Promise<Client> | null = null;
  /** Null until it is asked for. What cannot be made is not tried again until there is another client. */
  #forBatches: Promise<BatchConnection | null> | null = null;
  #batches: BatchConnection | null = null;
  #info: Info | null = null;
  #wasConnected = false;
  /** Its `evicted_keys` when this run first connected to it; 0 once it has restarted. */
  #evictedBefore = 0;
  #isClosed = false;

  constructor(server: Server, shared: Shared) {
    this.#server = server;
    this.#shared = shared;
  }

  /** What INFO said when it was last connected to; null where it may not be asked. */
  get info(): Info | null {
    return this.#info;
  }

  /** Null where there is no connection now. */
  get readyClient(): Client | null {
    return this.#client?.isReady ? this.#client : null;
  }

  /**
   * The connection, made where there is none.
   * @param since when the outage began that this is to end, in ms since 1970; null for none
   * @throws as `connect` and `recognise` do
   */
  async connected(since: number | null = null): Promise<Client> {
    if (this.readyClient !== null) return this.readyClient;
    this.#connecting ??= this.#connect(since).finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  async #connect(since: number | null): Promise<Client> {
    const { login, retryForMs } = this.#shared;
    const limitMs =
      since === null ? login.connectionTimeoutMs : connectLimit(login, since + retryForMs - Date.now());
    const { client, info } = await connectAndReadInfo(this.#server, login, limitMs);
    try {
      // `close` did not know of this client yet.
      if (login.signal.aborted) throw new Interruption();
      if (this.#isClosed) throw migrateError("redis-not-master", { at: nameOfServer(this.#server) });
      this.use(client, info);
    } catch (error) {
      client.destroy();
      throw error;
    }
    return client;
  }

  /** Uses a client that is connected already. @throws as `recognise` does */
  use(client: Client, info: Info | null): void {
    this.recognise(info);
    this.#client = client;
    this.#closeBatches();
  }

  /** The connection for batches of commands; null where it cannot be made, or there is no connection at all now. */
  async forBatches(): Promise<BatchConnection | null> {
    if (this.readyClient === null) return null;
    if (this.#batches?.isOpen) return this.#batches;
    if (this.#batches !== null) this.#closeBatches();
    this.#forBatches ??= this.#openForBatches();
    return this.#forBatches;
  }

  isForBatches(connection: BatchConnection): boolean {
    return this.#batches === connection;
  }

  async #openForBatches(): Promise<BatchConnection | null> {
    const { login } = this.#shared;
    const client = this.#client;
    const opened = await BatchConnection.open(this.#server, login, this.#info?.get("run_id") ?? null);
    if (client === this.#client && !this.#isClosed) this.#batches = opened;
    // Another client came meanwhile, or `close` did not know of this connection yet.
    else opened?.close();
    return this.#batches;
  }

  #closeBatches(): void {
    this.#batches?.close();
    this.#batches = null;
    this.#forBatches = null;
  }

  /**
   * Notes who answers, and whether it may have lost what was confirmed there.
   * @throws MigrateError `redis-not-master` where it was a master, or must be one, and is a replica
   */
  recognise(info: Info | null): void {
    const mustBeMaster = this.#shared.mustBeMaster || this.#info?.get("role") === "master";
    if (mustBeMaster && info?.get("role") === "slave")
      throw migrateError("redis-not-master", { at: nameOfServer(this.#server) });
    const loss = this.#wasConnected ? possibleLossBetween(this.#info, info) : null;
    if (loss !== null) this.#shared.losses.add(loss);
    if (!this.#wasConnected) this.#evictedBefore = Number(info?.get("evicted_keys") ?? 0);
    // Another process counts from 0.
    else if (loss === "replaced") this.#evictedBefore = 0;
    this.#wasConnected = true;
    this.#info = info;
  }

  /** Keys evicted since the run first connected; null where that is not known. */
  async evicted(): Promise<number | null> {
    const client = this.readyClient;
    if (this.#info === null || client === null) return null;
    // A connection that is lost by now is no reason to fail a run that is done.
    const info = await readInfo(() => client.sendCommand(["INFO"])).catch(() => null);
    const now = Number(info?.get("evicted_keys"));
    return Number.isFinite(now) ? Math.max(0, now - this.#evictedBefore) : null;
  }

  /** Connects again from now on; what is under way is lost, and sent again. */
  retire(): void {
    // node-redis' own close() waits for replies, for ever where the connection is lost meanwhile.
    this.readyClient?.destroy();
    this.#client = null;
    this.#closeBatches();
  }

  close(): void {
    this.#isClosed = true;
    if (this.#client?.isOpen) this.#client.destroy();
    this.#closeBatches();
  }
}
