import { Interruption, isCode, migrateError } from "../errors.js";
import type { Endpoint } from "../options.js";
import { nameOfServer, type Server } from "./address.js";
import { pauseBeforeRetry } from "./backoff.js";
import { classifyError, type ErrorClass } from "./classify-error.js";
import { type Client, failureOf } from "./connect.js";
import { ConnectionClosedByCommand } from "./connection-closed-by-command.js";
import { followRedirection, mostRedirections } from "./follow-redirection.js";
import type { Deployment, Masters } from "./masters.js";
import { givenUp, type Outage, outageAt } from "./outage.js";
import { redactedWords } from "./redact-error-reply.js";
import { type Attempt, senderOf, type Unanswered } from "./send-command.js";
import type { SeparateConnections } from "./send-separately.js";

/** Commands that are sent again until they are answered. */
export interface Task<T> {
  /** Says who is to be asked now. */
  readonly locate: () => Server;
  readonly attempt: Attempt<T>;
  /** The Redis key that they are about; null where they are about no record. */
  readonly key: string | null;
  /** Bytes of the value that is sent. */
  readonly size: number;
  /** What became of them when they were sent together with others. */
  readonly unanswered: Unanswered;
}

/** What became of a task so far. */
interface Progress {
  /** The node that a redirection says to ask this once; null where it is the owner of the slot. */
  askOnce: Endpoint | null;
  /** How many redirections came in a row. */
  redirections: number;
  /** Whether an earlier try may have been carried out, though no answer came. */
  mayBeDone: boolean;
  /** How often its connection was lost. */
  losses: number;
  /** How many tries have failed, with what, and since when, in ms since 1970. */
  tries: number;
  failedWith: ErrorClass["kind"] | null;
  since: number | null;
}

/** Sends commands again that were lost or cannot be done now, for as long as the address allows. */
export class Retry {
  readonly #deployment: Deployment;
  readonly #masters: Masters;
  readonly #separate: SeparateConnections;
  readonly #outage: Outage;
  /** Keys of commands that lost their answer, and have got none since. */
  readonly #unansweredKeys = new Set<string>();
  #pausing: Promise<void> | null = null;

  constructor(deployment: Deployment, masters: Masters, separate: SeparateConnections) {
    this.#deployment = deployment;
    this.#masters = masters;
    this.#separate = separate;
    this.#outage = outageAt(deployment.at, deployment.retryForMs, deployment.alert);
  }

  /** Whether the last command for a key may have been carried out, though no answer said so. */
  mayHaveDone(key: string): boolean {
    return this.#unansweredKeys.has(key);
  }

  /**
   * @throws MigrateError once Redis stays away for longer than is to be waited, or will not do what follows either;
   *   `Interruption` where the user does not want to wait; Redis' own error reply about this very command;
   *   `ConnectionClosedByCommand`
   */
  async untilAnswered<T>(task: Task<T>): Promise<T> {
    const { key, unanswered } = task;
    const none = { redirections: 0, losses: 0, tries: 0 };
    const progress: Progress = { askOnce: null, mayBeDone: false, failedWith: null, since: null, ...none };
    if (unanswered.lostWith !== null) this.#noteLostAnswer(task, progress);
    let { error: firstError } = unanswered;
    for (;;) {
      let client: Unanswered["lostWith"] = null;
      let server: Server | null = progress.askOnce;
      try {
        const asking = server !== null;
        server ??= task.locate();
        if (firstError !== null) {
          client = unanswered.lostWith;
          const thrown = firstError;
          firstError = null;
          throw thrown;
        }
        let result: T;
        if (key !== null && !asking && this.#separate.isFor(task.size, progress.losses)) {
          this.#noteLostAnswer(task, progress);
          const again = (one: Client) => task.attempt(senderOf(one, false), true);
          result = await this.#separate.to(server).run(key, again);
        } else {
          const connected = await this.#masters.connectionTo(server).connected(progress.since);
          client = connected;
          result = await task.attempt(senderOf(connected, asking), progress.mayBeDone);
        }
        this.#outage.recovered(progress.failedWith);
        if (key !== null) this.#unansweredKeys.delete(key);
        return result;
      } catch (error) {
        await this.#recover(task, progress, error, client, server);
      }
    }
  }

  #noteLostAnswer({ key }: Task<unknown>, progress: Progress): void {
    progress.mayBeDone = true;
    if (key !== null) this.#unansweredKeys.add(key);
  }

  /** Does what is to be done before a task is tried again. @throws where it is not to be tried again */
  async #recover(
    task: Task<unknown>,
    progress: Progress,
    error: unknown,
    client: Unanswered["lostWith"],
    server: Server | null,
  ): Promise<void> {
    const why = classifyLoss(error, client);
    const at = server === null ? this.#deployment.at : nameOfServer(server);
    progress.askOnce = null;
    if (why.kind === "moved" || why.kind === "ask") {
      if (this.#masters.topology !== "cluster")
        throw migrateError("redis-is-cluster", { at: this.#deployment.at }, error);
      progress.redirections += 1;
      if (progress.redirections <= mostRedirections) {
        progress.askOnce = await followRedirection(why, server, this.#masters);
        return;
      }
    }
    if (why.kind === "lost" && client !== null) {
      this.#noteLostAnswer(task, progress);
      progress.losses += 1;
    }
    if (error instanceof ConnectionClosedByCommand) this.#separate.addTooLarge(task.size);
    if (why.kind === "stop") {
      const words = redactedWords(why.reply, this.#deployment.login).replace(/ command.*$/, " command");
      throw migrateError(why.code, { at, words }, error);
    }
    // An answer all the same, or another master in its place.
    if (why.kind === "refused" || isCode(error, "redis-unstable"))
      this.#outage.recovered(progress.failedWith);
    if (why.kind === "refused" || why.kind === "other") throw error;
    progress.since ??= Date.now();
    progress.failedWith = why.kind;
    progress.tries += 1;
    progress.redirections = 0;
    const left = progress.since + this.#deployment.retryForMs - Date.now();
    if (this.#deployment.login.signal.aborted) throw new Interruption();
    if (left <= 0) throw givenUp(why, at, this.#deployment.retryForMs, error);
    // Behind the same name there may be another server by now.
    const isReplica = why.kind === "wait" && why.code === "redis-not-master";
    if (isReplica && server !== null && this.#masters.topology !== "cluster")
      this.#masters.connectionTo(server).retire();
    this.#outage.began(why, at);
    await this.#pauseTogether(progress.tries, left);
  }

  /** Waits, and finds the masters again. All that fail at one time wait together. */
  #pauseTogether(tries: number, leftMs: number): Promise<void> {
    const pause = async (): Promise<void> => {
      const { signal, connectionTimeoutMs } = this.#deployment.login;
      const until = Date.now() + leftMs;
      await pauseBeforeRetry(tries, leftMs, signal);
      await this.#masters.find(Math.max(1, Math.min(connectionTimeoutMs, until - Date.now())));
    };
    this.#pausing ??= pause().finally(() => {
      this.#pausing = null;
    });
    return this.#pausing;
  }
}

/** What to do about an error; of a connection that was lost, about the reason why. */
function classifyLoss(error: unknown, client: Unanswered["lostWith"]): ErrorClass {
  const why = classifyError(error);
  const failure = client === null ? undefined : failureOf(client);
  return why.kind === "lost" && failure !== undefined ? classifyError(failure) : why;
}
