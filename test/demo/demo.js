// `npm run demo`: from a fresh clone to a verified migration, in a Redis of its own that leaves nothing behind.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { provisionRedis } from "../support/provision.js";

const folder = mkdtempSync(join(tmpdir(), "chatgpt-migrate-demo-"));

/** @param {string} text */
function say(text) {
  console.log(`\n\u25b8 ${text}`);
}

/**
 * @param {string} command
 * @param {readonly string[]} parameters
 */
function run(command, parameters) {
  const { status, error } = spawnSync(command, parameters, { stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${parameters.join(" ")} exited with ${status}`);
}

/**
 * @param {number} port
 * @param {readonly string[]} flags
 */
function migrate(port, flags) {
  const parameters = ["--port", String(port), ...flags, "fixtures/demo/db.json"];
  say(`chatgpt-migrate ${parameters.join(" ")}`);
  run(process.execPath, [
    "bin/chatgpt-migrate.js",
    "--journal",
    join(folder, "journal.jsonl"),
    ...parameters,
  ]);
}

/** @param {number} port */
async function startRedis(port) {
  const server = provisionRedis(say);
  say(`Starting a private Redis on port ${port} (${server})`);
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "3600 1000000"];
  const child = spawn(server, settings, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const text of child.stdout) {
    if (String(text).includes("Ready to accept connections")) break;
  }
  if (child.exitCode !== null) throw new Error(`${server} ended with ${child.exitCode}`);
  return child;
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}

/** @type {import("node:child_process").ChildProcess | undefined} */
let redis;
try {
  if (!existsSync("node_modules/redis")) {
    say("Installing dependencies");
    run("npm", ["ci", "--no-audit", "--no-fund"]);
  }
  if (process.env.PROGRAM_BUILT !== "1") {
    say("Building");
    run("npm", ["run", "--silent", "build"]);
  }
  const port = await freePort();
  redis = await startRedis(port);
  migrate(port, ["--dry-run"]);
  migrate(port, []);
  migrate(port, ["--verify"]);
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  if (redis?.exitCode === null) {
    // Asked to end, it would save first, into the folder that is about to go.
    redis.kill("SIGKILL");
    await once(redis, "exit");
  }
  rmSync(folder, { recursive: true, force: true });
}
if (process.exitCode === undefined)
  say("Done: a dry run, a migration and a verification. The private Redis is gone again.");
