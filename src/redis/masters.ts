import keySlot from "cluster-key-slot";
import { MigrateError, migrateError } from "../errors.js";
import type { Topology } from "../types/redis-findings.js";
import { nameOfServer, type Server } from "./address.js";
import { classifyError } from "./classify-error.js";
import { PossibleLosses, possibleLossBetween } from "./detect-data-loss.js";
import type { FirstConnection } from "./discover-topology.js";
import type { Login } from "./login.js";
import { MasterConnection } from "./master-connection.js";
import type { MasterFinder, SlotOwners } from "./master-finder.js";
import type { Sender } from "./send-command.js";
import { connectAndReadInfo, type Info, readInfo } from "./server-info.js";

/** All servers that an address leads to, and how to deal with them. */
export interface Deployment {
  readonly finder: MasterFinder;
  readonly login: Login;
  /** The address, for sentences. */
  readonly at: string;
  readonly retryForMs: number;
  readonly alert: (text: string) => void;
}

/**
 * The masters of a deployment, and a connection to each: made where there is none, and found again where they change.
 * Notes each time that one of them may have lost what it had confirmed: by a restart, a failover, or a demotion and
 * promotion.
 */
export class Masters {
  readonly #deployment: Deployment;
  readonly #connections = new Map<string, MasterConnection>();
  #slotOwners: SlotOwners;
  #finding: Promise<MigrateError | null> | null = null;
  readonly losses = new PossibleLosses();

  private constructor(deployment: Deployment, slotOwners: SlotOwners) {
    this.#deployment = deployment;
    this.#slotOwners = slotOwners;
  }

  /**
   * Finds the masters and connects to each.
   * @param first a connection that is there already; it is used if it leads to a master, and closed otherwise
   * @throws MigrateError `redis-…`; `Interruption` once the signal aborts
   */
  static async open(deployment: Deployment, first: FirstConnection | null): Promise<Masters> {
    let masters: Masters | null = null;
    try {
      const { finder, login } = deployment;
      const connected = first === null ? [] : [first.client];
      masters = new Masters(deployment, await finder.find(connected, login.connectionTimeoutMs));
      const isMaster = first !== null && masters.includes(first.server);
      if (isMaster) masters.connectionTo(first.server).use(first.client, first.info);
      else first?.client.destroy();
      const opened = masters;
      await Promise.all(opened.all.map((server) => opened.connectionTo(server).connected()));
      return opened;
    } catch (error) {
      if (first?.client.isOpen) first.client.destroy();
      masters?.close();
      throw error;
    }
  }

  get topology(): Topology {
    return this.#deployment.finder.topology;
  }

  /** All of them, as they were last found. */
  get all(): readonly Server[] {
    return this.#slotOwners.masters;
  }

  get slotOwners(): SlotOwners {
    return this.#slotOwners;
  }

  includes(server: Server): boolean {
    return this.all.some((master) => nameOfServer(master) === nameOfServer(server));
  }

  /** Keys evicted since this run came to know the masters; null where none is known of, and not all say. */
  async evicted(): Promise<number | null> {
    const counts = await Promise.all(this.all.map((server) => this.connectionTo(server).evicted()));
    const sum = counts.reduce<number>((total, count) => total + (count ?? 0), 0);
    return sum > 0 || !counts.includes(null) ? sum : null;
  }

  #ownerOf(key: string): Server | null {
    return this.#slotOwners.ownerOf(this.topology === "cluster" ? keySlot(key) : 0);
  }

  /** @throws MigrateError `redis-cluster-down` */
  ownerOf(key: string): Server {
    const owner = this.#ownerOf(key);
    if (owner === null) throw migrateError("redis-cluster-down", { at: this.#deployment.at });
    return owner;
  }

  /** Name of the master that holds a key now; empty where nobody serves its slot. */
  nameOfOwner(key: string): string {
    const owner = this.#ownerOf(key);
    return owner === null ? "" : nameOfServer(owner);
  }

  /** The connection to the master that holds a key; undefined where there is none. */
  connectionOf(key: string): MasterConnection | undefined {
    return this.#connections.get(this.nameOfOwner(key));
  }

  /** The connection to a master, which need not be made yet. */
  connectionTo(server: Server): MasterConnection {
    const name = nameOfServer(server);
    const known = this.#connections.get(name);
    if (known !== undefined) return known;
    const mustBeMaster = this.topology === "sentinel";
    const made = new MasterConnection(server, { ...this.#deployment, losses: this.losses, mustBeMaster });
    this.#connections.set(name, made);
    return made;
  }

  /**
   * Notes who a master says it is, and, where the address alone leads to it, who answers there now.
   * @throws MigrateError `redis-not-master` where it was a master, or must be one, and is a replica
   */
  async identify(server: Server, sender: Sender): Promise<void> {
    const connection = this.#connections.get(nameOfServer(server));
    if (!connection?.info) return;
    // Nobody but the address says where the master is, and that may lead to another server by now.
    const asked = this.topology === "standalone" ? this.#infoByAddress(server) : null;
    connection.recognise(await readInfo(() => sender.send(["INFO"])));
    const now = await asked;
    if (!now || possibleLossBetween(connection.info, now) === null) return;
    connection.retire();
    await connection.connected();
  }

  /** What a server says on another connection, which need not be the one that is connected to; null where it does not. */
  async #infoByAddress(server: Server): Promise<Info | null> {
    const answer = await connectAndReadInfo(server, this.#deployment.login).catch(() => null);
    answer?.client.destroy();
    return answer?.info ?? null;
  }

  /** @throws MigrateError where nobody says where the masters are */
  async findOrThrow(): Promise<void> {
    const failure = await this.find(this.#deployment.login.connectionTimeoutMs);
    if (failure !== null) throw failure;
  }

  /** Asks again where the masters are. @returns why that could not be found out; then all stays as it is */
  find(limitMs: number): Promise<MigrateError | null> {
    this.#finding ??= this.#findNow(limitMs).finally(() => {
      this.#finding = null;
    });
    return this.#finding;
  }

  async #findNow(limitMs: number): Promise<MigrateError | null> {
    const connected = [...this.#connections.values()].flatMap(({ readyClient }) => readyClient ?? []);
    const { all: before } = this;
    try {
      this.#slotOwners = await this.#deployment.finder.find(connected, limitMs);
    } catch (error) {
      const mayPass = error instanceof MigrateError && ["lost", "wait"].includes(classifyError(error).kind);
      if (mayPass) return error;
      throw error;
    }
    for (const server of before) {
      if (this.includes(server)) continue;
      // A master that is none any more: another one took over, perhaps without the last that was written.
      this.losses.add("replaced");
      this.#connections.get(nameOfServer(server))?.close();
      this.#connections.delete(nameOfServer(server));
    }
    return null;
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }
}
