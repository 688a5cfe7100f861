import { setTimeout as sleep } from "node:timers/promises";
import { ErrorReply, RESP_TYPES } from "@redis/client";
import keySlot from "cluster-key-slot";
import { Interruption, MigrateError, migrateError } from "../errors.js";
import type { Topology } from "../model.js";
import type { Endpoint } from "../target/address.js";
import { unacknowledgedBy } from "./acknowledged.js";
import type { Client, Login, Where } from "./connect.js";
import { connect, failureOf, nameOfWhere } from "./connect.js";
import type { Entry } from "./find.js";
import type { Info } from "./info.js";
import { infoBy, readInfo } from "./info.js";
import type { Finder, Layout } from "./layout.js";
import { identityOf, type Lapse, lapseBetween, wordsOf } from "./master-identity.js";
import { type Apart, sendApart } from "./sent-apart.js";
import type { LastingCode, Trouble } from "./trouble.js";
import { diagnose, HangUp } from "./trouble.js";

type Arguments = readonly (string | Buffer)[];

/** Sends commands to the node that holds a key. */
export interface Sender {
  send(parameters: Arguments): Promise<unknown>;
  /** The same, with strings as the bytes that they are. */
  sendForBytes(parameters: Arguments): Promise<unknown>;
}

/**
 * Commands for one key, to be sent again as a whole where that is of use.
 * @param again whether an earlier try may have been carried out, though no answer came
 */
export type Attempt<T> = (sender: Sender, again: boolean) => Promise<T>;

/** One command of many. */
export interface Command {
  readonly key: string;
  readonly parameters: Arguments;
  /** Bytes of the value in it. */
  readonly size?: number;
  /** Whether strings in the reply are wanted as the bytes that they are. */
  readonly bytes?: boolean;
}

/** A command of many that was not answered as it should have been. */
export class Miss {
  /** The connection that it was sent by, and lost with; null where it was not sent, or was answered. */
  readonly lostWith: Client | null;
  /** What is the matter; null where it is only to be sent by itself. */
  readonly error: unknown;

  constructor(lostWith: Client | null = null, error: unknown = null) {
    this.lostWith = lostWith;
    this.error = error;
  }
}

const unsent = new Miss();

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

/** What is sent, and what became of it before. */
interface Burden {
  /** What it is about; null where it is not about a record. */
  readonly key: string | null;
  readonly size: number;
  readonly miss: Miss;
}

/** A stretch of time in which Redis does not do what is asked of it. */
interface Episode {
  readonly since: number;
  readonly kind: Trouble["kind"];
}

/** What a lifeline needs to know and to tell. */
export interface Surroundings {
  readonly finder: Finder;
  readonly login: Login;
  /** The address, for sentences. */
  readonly at: string;
  readonly retryForMs: number;
  readonly signal: AbortSignal | undefined;
  readonly alert: (text: string) => void;
}

/** The first pause before trying again doubles from one to the next, up to the longest. In ms. */
const firstPauseMs = 50;
const longestPauseMs = 1_000;

/** With less time left than this to connect in, a server that is there would be told as one that does not answer. */
const leastConnectMs = 1_000;

/** No limit of Redis to the size of a command can be set as low as this. In bytes. */
const largeBytes = 512 * 1024;

/** How often commands with a value of so many bytes are lost among others before they are sent apart from them. */
function lossesToSendApart(size: number): number {
  return size >= largeBytes ? 1 : 2;
}

/** More redirections than this in a row are no resharding, but nodes that disagree. */
const mostRedirections = 16;

const asBytes = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };

function senderOf(client: Client, asking: boolean): Sender {
  const through = (parameters: Arguments, options?: typeof asBytes): Promise<unknown> => {
    // Both are queued in one go, so that nothing comes between them. Where ASKING fails, so does what follows it.
    if (asking) client.sendCommand(["ASKING"]).catch(() => {});
    return client.sendCommand(parameters, options);
  };
  return {
    send: (parameters) => through(parameters),
    sendForBytes: (parameters) => through(parameters, asBytes),
  };
}

/**
 * Connections to all masters, that survive what happens to servers: a lost connection, a restart, a failover, a
 * resharding. Commands that got no answer are sent again, up to the time allowed for that.
 */
export class Lifeline {
  readonly #around: Surroundings;
  readonly #links = new Map<string, Link>();
  #layout: Layout;
  #finding: Promise<MigrateError | null> | null = null;
  #healing: Promise<void> | null = null;
  #episode: Episode | null = null;
  readonly #apart = new Map<string, Apart>();
  /** The smallest value that Redis is known to close the connection for, in bytes. */
  #tooLarge = Number.POSITIVE_INFINITY;
  #lapses = 0;
  readonly #lapsed = new Set<Lapse>();

  private constructor(around: Surroundings, layout: Layout) {
    this.#around = around;
    this.#layout = layout;
  }

  /**
   * Finds the masters and connects to each.
   * @param entry a connection that is there already; it is used if it leads to a master, and closed otherwise
   * @throws MigrateError `redis-…`; `Interruption` once the signal aborts
   */
  static async open(around: Surroundings, entry: Entry | null): Promise<Lifeline> {
    const live = entry === null ? [] : [entry.client];
    const finding = around.finder.find(live, around.login.connectionTimeoutMs);
    const layout = await finding.catch((error: unknown) => {
      entry?.client.destroy();
      throw error;
    });
    const lifeline = new Lifeline(around, layout);
    if (entry !== null) lifeline.#adopt(entry);
    try {
      await Promise.all(layout.masters.map((where) => lifeline.#clientOf(where)));
    } catch (error) {
      lifeline.close();
      throw error;
    }
    return lifeline;
  }

  #adopt({ where, client, info }: Entry): void {
    const name = nameOfWhere(where);
    if (!this.#layout.masters.some((master) => nameOfWhere(master) === name)) return client.destroy();
    const evictedBefore = Number(info?.get("evicted_keys") ?? 0);
    this.#links.set(name, { where, client, connecting: null, known: true, info, evictedBefore });
  }

  get topology(): Topology {
    return this.#around.finder.topology;
  }

  get masters(): readonly Where[] {
    return this.#layout.masters;
  }

  get layout(): Layout {
    return this.#layout;
  }

  /** How often Redis may have lost what it had confirmed: by a restart, a failover, or a demotion and promotion. */
  get lapses(): number {
    return this.#lapses;
  }

  /** Name of the master that holds a key now; empty where nobody serves its slot. */
  nameOfOwner(key: string): string {
    const owner = this.#layout.ownerOf(this.topology === "cluster" ? keySlot(key) : 0);
    return owner === null ? "" : nameOfWhere(owner);
  }

  /** What happened to Redis in these lapses, as the rest of a sentence. */
  get lapseWords(): string {
    return wordsOf(this.#lapsed);
  }

  /**
   * Asks once more where the masters are, and each of them who it is: what may have been lost counts in `lapses`. A
   * server that was a master, and is a replica by now, is waited for.
   * @param wrote whether replicas get some time to acknowledge what was written
   * @returns a sentence for each master whose replicas did not
   * @throws as `#carry` does
   */
  async confirm(wrote: boolean): Promise<string[]> {
    const { login, signal } = this.#around;
    const acknowledged = (where: Where) =>
      this.runOn(where, (sender) =>
        orInterruption(unacknowledgedBy(sender, nameOfWhere(where), login.commandTimeoutMs), signal),
      );
    try {
      const behind = wrote ? await Promise.all(this.masters.map(acknowledged)) : [];
      for (const first of this.masters.slice(0, 1)) await this.runOn(first, () => this.#findOrThrow());
      await Promise.all(
        this.masters.map((where) => this.runOn(where, (sender) => this.#identify(where, sender))),
      );
      return behind.filter((sentence) => sentence !== null);
    } catch (error) {
      // Another server has taken over meanwhile, which is a lapse: there is more to do before this is asked again.
      if (error instanceof MigrateError && error.code === "redis-unstable") return [];
      throw error;
    }
  }

  async #identify(where: Where, sender: Sender): Promise<void> {
    const link = this.#links.get(nameOfWhere(where));
    if (link === undefined || link.info === null) return;
    this.#recognise(link, await infoBy(() => sender.send(["INFO"])));
    if (this.topology !== "standalone") return;
    // Nobody but the address says where the master is, and that may lead to another server by now.
    const { login, signal } = this.#around;
    const anew = await connect(where, login, signal).catch(() => null);
    if (anew === null) return;
    const info = await readInfo(anew).catch(() => null);
    anew.destroy();
    if (info === null || lapseBetween(identityOf(link.info), identityOf(info)) === null) return;
    this.#retire(where);
    await this.#clientOf(where);
  }

  #lapse(lapse: Lapse): void {
    this.#lapses += 1;
    this.#lapsed.add(lapse);
  }

  /** What INFO said of a master when it was last connected to. */
  infoOf(where: Where): Info | null {
    return this.#links.get(nameOfWhere(where))?.info ?? null;
  }

  /** Asks a master for INFO now. */
  async refreshInfo(where: Where): Promise<Info | null> {
    return this.runOn(where, (sender) => infoBy(() => sender.send(["INFO"])));
  }

  /** Keys that the masters have evicted since this run came to know them; null where none of them tells. */
  async evicted(): Promise<number | null> {
    let sum: number | null = null;
    for (const { client, info, evictedBefore } of this.#links.values()) {
      if (info === null || !client?.isReady) continue;
      // A connection that is lost by now is no reason to fail a run that is done.
      const now = Number((await readInfo(client).catch(() => null))?.get("evicted_keys"));
      if (Number.isFinite(now)) sum = (sum ?? 0) + Math.max(0, now - evictedBefore);
    }
    return sum;
  }

  /**
   * Runs commands on the master that holds the key.
   * @param size bytes of the value that is sent
   * @param miss what became of them as they were sent together with others
   * @throws as `#carry` does
   */
  run<T>(key: string, attempt: Attempt<T>, size = 0, miss: Miss = unsent): Promise<T> {
    return this.#carry(() => this.#ownerOf(key), attempt, { key, size, miss });
  }

  /**
   * Sends many commands in one go, each to the master that holds its key, and waits for all answers. This is for the
   * usual case, in which all of them are answered: what fails is to be run by itself.
   * @returns the replies, with a `Miss` in the place of each that failed
   */
  async sendAll(commands: readonly Command[]): Promise<unknown[]> {
    const clients = commands.map(({ key, size = 0 }) =>
      size < this.#tooLarge ? this.#readyClientOf(key) : null,
    );
    const sent = commands.map(({ parameters, bytes }, at) => {
      return clients[at]?.sendCommand(parameters as Arguments, bytes ? asBytes : undefined) ?? unsent;
    });
    try {
      return await Promise.all(sent);
    } catch {
      const settled = await Promise.allSettled(sent);
      return settled.map((one, at) => {
        if (one.status === "fulfilled") return one.value;
        if (!(one.reason instanceof ErrorReply)) return new Miss(clients[at], one.reason);
        // The server closes the connection after these words, so they are not to be heard again.
        return isProtocolError(one.reason) ? new Miss(null, one.reason) : unsent;
      });
    }
  }

  #readyClientOf(key: string): Client | null {
    const owner = this.#layout.ownerOf(this.topology === "cluster" ? keySlot(key) : 0);
    const client = owner === null ? undefined : this.#links.get(nameOfWhere(owner))?.client;
    return client?.isReady ? client : null;
  }

  /** Runs commands on one master. @throws as `#carry` does, and `redis-unstable` once it is a master no more */
  runOn<T>(where: Where, attempt: Attempt<T>): Promise<T> {
    const name = nameOfWhere(where);
    const locate = (): Where => {
      if (this.masters.some((master) => nameOfWhere(master) === name)) return where;
      throw migrateError("redis-unstable", { at: this.#around.at });
    };
    return this.#carry(locate, attempt);
  }

  close(): void {
    for (const { client } of this.#links.values()) if (client?.isOpen) client.destroy();
    this.#links.clear();
    for (const apart of this.#apart.values()) apart.close();
  }

  /**
   * @throws MigrateError once Redis stays away for longer than is to be waited, or will not do what follows either;
   *   `Interruption` where the user does not want to wait; Redis' own error reply about this very command; `HangUp`
   *   where it closes the connection each time this very command is sent
   */
  async #carry<T>(
    locate: () => Where,
    attempt: Attempt<T>,
    { key, size, miss }: Burden = { key: null, size: 0, miss: unsent },
  ): Promise<T> {
    let since: number | null = null;
    let kind: Trouble["kind"] | null = null;
    let again = false;
    let missed = miss.error !== null;
    let losses = size >= this.#tooLarge ? lossesToSendApart(size) : 0;
    let tries = 0;
    let redirections = 0;
    let asking: Endpoint | null = null;
    for (;;) {
      let client: Client | null = null;
      let where: Where | null = asking;
      try {
        where ??= locate();
        if (missed) {
          client = miss.lostWith;
          missed = false;
          throw miss.error;
        }
        let result: T;
        if (key !== null && asking === null && losses >= lossesToSendApart(size)) {
          again = true;
          result = await this.#apartOn(where).run(key, (one) => attempt(senderOf(one, false), true));
        } else {
          client = await this.#clientOf(where, since);
          result = await attempt(senderOf(client, asking !== null), again);
        }
        if (kind !== null) this.#recovered(kind);
        return result;
      } catch (error) {
        const trouble = troubleOf(error, client);
        asking = null;
        if (trouble.kind === "moved" || trouble.kind === "ask") {
          redirections += 1;
          if (this.topology !== "cluster")
            throw migrateError("redis-is-cluster", { at: this.#around.at }, error);
          if (redirections <= mostRedirections) {
            const to: Endpoint = { ...trouble.to, host: trouble.to.host || hostOf(where) };
            if (trouble.kind === "ask") asking = to;
            else await this.#find(longestPauseMs);
            continue;
          }
        }
        if (trouble.kind === "lost" && client !== null) {
          again = true;
          losses += 1;
        }
        if (error instanceof HangUp && size >= largeBytes) this.#tooLarge = Math.min(this.#tooLarge, size);
        if (trouble.kind === "stop") throw this.#lasting(trouble.code, where, trouble.words, error);
        if (trouble.kind === "refused" || trouble.kind === "other") throw error;
        since ??= Date.now();
        kind = trouble.kind;
        tries += 1;
        redirections = 0;
        await this.#heal(tries, since, trouble, where, error);
      }
    }
  }

  #apartOn(where: Where): Apart {
    const name = nameOfWhere(where);
    const { login, signal, retryForMs } = this.#around;
    const limitMs = Math.min(login.connectionTimeoutMs, Math.max(leastConnectMs, retryForMs));
    const open = async () => {
      const client = await connect(where, login, signal, limitMs);
      return { client, runId: (await readInfo(client))?.get("run_id") ?? null };
    };
    const apart = this.#apart.get(name) ?? sendApart(open, signal);
    this.#apart.set(name, apart);
    return apart;
  }

  /** @throws MigrateError `redis-cluster-down` */
  #ownerOf(key: string): Where {
    const owner = this.#layout.ownerOf(this.topology === "cluster" ? keySlot(key) : 0);
    if (owner === null) throw migrateError("redis-cluster-down", { at: this.#around.at });
    return owner;
  }

  /** @param since when the trouble began that this is to end, in ms since 1970 */
  async #clientOf(where: Where, since: number | null = null): Promise<Client> {
    const name = nameOfWhere(where);
    let link = this.#links.get(name);
    if (link === undefined) {
      link = { where, client: null, connecting: null, known: false, info: null, evictedBefore: 0 };
      this.#links.set(name, link);
    }
    if (link.client?.isReady) return link.client;
    const unconnected = link;
    unconnected.connecting ??= this.#connect(unconnected, since).finally(() => {
      unconnected.connecting = null;
    });
    return unconnected.connecting;
  }

  async #connect(link: Link, since: number | null): Promise<Client> {
    const { login, signal, retryForMs } = this.#around;
    const left = since === null ? login.connectionTimeoutMs : since + retryForMs - Date.now();
    const limitMs = Math.min(login.connectionTimeoutMs, Math.max(leastConnectMs, left));
    const client = await connect(link.where, login, signal, limitMs);
    try {
      const info = await readInfo(client);
      // Whoever closes all connections does not know of this one yet.
      if (signal?.aborted) throw new Interruption();
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
    const lapse = link.known ? lapseBetween(identityOf(link.info), identityOf(info)) : null;
    if (lapse !== null) this.#lapse(lapse);
    if (!link.known) link.evictedBefore = Number(info?.get("evicted_keys") ?? 0);
    // Another process counts anew.
    else if (lapse === "replaced") link.evictedBefore = 0;
    link.known = true;
    link.info = info;
  }

  /** @throws MigrateError where nobody tells where the masters are */
  async #findOrThrow(): Promise<void> {
    const failure = await this.#find(this.#around.login.connectionTimeoutMs);
    if (failure !== null) throw failure;
  }

  /** Looks anew where the masters are. @returns why that could not be found out, and stays as it is */
  #find(limitMs: number): Promise<MigrateError | null> {
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
      for (const before of this.#layout.masters) {
        const name = nameOfWhere(before);
        if (names.has(name)) continue;
        // A master that is none any more: another one took over, perhaps without the last that was written.
        this.#lapse("replaced");
        this.#links.get(name)?.client?.destroy();
        this.#links.delete(name);
      }
      this.#layout = layout;
      return null;
    } catch (error) {
      if (error instanceof MigrateError && isPassing(error)) return error;
      throw error;
    }
  }

  /** Connects anew from now on; what is under way is still answered. */
  #retire(where: Where): void {
    const link = this.#links.get(nameOfWhere(where));
    if (!link?.client?.isReady) return;
    link.client.close().catch(() => {});
    link.client = null;
  }

  /** Waits a little, and looks where the masters are. All that fail at one time wait together. */
  async #heal(
    tries: number,
    since: number,
    trouble: Trouble,
    where: Where | null,
    cause: unknown,
  ): Promise<void> {
    const { signal, retryForMs } = this.#around;
    const left = since + retryForMs - Date.now();
    if (signal?.aborted) throw new Interruption();
    if (left <= 0) throw this.#givenUp(trouble, where, cause);
    if (trouble.kind === "wait" && trouble.code === "redis-not-master" && where !== null) {
      // Behind the same name there may be another server by now.
      if (this.topology !== "cluster") this.#retire(where);
    }
    this.#began(trouble, where);
    this.#healing ??= this.#pauseAndFind(tries, left).finally(() => {
      this.#healing = null;
    });
    await this.#healing;
  }

  async #pauseAndFind(tries: number, left: number): Promise<void> {
    const longest = Math.min(firstPauseMs * 2 ** Math.min(tries - 1, 10), longestPauseMs);
    // Jitter keeps many clients from coming back all at once.
    const pause = Math.min(left, longest * (0.5 + Math.random() / 2));
    const { signal } = this.#around;
    try {
      await sleep(pause, undefined, signal === undefined ? {} : { signal });
    } catch {
      throw new Interruption();
    }
    await this.#find(Math.max(1, Math.min(this.#around.login.connectionTimeoutMs, left - pause)));
  }

  #began(trouble: Trouble, where: Where | null): void {
    if (this.#episode !== null) return;
    this.#episode = { since: Date.now(), kind: trouble.kind };
    const what = this.#reason(trouble, where);
    this.#around.alert(`${what}; trying again for up to ${seconds(this.#around.retryForMs)} s`);
  }

  #recovered(kind: Trouble["kind"]): void {
    const episode = this.#episode;
    if (episode === null || episode.kind !== kind) return;
    this.#episode = null;
    this.#around.alert(
      `Redis at ${this.#around.at} is back after ${seconds(Date.now() - episode.since)} s; going on`,
    );
  }

  #nameOf(where: Where | null): string {
    return where === null ? this.#around.at : nameOfWhere(where);
  }

  /** The sentence for a trouble that passes. */
  #reason(trouble: Trouble, where: Where | null): string {
    const at = this.#nameOf(where);
    if (trouble.kind === "wait") return migrateError(trouble.code, { at }).message;
    if (trouble.kind === "lost")
      return trouble.reason.includes(at) ? trouble.reason : `Redis at ${at} was lost: ${trouble.reason}`;
    return migrateError("redis-cluster-down", { at: this.#around.at }).message;
  }

  #givenUp(trouble: Trouble, where: Where | null, cause: unknown): MigrateError {
    const at = this.#nameOf(where);
    if (trouble.kind === "wait") return migrateError(trouble.code, { at }, cause);
    const reason = trouble.kind === "lost" ? trouble.reason : "its nodes send from one to the other";
    return migrateError("redis-lost", { at, reason, seconds: seconds(this.#around.retryForMs) }, cause);
  }

  #lasting(code: LastingCode, where: Where | null, words: string, cause: unknown): MigrateError {
    const at = this.#nameOf(where);
    return migrateError(code, { at, words: words.replace(/ command.*$/, " command") }, cause);
  }
}

/** Whether Redis could not make out a command, and closes the connection after saying so. */
export function isProtocolError({ message }: ErrorReply): boolean {
  return message.startsWith("ERR Protocol error");
}

function isPassing(error: MigrateError): boolean {
  const { kind } = diagnose(error);
  return kind === "lost" || kind === "wait";
}

/** What `promise` gives. @throws Interruption once the signal aborts */
async function orInterruption<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let interrupt = (): void => {};
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = () => reject(new Interruption());
    signal.addEventListener("abort", interrupt);
    if (signal.aborted) interrupt();
  });
  return Promise.race([promise, interrupted]).finally(() => signal.removeEventListener("abort", interrupt));
}

/** What to do about an error; of a connection that was lost, for the reason why. */
function troubleOf(error: unknown, client: Client | null): Trouble {
  const trouble = diagnose(error);
  const failure = client === null ? undefined : failureOf(client);
  return trouble.kind === "lost" && failure !== undefined ? diagnose(failure) : trouble;
}

function hostOf(where: Where | null): string {
  return where !== null && "host" in where ? where.host : "";
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
