import { execFileSync } from "node:child_process";
import process from "node:process";
import { expect, test } from "vitest";
import { findKeys } from "../../src/modes/find-keys.js";
import { openStore } from "../../src/redis/open-store.js";
import { startCluster } from "../support/cluster.js";
import { optionsFor } from "../support/options.js";

/** Sends commands to servers, each once the one before is answered. */
const send = `
const [, ...commands] = process.argv;
const net = require("node:net");
(async () => {
  for (const command of commands) {
    const [port, ...words] = command.split(" ");
    const socket = net.connect(Number(port), "127.0.0.1");
    socket.write(words.join(" ") + "\\r\\n");
    const answer = await new Promise((resolve) => socket.once("data", resolve));
    if (String(answer)[0] === "-") throw new Error(String(answer));
    socket.destroy();
  }
})();`;

test("a key that moves to a master that was searched already is found there", async () => {
  const { masters } = await startCluster();
  const [first, , last] = masters;
  const store = await openStore(optionsFor(first).address);
  // Its slot is one of the last master's.
  const key = "chatgpt:conversations:{foo}";
  const slot = await last.client.sendCommand<number>(["CLUSTER", "KEYSLOT", key]);
  await last.client.set(key, "{}");
  let moved = false;
  const move = () => {
    if (moved) return true;
    moved = true;
    const commands = [
      `${first.port} CLUSTER SETSLOT ${slot} IMPORTING ${last.id}`,
      `${last.port} CLUSTER SETSLOT ${slot} MIGRATING ${first.id}`,
      `${last.port} MIGRATE 127.0.0.1 ${first.port} ${key} 0 5000`,
      `${first.port} CLUSTER SETSLOT ${slot} NODE ${first.id}`,
      `${last.port} CLUSTER SETSLOT ${slot} NODE ${first.id}`,
    ];
    execFileSync(process.execPath, ["-e", send, ...commands]);
    return true;
  };
  const { conversation } = await findKeys(store, "chatgpt:", null, move);
  store.close();
  expect([moved, conversation.length, conversation.at(0).toString()]).toEqual([true, 1, "{foo}"]);
});
