import { RESP_TYPES } from "@redis/client";
import type { BatchConnection } from "./batch-connection.js";
import type { Client } from "./connect.js";

export type Arguments = readonly (string | Buffer)[];

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
}

/** A command of many that was not answered as it should have been. */
export class Unanswered {
  /** The connection that it was sent by, and lost with; null where it was not sent, or was answered. */
  readonly lostWith: Client | BatchConnection | null;
  /** What it failed with; null where it is only to be sent by itself. */
  readonly error: unknown;

  constructor(lostWith: Client | BatchConnection | null = null, error: unknown = null) {
    this.lostWith = lostWith;
    this.error = error;
  }
}

/** A command that is still to be sent, by itself. */
export const unsent = new Unanswered();

export const asBytes = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };

/** @param asking whether the node is to answer for a slot that is about to become its own */
export function senderOf(client: Client, asking: boolean): Sender {
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
