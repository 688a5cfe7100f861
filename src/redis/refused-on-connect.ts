import { connect } from "node:net";
import type { Server } from "./address.js";

/** A server that turns clients away says so at once. In ms. */
const longestWaitMs = 500;

/** More than this is no refusal of Redis. In bytes. */
const mostBytes = 4096;

/**
 * What a server says to whoever connects before it closes the connection, as with too many clients or in protected
 * mode. It is listened to without a word sent, for those that answer to nothing would let its words be lost.
 * @returns its words, without the dash in front; null where it says nothing, or no error
 */
export function wordsOfRefusal(server: Server): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(server);
    let said = "";
    const end = (): void => {
      socket.destroy();
      resolve(/^-([^\r\n]+)\r\n/.exec(said)?.[1] ?? null);
    };
    socket.setTimeout(longestWaitMs, end);
    socket.on("data", (chunk: Buffer) => {
      said += chunk.toString("latin1");
      if (said.includes("\n") || said.length > mostBytes) end();
    });
    socket.on("error", end);
    socket.on("close", end);
  });
}
