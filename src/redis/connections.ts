import { setTimeout as sleep } from "node:timers/promises";
import { ErrorReply } from "@redis/client";
import { Interruption, isCode, migrateError } from "../errors.js";
import type { Endpoint } from "../options.js";
import type { Client, Where } from "./connect.js";
import { failureOf, nameOfWhere, wordsOf } from "./connect.js";
import type { Entry } from "./discover-topology.js";
import type { Diagnosis } from "./error-replies.js";
import { diagnose, HangUp } from "./error-replies.js";
import { leastConnectMs, Masters, type Surroundings } from "./masters.js";
import { givenUp, lasting, nameOr, type Outage, outageAt } from "./outage.js";
import { openResender, type Resender } from "./resend-apart.js";
import {
  type Arguments,
  type Attempt,
  asBytes,
  type Command,
  senderOf,
  Unanswered,
  unsent,
} from "./sender.js";
import { meet } from "./server-info.js";
import { unacknowledgedBy } from "./wait-for-replicas.js";

/** What is sent, and what became of it before. */
interface SentCommand {
  /** What it is about; null where it is not about a record. */
  readonly key: string | null;
  readonly size: number;
  readonly unanswered: Unanswered;
}

/** The first pause before trying again doubles from one to the next, up to the longest. In ms. */
const firstPauseMs = 50;
const longestPauseMs = 1_000;

/** No limit of Redis to the size of a command can be set as low as this. In bytes. */
const largeBytes = 512 * 1024;

/** How often commands with a value of so many bytes are lost among others before they are sent apart from them. */
function lossesToResendAlone(size: number): number {
  return size >= largeBytes ? 1 : 2;
}

/** More redirections than this in a row are no resharding, but nodes that disagree. */
const mostRedirections = 16;

/**
 * Connections to all masters, that survive what happens to servers: a lost connection, a restart, a failover, a
 * resharding. Commands that got no answer are sent again, up to the time allowed for that.
 */
export class Connections {
  readonly #around: Surroundings;
  readonly masters: Masters;
  readonly #outage: Outage;
  #healing: Promise<void> | null = null;
  /** Keys of commands that lost their answer, and have got none since. */
  readonly #unanswered = new Set<string>();
  readonly #apart = new Map<string, Resender>();
  /** The smallest value that Redis is known to close the connection for, in bytes. */
  #tooLarge = Number.POSITIVE_INFINITY;

  private constructor(around: Surroundings, masters: Masters) {
    this.#around = around;
    this.masters = masters;
    this.#outage = outageAt(around.at, around.retryForMs, around.alert);
  }

  /** @throws as `Masters.open` does */
  static async open(around: Surroundings, entry: Entry | null): Promise<Connections> {
    return new Connections(around, await Masters.open(around, entry));
  }

  /**
   * Asks once more where the masters are, and each of them who it is: what may have been lost counts in `lapses`. A
   * server that was a master, and is a replica by now, is waited for.
   * @param wrote whether replicas get some time to acknowledge what was written
   * @returns a sentence for each master whose replicas did not
   * @throws as `#retry` does
   */
  async confirm(wrote: boolean): Promise<string[]> {
    const { login } = this.#around;
    const acknowledged = (where: Where) =>
      this.runOn(where, (sender) =>
        orInterruption(unacknowledgedBy(sender, nameOfWhere(where), login.commandTimeoutMs), login.signal),
      );
    try {
      const behind = wrote ? await Promise.all(this.masters.all.map(acknowledged)) : [];
      for (const first of this.masters.all.slice(0, 1))
        await this.runOn(first, () => this.masters.findOrThrow());
      await Promise.all(
        this.masters.all.map((where) => this.runOn(where, (sender) => this.masters.identify(where, sender))),
      );
      return behind.filter((sentence) => sentence !== null);
    } catch (error) {
      // Another server has taken over meanwhile, and may lack something: there is more to do before this is asked again.
      if (isCode(error, "redis-unstable")) return [];
      throw error;
    }
  }

  /**
   * Runs commands on the master that holds the key.
   * @param size bytes of the value that is sent
   * @param miss what became of them as they were sent together with others
   * @throws as `#retry` does
   */
  run<T>(key: string, attempt: Attempt<T>, size = 0, unanswered: Unanswered = unsent): Promise<T> {
    return this.#retry(() => this.masters.ownerOf(key), attempt, { key, size, unanswered });
  }

  /**
   * Sends many commands in one go, each to the master that holds its key, and waits for all answers. This is for the
   * usual case, in which all of them are answered: what fails is to be run by itself.
   * @returns the replies, with a `Miss` in the place of each that failed
   */
  async sendAll(commands: readonly Command[]): Promise<unknown[]> {
    const clients = commands.map(({ key, size = 0 }) =>
      size < this.#tooLarge ? this.masters.readyClientOf(key) : null,
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
        if (!(one.reason instanceof ErrorReply)) return new Unanswered(clients[at], one.reason);
        // The server closes the connection after these words, so they are not to be heard again.
        return isProtocolError(one.reason) ? new Unanswered(null, one.reason) : unsent;
      });
    }
  }

  /** Whether the last command for a key may have been carried out, though no answer said so. */
  mayHaveDone(key: string): boolean {
    return this.#unanswered.has(key);
  }

  /** Runs commands on one master. @throws as `#retry` does, and `redis-unstable` once it is a master no more */
  runOn<T>(where: Where, attempt: Attempt<T>): Promise<T> {
    const name = nameOfWhere(where);
    const locate = (): Where => {
      if (this.masters.all.some((master) => nameOfWhere(master) === name)) return where;
      throw migrateError("redis-unstable", { at: this.#around.at });
    };
    return this.#retry(locate, attempt);
  }

  close(): void {
    this.masters.close();
    for (const apart of this.#apart.values()) apart.close();
  }

  /**
   * @throws MigrateError once Redis stays away for longer than is to be waited, or will not do what follows either;
   *   `Interruption` where the user does not want to wait; Redis' own error reply about this very command; `HangUp`
   *   where it closes the connection each time this very command is sent
   */
  async #retry<T>(
    locate: () => Where,
    attempt: Attempt<T>,
    { key, size, unanswered }: SentCommand = { key: null, size: 0, unanswered: unsent },
  ): Promise<T> {
    let since: number | null = null;
    let kind: Diagnosis["kind"] | null = null;
    let again = false;
    let missed = unanswered.error !== null;
    let losses = size >= this.#tooLarge ? lossesToResendAlone(size) : 0;
    let tries = 0;
    let redirections = 0;
    let asking: Endpoint | null = null;
    const lostAnswer = (): void => {
      again = true;
      if (key !== null) this.#unanswered.add(key);
    };
    if (unanswered.lostWith !== null) lostAnswer();
    for (;;) {
      let client: Client | null = null;
      let where: Where | null = asking;
      try {
        where ??= locate();
        if (missed) {
          client = unanswered.lostWith;
          missed = false;
          throw unanswered.error;
        }
        let result: T;
        if (key !== null && asking === null && losses >= lossesToResendAlone(size)) {
          lostAnswer();
          result = await this.#apartOn(where).run(key, (one) => attempt(senderOf(one, false), true));
        } else {
          client = await this.masters.clientOf(where, since);
          result = await attempt(senderOf(client, asking !== null), again);
        }
        this.#outage.recovered(kind);
        if (key !== null) this.#unanswered.delete(key);
        return result;
      } catch (error) {
        const diagnosis = diagnosisOf(error, client);
        asking = null;
        if (diagnosis.kind === "moved" || diagnosis.kind === "ask") {
          redirections += 1;
          if (this.masters.topology !== "cluster")
            throw migrateError("redis-is-cluster", { at: this.#around.at }, error);
          if (redirections <= mostRedirections) {
            const to: Endpoint = { ...diagnosis.to, host: diagnosis.to.host || hostOf(where) };
            if (diagnosis.kind === "ask") asking = to;
            else await this.masters.find(longestPauseMs);
            continue;
          }
        }
        if (diagnosis.kind === "lost" && client !== null) {
          lostAnswer();
          losses += 1;
        }
        if (error instanceof HangUp && size >= largeBytes) this.#tooLarge = Math.min(this.#tooLarge, size);
        if (diagnosis.kind === "stop") {
          const words = wordsOf(diagnosis.reply, this.#around.login);
          throw lasting(diagnosis.code, nameOr(where, this.#around.at), words, error);
        }
        // An answer all the same, or another master in its place.
        if (diagnosis.kind === "refused" || isCode(error, "redis-unstable")) this.#outage.recovered(kind);
        if (diagnosis.kind === "refused" || diagnosis.kind === "other") throw error;
        since ??= Date.now();
        kind = diagnosis.kind;
        tries += 1;
        redirections = 0;
        await this.#heal(tries, since, diagnosis, where, error);
      }
    }
  }

  #apartOn(where: Where): Resender {
    const name = nameOfWhere(where);
    const { login, retryForMs } = this.#around;
    const limitMs = Math.min(login.connectionTimeoutMs, Math.max(leastConnectMs, retryForMs));
    const open = async () => {
      const { client, info } = await meet(where, login, limitMs);
      return { client, runId: info?.get("run_id") ?? null };
    };
    const apart = this.#apart.get(name) ?? openResender(open, login.signal);
    this.#apart.set(name, apart);
    return apart;
  }

  /** Waits a little, and looks where the masters are. All that fail at one time wait together. */
  async #heal(
    tries: number,
    since: number,
    diagnosis: Diagnosis,
    where: Where | null,
    cause: unknown,
  ): Promise<void> {
    const { login, retryForMs } = this.#around;
    const left = since + retryForMs - Date.now();
    if (login.signal.aborted) throw new Interruption();
    if (left <= 0) throw givenUp(diagnosis, nameOr(where, this.#around.at), retryForMs, cause);
    if (diagnosis.kind === "wait" && diagnosis.code === "redis-not-master" && where !== null) {
      // Behind the same name there may be another server by now.
      if (this.masters.topology !== "cluster") this.masters.retire(where);
    }
    this.#outage.began(diagnosis, where);
    this.#healing ??= this.#pauseAndFind(tries, left).finally(() => {
      this.#healing = null;
    });
    await this.#healing;
  }

  async #pauseAndFind(tries: number, left: number): Promise<void> {
    const longest = Math.min(firstPauseMs * 2 ** Math.min(tries - 1, 10), longestPauseMs);
    // Jitter keeps many clients from coming back all at once.
    const pause = Math.min(left, longest * (0.5 + Math.random() / 2));
    const { signal, connectionTimeoutMs } = this.#around.login;
    await sleep(pause, undefined, { signal }).catch(() => Promise.reject(new Interruption()));
    await this.masters.find(Math.max(1, Math.min(connectionTimeoutMs, left - pause)));
  }
}

/** Whether Redis could not make out a command, and closes the connection after saying so. */
export function isProtocolError({ message }: ErrorReply): boolean {
  return message.startsWith("ERR Protocol error");
}

/** What `promise` gives. @throws Interruption once the signal aborts */
async function orInterruption<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let interrupt = (): void => {};
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = () => reject(new Interruption());
    signal.addEventListener("abort", interrupt);
    if (signal.aborted) interrupt();
  });
  return Promise.race([promise, interrupted]).finally(() => signal.removeEventListener("abort", interrupt));
}

/** What to do about an error; of a connection that was lost, for the reason why. */
function diagnosisOf(error: unknown, client: Client | null): Diagnosis {
  const diagnosis = diagnose(error);
  const failure = client === null ? undefined : failureOf(client);
  return diagnosis.kind === "lost" && failure !== undefined ? diagnose(failure) : diagnosis;
}

function hostOf(where: Where | null): string {
  return where !== null && "host" in where ? where.host : "";
}
