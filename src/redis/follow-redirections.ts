import { migrateError } from "../errors.js";
import type { Endpoint } from "../options.js";
import type { Server } from "./address.js";
import { longestPauseMs } from "./backoff.js";
import type { ErrorClass } from "./classify-error.js";
import type { Masters } from "./masters.js";

/** More redirections than this in a row are no resharding, but nodes that disagree. */
const mostRedirections = 16;

/** The redirections of one command: MOVED has the masters found again, ASK names a node to ask this once. */
export class Redirections {
  readonly #masters: Masters;
  readonly #address: string;
  #inARow = 0;
  #askNext: Endpoint | null = null;

  /** @param address for sentences */
  constructor(masters: Masters, address: string) {
    this.#masters = masters;
    this.#address = address;
  }

  /** The node to ask this once; null where it is the owner of the slot. */
  get askNext(): Endpoint | null {
    return this.#askNext;
  }

  /** A try has ended, with a redirection or another error. */
  forgetAsk(): void {
    this.#askNext = null;
  }

  /** A pause comes before the next try, in which nodes may agree. */
  startAgain(): void {
    this.#inARow = 0;
  }

  /**
   * @param from the server that sent the redirection
   * @returns whether to send the command again at once
   * @throws MigrateError `redis-is-cluster`
   */
  async follow(
    { kind, to }: Extract<ErrorClass, { readonly to: Endpoint }>,
    from: Server | null,
    cause: unknown,
  ): Promise<boolean> {
    this.#inARow += 1;
    if (this.#masters.topology !== "cluster")
      throw migrateError("redis-is-cluster", { at: this.#address }, cause);
    if (this.#inARow > mostRedirections) return false;
    const hostAsked = from !== null && "host" in from ? from.host : "";
    if (kind === "ask") this.#askNext = { ...to, host: to.host || hostAsked };
    else await this.#masters.find(longestPauseMs);
    return true;
  }
}
