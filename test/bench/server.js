import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { createClient } from "redis";
import { provisionRedis } from "../support/provision.js";

/**
 * A Redis of the bench's own.
 * @typedef {object} Server
 * @property {number} port
 * @property {string} url
 * @property {string} version such as `redis 7.0.15`
 * @property {string | null} cli path of its redis-cli, null if there is none
 * @property {() => Promise<number>} count how many keys it holds
 * @property {() => Promise<void>} empty deletes all, and gives the memory back, so that every run starts alike
 * @property {() => void} stop ends it at once
 */

/**
 * Starts a server that keeps nothing on disk.
 * @param {string} folder
 * @param {(text: string) => void} say
 * @returns {Promise<Server>}
 */
export async function startServer(folder, say) {
  const program = provisionRedis(say);
  const port = await freePort();
  const child = spawn(
    program,
    ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await ready(child, program);
  const url = `redis://127.0.0.1:${port}`;
  const client = createClient({ url, commandOptions: { timeout: 0 }, socket: { reconnectStrategy: false } });
  client.on("error", () => {});
  await client.connect();
  return {
    port,
    url,
    version: versionIn(await client.info("server")),
    cli: findCli(program),
    count: () => client.dbSize(),
    async empty() {
      await client.flushAll("SYNC");
      await client.sendCommand(["MEMORY", "PURGE"]);
    },
    stop() {
      if (client.isOpen) client.destroy();
      child.kill("SIGKILL");
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}

/**
 * @param {import("node:child_process").ChildProcessByStdio<null, import("node:stream").Readable, null>} child
 * @param {string} program
 * @returns {Promise<void>}
 */
async function ready(child, program) {
  return new Promise((resolve, reject) => {
    child.stdout.on("data", (text) => {
      if (String(text).includes("Ready to accept connections")) resolve();
    });
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`${program} ended with ${code}`)));
  });
}

/** @param {string} info */
function versionIn(info) {
  const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1];
  return valkey === undefined ? `redis ${/^redis_version:(\S+)/m.exec(info)?.[1]}` : `valkey ${valkey}`;
}

/**
 * @param {string} program
 * @returns {string | null}
 */
function findCli(program) {
  const folders = [dirname(program), ...(process.env.PATH ?? "").split(delimiter), "/usr/bin"];
  const paths = folders.flatMap((folder) => ["redis-cli", "valkey-cli"].map((name) => join(folder, name)));
  return paths.find((path) => existsSync(path)) ?? null;
}
