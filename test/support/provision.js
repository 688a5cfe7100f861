// Finds a Redis server for the demo and the tests, or gets one from the system's packages. Plain JavaScript, because the
// demo runs before anything is built.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const servers = ["redis-server", "valkey-server"];

/** Where system packages put programs, also when PATH was stripped. */
const systemFolders = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/** Ours alone, not committed. */
const linkPath = join(dirname(fileURLToPath(import.meta.url)), "../../.redis/redis-server");

/**
 * Path of a redis-server or valkey-server: the one that REDIS_SERVER names, or one that is there, or else newly
 * installed, where that takes no questions.
 * @param {(text: string) => void} say told before anything is installed
 * @returns {string}
 * @throws {Error} with what to install by hand
 */
export function provisionRedis(say) {
  const found = findServer();
  if (found !== null) return found;
  install(say);
  const installed = findServer();
  if (installed !== null) return installed;
  throw new Error(
    [
      "No Redis server is on PATH, and none could be installed from here. Install one, then run this again:",
      "  Debian, Ubuntu   sudo apt-get install redis-server",
      "  Fedora           sudo dnf install valkey",
      "  macOS            brew install redis",
    ].join("\n"),
  );
}

/**
 * Path of the openssl program, with which the tests of TLS make certificates: one that is there, or newly installed.
 * @param {(text: string) => void} say told before anything is installed
 * @returns {string}
 * @throws {Error} with what to install by hand
 */
export function provisionOpenssl(say) {
  const apt = find("apt-get");
  if (find("openssl") === null && apt !== null && process.getuid?.() === 0) {
    say("No openssl found: installing Debian's.");
    runQuietly(apt, ["update"]);
    runQuietly(apt, ["install", "--yes", "--no-install-recommends", "openssl"]);
  }
  const found = find("openssl");
  if (found === null)
    throw new Error("The tests of TLS need the program openssl: install it, then run this again.");
  return found;
}

const clients = ["redis-cli", "valkey-cli"];

/**
 * Path of redis-cli, with which the tests of `--output` carry out commands: one that is there, or newly installed.
 * @param {(text: string) => void} say told before anything is installed
 * @returns {string}
 * @throws {Error} with what to install by hand
 */
export function provisionRedisCli(say) {
  const findClient = () => clients.map(find).find((path) => path !== null) ?? null;
  const apt = find("apt-get");
  if (findClient() === null && apt !== null && process.getuid?.() === 0) {
    say("No redis-cli found: installing Debian's redis-tools.");
    runQuietly(apt, ["update"]);
    runQuietly(apt, ["install", "--yes", "--no-install-recommends", "redis-tools"]);
  }
  const found = findClient();
  if (found === null)
    throw new Error("The tests of --output need redis-cli: install Redis' tools, then run this again.");
  return found;
}

const browsers = ["chromium-headless-shell", "chromium", "google-chrome", "chromium-browser"];

/**
 * Path of a Chromium for the tests of the HTML report: the one that CHROMIUM names, or one that is there, or Debian's,
 * newly installed.
 * @param {(text: string) => void} say told before anything is installed
 * @returns {string}
 * @throws {Error} with what to install by hand
 */
export function provisionChromium(say) {
  const named = process.env.CHROMIUM ?? "";
  if (named !== "") return named;
  const findBrowser = () => browsers.map(find).find((path) => path !== null) ?? null;
  const apt = find("apt-get");
  if (findBrowser() === null && apt !== null && process.getuid?.() === 0) {
    say("No Chromium found: installing Debian's chromium-headless-shell.");
    runQuietly(apt, ["update"]);
    // With a sync for each of its files, it takes more than twice as long (measured).
    const fast = ["-o", "Dpkg::Options::=--force-unsafe-io"];
    runQuietly(apt, [...fast, "install", "--yes", "--no-install-recommends", "chromium-headless-shell"]);
  }
  const found = findBrowser();
  if (found === null)
    throw new Error(
      "The tests of the HTML report need Chromium: install it, or name it in CHROMIUM, then run this again.",
    );
  return found;
}

/** @returns {string | null} */
function findServer() {
  const named = process.env.REDIS_SERVER ?? "";
  if (named !== "") return named;
  return servers.map(find).find((path) => path !== null) ?? linkToServer();
}

/**
 * Debian's redis-tools holds the whole server as `redis-check-rdb`, which serves when it is called redis-server.
 * @returns {string | null}
 */
function linkToServer() {
  const program = find("redis-check-rdb");
  if (program === null) return null;
  if (!existsSync(linkPath)) {
    mkdirSync(dirname(linkPath), { recursive: true });
    // Several tests may come here at once: each makes a link of its own, and the rename is atomic.
    const own = `${linkPath}.${process.pid}`;
    rmSync(own, { force: true });
    symlinkSync(program, own);
    renameSync(own, linkPath);
  }
  const { stdout } = spawnSync(linkPath, ["--version"], { encoding: "utf8" });
  return /^(Redis|Valkey) server/.test(stdout ?? "") ? linkPath : null;
}

/**
 * @param {string} name
 * @returns {string | null}
 */
function find(name) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...systemFolders].filter(
    (folder) => folder !== "",
  );
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** @param {(text: string) => void} say */
function install(say) {
  const apt = find("apt-get");
  const brew = find("brew");
  if (apt !== null && process.getuid?.() === 0) {
    // Not the package redis-server: that would also start a service on port 6379, for which nobody asked.
    say("No Redis server found: installing Debian's redis-tools, which holds one.");
    runQuietly(apt, ["update"]);
    runQuietly(apt, ["install", "--yes", "--no-install-recommends", "redis-tools"]);
    if (findServer() === null)
      runQuietly(apt, ["install", "--yes", "--no-install-recommends", "redis-server"]);
  } else if (brew !== null) {
    say("No Redis server found: installing redis with brew.");
    runQuietly(brew, ["install", "redis"]);
  }
}

/**
 * @param {string} command
 * @param {readonly string[]} parameters
 */
function runQuietly(command, parameters) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status, stderr } = spawnSync(command, parameters, { encoding: "utf8", env });
  if (status !== 0) throw new Error(`${command} ${parameters.join(" ")} failed:\n${stderr}`);
}
