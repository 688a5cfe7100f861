// The servers and Nodes that the matrix runs on, fetched from where the machine gets its packages and unpacked beside
// the tests: nothing is installed. Plain JavaScript, so that `node test/matrix/servers.js` prints where they are.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** Ours alone, not committed. */
const folder = fileURLToPath(new URL("../../.redis", import.meta.url));

/**
 * One server of each line of releases, and the Debian suite that has it.
 * @type {Readonly<Record<string, { suite: string, package: string, program: string }>>}
 */
const servers = {
  "redis-6": { suite: "bullseye", package: "redis-tools", program: "redis-check-rdb" },
  "redis-7": { suite: "bookworm", package: "redis-tools", program: "redis-check-rdb" },
  "redis-8": { suite: "trixie", package: "redis-tools", program: "redis-check-rdb" },
  "valkey-8": { suite: "trixie", package: "valkey-tools", program: "valkey-check-rdb" },
};

export const serverNames = Object.keys(servers);
export const nodeNames = ["node-20", "node-22", "node-24"];

/**
 * Where a server or Node is, once it is provided.
 * @param {string} name
 */
export function pathOf(name) {
  return join(folder, name, name.startsWith("node-") ? "package/bin/node" : "redis-server");
}

/**
 * Fetches what is not there yet.
 * @param {readonly string[]} names
 * @param {(text: string) => void} say told before anything is fetched
 * @returns {{ name: string, path: string }[]}
 * @throws {Error} with what failed
 */
export function provideAll(names, say) {
  for (const name of names) {
    if (existsSync(pathOf(name))) continue;
    say(`Fetching ${name} for the matrix.`);
    mkdirSync(folder, { recursive: true });
    const scratch = mkdtempSync(join(folder, "fetching-"));
    try {
      if (name.startsWith("node-")) fetchNode(name, scratch);
      else fetchServer(name, scratch);
      // Whole or not at all, also where two runs fetch the same.
      if (existsSync(pathOf(name))) continue;
      rmSync(join(folder, name), { recursive: true, force: true });
      renameSync(join(scratch, name), join(folder, name));
    } catch (error) {
      throw new Error(`${name} could not be fetched for the matrix: ${error}`, { cause: error });
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
    const { status, stdout, stderr } = spawnSync(pathOf(name), ["--version"], { encoding: "utf8" });
    if (status !== 0) throw new Error(`${pathOf(name)} does not run: ${stderr}`);
    say(`  ${stdout.trim()}`);
  }
  return names.map((name) => ({ name, path: pathOf(name) }));
}

/**
 * npm has the Node programs as packages, one for each platform.
 * @param {string} name
 * @param {string} scratch
 */
function fetchNode(name, scratch) {
  const [, version = ""] = name.split("-");
  const wanted = `node-${process.platform}-${process.arch}@${version}`;
  mkdirSync(join(scratch, name));
  runTwice("npm", ["pack", "--silent", "--pack-destination", scratch, wanted]);
  const archive = readdirSync(scratch).find((file) => file.endsWith(".tgz")) ?? "";
  run("tar", ["-xzf", join(scratch, archive), "-C", join(scratch, name)]);
}

/**
 * Debian's tools package holds the whole server: its check program serves under another name. It runs with the
 * libraries, the C library included, of its own suite.
 * @param {string} name
 * @param {string} scratch
 */
function fetchServer(name, scratch) {
  const server = servers[name];
  if (server === undefined) throw new Error("no such server");
  const root = join(scratch, name);
  mkdirSync(root);
  for (const archive of download(server.suite, server.package, scratch)) run("dpkg", ["-x", archive, root]);
  copyFileSync(join(root, "usr/bin", server.program), join(root, "usr/bin/redis-server"));
  const libraries = filesIn(root, ["lib", "usr/lib"]).filter((place) => place.endsWith("-linux-gnu"));
  const loader = filesIn(root, libraries).find((file) => /\/ld-linux[^/]*\.so\.\d+$/.test(file));
  if (loader === undefined) throw new Error("its package brings no loader");
  const script = [
    "#!/bin/sh",
    'root=$(dirname "$(readlink -f "$0")")',
    `exec "$root/${loader}" --library-path "${libraries.map((one) => `$root/${one}`).join(":")}" "$root/usr/bin/redis-server" "$@"`,
    "",
  ];
  writeFileSync(join(root, "redis-server"), script.join("\n"));
  chmodSync(join(root, "redis-server"), 0o755);
}

/**
 * @param {string} root
 * @param {readonly string[]} places below it, which need not be there
 */
function filesIn(root, places) {
  return places
    .filter((place) => existsSync(join(root, place)))
    .flatMap((place) => readdirSync(join(root, place)).map((file) => join(place, file)));
}

/**
 * Downloads a package of a suite with all that it needs, by apt with lists and caches of its own.
 * @param {string} suite
 * @param {string} wanted
 * @param {string} scratch
 */
function download(suite, wanted, scratch) {
  const apt = join(scratch, "apt");
  for (const part of ["lists/partial", "cache/archives/partial"])
    mkdirSync(join(apt, part), { recursive: true });
  // Nothing counts as installed, so that all it needs is downloaded.
  writeFileSync(join(apt, "status"), "");
  const { uri, signedBy } = debianMirror();
  const by = signedBy === null ? "" : `[signed-by=${signedBy}] `;
  writeFileSync(join(apt, "sources.list"), `deb ${by}${uri} ${suite} main\n`);
  const options = {
    "Dir::Etc::sourcelist": join(apt, "sources.list"),
    "Dir::Etc::sourceparts": "-",
    "Dir::State::lists": join(apt, "lists"),
    "Dir::State::status": join(apt, "status"),
    "Dir::Cache": join(apt, "cache"),
    // The user that apt downloads as may not write to a folder of ours.
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
  };
  const flags = Object.entries(options).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  runTwice("apt-get", [...flags, "--quiet", "update"]);
  runTwice("apt-get", [
    ...[...flags, "--quiet", "--yes", "--no-install-recommends", "--download-only"],
    ...["install", wanted],
  ]);
  const archives = join(apt, "cache/archives");
  return readdirSync(archives)
    .filter((file) => file.endsWith(".deb"))
    .map((file) => join(archives, file));
}

/** The mirror from which this machine has its own Debian. */
function debianMirror() {
  const codename = /^VERSION_CODENAME=(\S+)/m.exec(readIfThere("/etc/os-release"))?.[1] ?? "";
  const parts = "/etc/apt/sources.list.d";
  const files = existsSync(parts) ? readdirSync(parts).map((file) => join(parts, file)) : [];
  for (const file of ["/etc/apt/sources.list", ...files]) {
    for (const source of sourcesIn(file)) {
      if (source.suites.includes(codename) && source.components.includes("main")) return source;
    }
  }
  throw new Error(`no source of Debian ${codename} stands in /etc/apt: the matrix runs on Debian`);
}

/**
 * The sources of a file of apt's, in either of its two formats.
 * @param {string} file
 */
function sourcesIn(file) {
  const text = readIfThere(file).replaceAll(/^\s*#.*\n?/gm, "");
  if (file.endsWith(".sources")) {
    return text.split(/\n\s*\n/).map((paragraph) => {
      const field = (/** @type {string} */ name) =>
        new RegExp(`^${name}:[ \\t]*(.*)`, "im").exec(paragraph)?.[1]?.trim() ?? "";
      const signedBy = field("Signed-By");
      return {
        uri: field("URIs").split(/\s+/)[0] ?? "",
        suites: field("Suites").split(/\s+/),
        components: field("Components").split(/\s+/),
        signedBy: signedBy.startsWith("/") ? signedBy : null,
      };
    });
  }
  return [...text.matchAll(/^deb\s+(?:\[(.*?)\]\s+)?(\S+)\s+(\S+)\s+(.*)$/gm)].map((line) => {
    const [, options = "", uri = "", suite = "", components = ""] = line;
    const signedBy = /signed-by=(\/\S+)/.exec(options)?.[1] ?? null;
    return { uri, suites: [suite], components: components.split(/\s+/), signedBy };
  });
}

/** @param {string} file */
function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/**
 * Mirrors and registries fail now and then.
 * @param {string} command
 * @param {readonly string[]} parameters
 */
function runTwice(command, parameters) {
  try {
    run(command, parameters);
  } catch {
    run(command, parameters);
  }
}

/**
 * @param {string} command
 * @param {readonly string[]} parameters
 */
function run(command, parameters) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status, stderr, error } = spawnSync(command, parameters, { encoding: "utf8", env });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${parameters.join(" ")} failed:\n${stderr}`);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);
  for (const { name, path } of provideAll([...serverNames, ...nodeNames], say)) {
    process.stdout.write(`${name} ${path}\n`);
  }
}
