import { ErrorReply } from "@redis/client";
import { isCode, migrateError } from "../errors.js";
import type { Entry } from "../types/entry.js";
import { nameOfServer, type Server } from "./address.js";
import type { BatchConnection, BatchReplies, Reply } from "./batch-connection.js";
import { isProtocolError } from "./classify-error.js";
import type { MasterConnection } from "./master-connection.js";
import type { Deployment, Masters } from "./masters.js";
import { Retry } from "./retry.js";
import { type Attempt, type Command, Unanswered, unsent } from "./send-command.js";
import { SeparateConnections } from "./send-separately.js";
import { waitForReplicas } from "./wait-for-replicas.js";

/** What many commands were answered with, or why one was not. */
type Replies = readonly (Reply | Unanswered)[];

/**
 * Connections to all masters, that survive what happens to servers: a lost connection, a restart, a failover, a
 * resharding. Commands that got no answer are sent again, up to the time allowed for that.
 */
export class Connections {
  readonly #deployment: Deployment;
  readonly #separate: SeparateConnections;
  readonly #retry: Retry;
  readonly masters: Masters;

  constructor(deployment: Deployment, masters: Masters) {
    this.#deployment = deployment;
    this.masters = masters;
    this.#separate = new SeparateConnections(deployment.login, deployment.retryForMs);
    this.#retry = new Retry(deployment, masters, this.#separate);
  }

  /**
   * Runs commands on the master that holds the key.
   * @param size bytes of the value that is sent
   * @param unanswered what became of them as they were sent together with others
   * @throws as `Retry.untilAnswered` does
   */
  run<T>(key: string, attempt: Attempt<T>, size = 0, unanswered: Unanswered = unsent): Promise<T> {
    const locate = () => this.masters.ownerOf(key);
    return this.#retry.untilAnswered({ locate, attempt, key, size, unanswered });
  }

  /**
   * Runs commands on one master.
   * @throws as `Retry.untilAnswered` does, and MigrateError `redis-unstable` once it is a master no more
   */
  runOn<T>(server: Server, attempt: Attempt<T>): Promise<T> {
    const locate = (): Server => {
      if (this.masters.includes(server)) return server;
      throw migrateError("redis-unstable", { at: this.#deployment.at });
    };
    return this.#retry.untilAnswered({ locate, attempt, key: null, size: 0, unanswered: unsent });
  }

  /**
   * Sends many commands in one go, each to the master that holds its key, and waits for all answers. This is for the
   * usual case, in which all of them are answered: what fails is to be run by itself.
   * @returns the replies, with an `Unanswered` in the place of each that failed
   */
  sendAll(commands: readonly Command[]): Promise<Replies> {
    const keyOf = ({ key }: Command) => key;
    const sizeOf = ({ size = 0 }: Command) => size;
    const send = (connection: BatchConnection, some: readonly Command[]) =>
      connection.send(some.map(({ parameters }) => parameters));
    return this.#sendEach(commands, keyOf, sizeOf, send);
  }

  /** The same, with the commands that create records. */
  createAll(entries: readonly Entry[]): Promise<Replies> {
    const keyOf = ({ redisKey }: Entry) => redisKey.reveal();
    const sizeOf = ({ bytes }: Entry) => bytes;
    return this.#sendEach(entries, keyOf, sizeOf, (connection, some) => connection.create(some));
  }

  async #sendEach<T>(
    all: readonly T[],
    keyOf: (one: T) => string,
    sizeOf: (one: T) => number,
    send: (connection: BatchConnection, some: readonly T[]) => Promise<BatchReplies>,
  ): Promise<Replies> {
    const replies = new Array<Reply | Unanswered>(all.length).fill(unsent);
    const byMaster = new Map<MasterConnection | undefined, number[]>();
    const placesOf = (master: MasterConnection | undefined): number[] => {
      const places = byMaster.get(master) ?? [];
      byMaster.set(master, places);
      return places;
    };
    // In a cluster alone, the key says who has it.
    const ofAll = this.masters.topology === "cluster" ? null : placesOf(this.masters.connectionOf(""));
    for (let at = 0; at < all.length; at += 1) {
      const one = all[at] as T;
      if (this.#separate.isFor(sizeOf(one), 0)) continue;
      const places = ofAll ?? placesOf(this.masters.connectionOf(keyOf(one)));
      places.push(at);
    }
    const sendTo = async ([master, places]: [MasterConnection | undefined, number[]]): Promise<void> => {
      const connection = places.length === 0 ? null : await master?.forBatches();
      if (!connection) return;
      const some = places.length === all.length ? all : places.map((at) => all[at] as T);
      const { error, replies: received } = await send(connection, some);
      const lost = error === null ? unsent : new Unanswered(connection, error);
      // Whoever asks next is to learn whether the same server is still there, and not by a connection that is as dead.
      if (error !== null && master?.isForBatches(connection)) master.retire();
      for (let place = 0; place < places.length; place += 1)
        replies[places[place] as number] = usableReply(received[place], lost);
    };
    await Promise.all([...byMaster].map(sendTo));
    return replies;
  }

  /** Whether the last command for a key may have been carried out, though no answer said so. */
  mayHaveDone(key: string): boolean {
    return this.#retry.mayHaveDone(key);
  }

  /**
   * Asks once more where the masters are, and each of them who it is: what may have been lost counts in
   * `masters.losses`. A server that was a master, and is a replica by now, is waited for.
   * @param wrote whether replicas get some time to acknowledge what was written
   * @returns a sentence for each master whose replicas did not
   * @throws as `Retry.untilAnswered` does
   */
  async confirm(wrote: boolean): Promise<string[]> {
    const { login } = this.#deployment;
    const acknowledged = (server: Server) =>
      this.runOn(server, (sender) => waitForReplicas(sender, nameOfServer(server), login));
    try {
      const behind = wrote ? await Promise.all(this.masters.all.map(acknowledged)) : [];
      for (const first of this.masters.all.slice(0, 1))
        await this.runOn(first, () => this.masters.findOrThrow());
      await Promise.all(
        this.masters.all.map((server) =>
          this.runOn(server, (sender) => this.masters.identify(server, sender)),
        ),
      );
      return behind.filter((sentence) => sentence !== null);
    } catch (error) {
      // Another server has taken over meanwhile, and may lack something: there is more to do before this is asked again.
      if (isCode(error, "redis-unstable")) return [];
      throw error;
    }
  }

  close(): void {
    this.masters.close();
    this.#separate.close();
  }
}

/** A reply that needs no further care; otherwise what is to be known of the command when it is sent by itself. */
function usableReply(reply: Reply | undefined, lost: Unanswered): Reply | Unanswered {
  if (reply === undefined) return lost;
  if (!(reply instanceof ErrorReply)) return reply;
  // The server closes the connection after these words, so they are not to be heard again.
  return isProtocolError(reply) ? new Unanswered(null, reply) : unsent;
}
