import keySlot from "cluster-key-slot";
import { Interruption, MigrateError, migrateError } from "../errors.js";
import type { Topology } from "../types.js";
import type { Client, Login, Where } from "./connect.js";
import { nameOfWhere } from "./connect.js";
import type { Entry } from "./discover-topology.js";
import { diagnose } from "./error-replies.js";
import { identityOf, type PossibleLoss, possibleLossBetween, wordsOf } from "./master-identity.js";
import type { Sender } from "./sender.js";
import type { Info } from "./server-info.js";
import { infoBy, meet, readInfo } from "./server-info.js";
import type { MasterFinder, SlotOwners } from "./slot-owners.js";

/** One master, and the connection to it. */
interface Link {
  readonly where: Where;
  client: Client | null;
  connecting: Promise<Client> | null;
  /** Whether it was connected to before. */
  known: boolean;
  /** What INFO said when it was last connected to; null where it may not be asked. */
  info: Info | null;
  /** Its `evicted_keys` when this run came to know it; 0 once it has restarted. */
  evictedBefore: number;
}

/** What connections need to know and to tell. */
export interface Surroundings {
  readonly finder: MasterFinder;
  readonly login: Login;
  /** The address, for sentences. */
  readonly at: string;
  readonly retryForMs: number;
  readonly alert: (text: string) => void;
}

/** With less time left than this to connect in, a server that is there would be told as one that does not answer. */
export const leastConnectMs = 1_000;

/**
 * The masters of a deployment, and a connection to each: made where there is none, and found anew where they change.
 * Notes each time that one of them may have lost what it had confirmed.
 */
export class Masters {
  readonly #around: Surroundings;
  readonly #links = new Map<string, Link>();
  #slotOwners: SlotOwners;
  #finding: Promise<MigrateError | null> | null = null;
  #losses = 0;
  readonly #kindsOfLoss = new Set<PossibleLoss>();

  private constructor(around: Surroundings, layout: SlotOwners) {
    this.#around = around;
    this.#slotOwners = layout;
  }

  /**
   * Finds the masters and connects to each.
   * @param entry a connection that is there already; it is used if it leads to a master, and closed otherwise
   * @throws MigrateError `redis-…`; `Interruption` once the signal aborts
   */
  static async open(around: Surroundings, entry: Entry | null): Promise<Masters> {
    const live = entry === null ? [] : [entry.client];
    const finding = around.finder.find(live, around.login.connectionTimeoutMs);
    const layout = await finding.catch((error: unknown) => {
      entry?.client.destroy();
      throw error;
    });
    const masters = new Masters(around, layout);
    if (entry !== null) masters.#adopt(entry);
    try {
      await Promise.all(layout.masters.map((where) => masters.clientOf(where)));
    } catch (error) {
      masters.close();
      throw error;
    }
    return masters;
  }

  #adopt({ where, client, info }: Entry): void {
    const name = nameOfWhere(where);
    if (!this.#slotOwners.masters.some((master) => nameOfWhere(master) === name)) return client.destroy();
    const link = this.#linkTo(where);
    this.#recognise(link, info);
    link.client = client;
  }

  get topology(): Topology {
    return this.#around.finder.topology;
  }

  /** All of them, as they were last found. */
  get all(): readonly Where[] {
    return this.#slotOwners.masters;
  }

  get slotOwners(): SlotOwners {
    return this.#slotOwners;
  }

  /** How often Redis may have lost what it had confirmed: by a restart, a failover, or a demotion and promotion. */
  get possibleLosses(): number {
    return this.#losses;
  }

  /** Name of the master that holds a key now; empty where nobody serves its slot. */
  nameOfOwner(key: string): string {
    const owner = this.#ownerOf(key);
    return owner === null ? "" : nameOfWhere(owner);
  }

  /** What happened to Redis at these times, as the rest of a sentence. */
  get lossWords(): string {
    return wordsOf(this.#kindsOfLoss);
  }

  /** What INFO said of a master when it was last connected to. */
  infoOf(where: Where): Info | null {
    return this.#links.get(nameOfWhere(where))?.info ?? null;
  }

  /** Keys that masters have evicted since this run came to know them; null where none did that tells, and some do not. */
  async evicted(): Promise<number | null> {
    let sum = 0;
    let allTell = true;
    for (const { client, info, evictedBefore } of this.#links.values()) {
      // A connection that is lost by now is no reason to fail a run that is done.
      const told = info !== null && client?.isReady ? await readInfo(client).catch(() => null) : null;
      const now = Number(told?.get("evicted_keys"));
      if (Number.isFinite(now)) sum += Math.max(0, now - evictedBefore);
      else allTell = false;
    }
    return sum > 0 || allTell ? sum : null;
  }

  /** The connection to the master that holds a key; null where there is none now. */
  readyClientOf(key: string): Client | null {
    const client = this.#links.get(this.nameOfOwner(key))?.client;
    return client?.isReady ? client : null;
  }

  #ownerOf(key: string): Where | null {
    return this.#slotOwners.ownerOf(this.topology === "cluster" ? keySlot(key) : 0);
  }

  /** @throws MigrateError `redis-cluster-down` */
  ownerOf(key: string): Where {
    const owner = this.#ownerOf(key);
    if (owner === null) throw migrateError("redis-cluster-down", { at: this.#around.at });
    return owner;
  }

  /**
   * Takes in who a master says it is, and, where the address alone leads to it, who answers there now.
   * @throws MigrateError `redis-not-master` where it was a master, or must be one, and is a replica
   */
  async identify(where: Where, sender: Sender): Promise<void> {
    const link = this.#links.get(nameOfWhere(where));
    if (link === undefined || link.info === null) return;
    this.#recognise(link, await infoBy(() => sender.send(["INFO"])));
    if (this.topology !== "standalone") return;
    // Nobody but the address says where the master is, and that may lead to another server by now.
    const anew = await meet(where, this.#around.login).catch(() => null);
    anew?.client.destroy();
    if (!anew?.info || possibleLossBetween(identityOf(link.info), identityOf(anew.info)) === null) return;
    this.retire(where);
    await this.clientOf(where);
  }

  #noteLoss(loss: PossibleLoss): void {
    this.#losses += 1;
    this.#kindsOfLoss.add(loss);
  }

  /**
   * The connection to a master, made where there is none.
   * @param since when the trouble began that this is to end, in ms since 1970
   */
  async clientOf(where: Where, since: number | null = null): Promise<Client> {
    const link = this.#linkTo(where);
    if (link.client?.isReady) return link.client;
    link.connecting ??= this.#connect(link, since).finally(() => {
      link.connecting = null;
    });
    return link.connecting;
  }

  #linkTo(where: Where): Link {
    const name = nameOfWhere(where);
    const made = { where, client: null, connecting: null, known: false, info: null, evictedBefore: 0 };
    const link = this.#links.get(name) ?? made;
    this.#links.set(name, link);
    return link;
  }

  async #connect(link: Link, since: number | null): Promise<Client> {
    const { login, retryForMs } = this.#around;
    const left = since === null ? login.connectionTimeoutMs : since + retryForMs - Date.now();
    const limitMs = Math.min(login.connectionTimeoutMs, Math.max(leastConnectMs, left));
    const { client, info } = await meet(link.where, login, limitMs);
    try {
      // Whoever closes all connections does not know of this one yet.
      if (login.signal.aborted) throw new Interruption();
      // Another master has taken over meanwhile, or all were given up.
      if (this.#links.get(nameOfWhere(link.where)) !== link)
        throw migrateError("redis-not-master", { at: nameOfWhere(link.where) });
      this.#recognise(link, info);
    } catch (error) {
      client.destroy();
      throw error;
    }
    link.client = client;
    return client;
  }

  /**
   * Takes in who answers, and whether it may have lost what was confirmed there.
   * @throws MigrateError `redis-not-master` where it was a master, or must be one, and is a replica
   */
  #recognise(link: Link, info: Info | null): void {
    const mustLead = this.topology === "sentinel" || link.info?.get("role") === "master";
    if (mustLead && info?.get("role") === "slave")
      throw migrateError("redis-not-master", { at: nameOfWhere(link.where) });
    const loss = link.known ? possibleLossBetween(identityOf(link.info), identityOf(info)) : null;
    if (loss !== null) this.#noteLoss(loss);
    if (!link.known) link.evictedBefore = Number(info?.get("evicted_keys") ?? 0);
    // Another process counts anew.
    else if (loss === "replaced") link.evictedBefore = 0;
    link.known = true;
    link.info = info;
  }

  /** @throws MigrateError where nobody tells where the masters are */
  async findOrThrow(): Promise<void> {
    const failure = await this.find(this.#around.login.connectionTimeoutMs);
    if (failure !== null) throw failure;
  }

  /** Looks anew where the masters are. @returns why that could not be found out, and stays as it is */
  find(limitMs: number): Promise<MigrateError | null> {
    this.#finding ??= this.#findNow(limitMs).finally(() => {
      this.#finding = null;
    });
    return this.#finding;
  }

  async #findNow(limitMs: number): Promise<MigrateError | null> {
    const live = [...this.#links.values()].flatMap(({ client }) => (client?.isReady ? [client] : []));
    try {
      const layout = await this.#around.finder.find(live, limitMs);
      const names = new Set(layout.masters.map(nameOfWhere));
      for (const before of this.#slotOwners.masters) {
        const name = nameOfWhere(before);
        if (names.has(name)) continue;
        // A master that is none any more: another one took over, perhaps without the last that was written.
        this.#noteLoss("replaced");
        this.#links.get(name)?.client?.destroy();
        this.#links.delete(name);
      }
      this.#slotOwners = layout;
      return null;
    } catch (error) {
      if (error instanceof MigrateError && isPassing(error)) return error;
      throw error;
    }
  }

  /** Connects anew from now on; what is under way is still answered. */
  retire(where: Where): void {
    const link = this.#links.get(nameOfWhere(where));
    if (!link?.client?.isReady) return;
    link.client.close().catch(() => {});
    link.client = null;
  }

  close(): void {
    for (const { client } of this.#links.values()) if (client?.isOpen) client.destroy();
    this.#links.clear();
  }
}

function isPassing(error: MigrateError): boolean {
  const { kind } = diagnose(error);
  return kind === "lost" || kind === "wait";
}
