// Packs the package, installs the tarball in an empty folder, and runs what was installed: what users get, works.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { provisionRedis } from "../support/provision.js";

const folder = mkdtempSync(join(tmpdir(), "chatgpt-migrate-pack-"));
const socket = join(folder, "redis.sock");
const typeRoots = resolve("node_modules/@types");
const server = provisionRedis(console.log);

/**
 * @param {string} command
 * @param {readonly string[]} parameters
 */
function run(command, parameters, cwd = folder) {
  return execFileSync(command, parameters, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

/** @param {boolean} holds @param {string} what */
function expect(holds, what) {
  if (!holds) throw new Error(`pack test: ${what}`);
}

try {
  const [packed] = JSON.parse(
    run("npm", ["pack", "--json", "--silent", "--pack-destination", folder], process.cwd()),
  );
  const files = packed.files.map((/** @type {{ path: string }} */ file) => file.path);
  const allowed = /^(bin|dist)\/|^(README|CHANGELOG)\.md$|^LICENSE$|^package\.json$/;
  expect(
    files.every((/** @type {string} */ path) => allowed.test(path)),
    `unexpected files: ${files.join(", ")}`,
  );
  writeFileSync(join(folder, "package.json"), '{ "type": "module", "private": true }');
  run("npm", ["install", "--no-audit", "--no-fund", join(folder, packed.filename)]);
  const installed = readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith("."));
  expect(installed.join() === "chatgpt-migrate", `it needs other packages: ${installed.join(", ")}`);
  expect(files.includes("dist/LICENSES.md"), "the licences of what is bundled are missing");
  copyFileSync("fixtures/demo/db.json", join(folder, "db.json"));

  run(server, [
    "--port",
    "0",
    "--unixsocket",
    socket,
    "--save",
    "",
    "--daemonize",
    "yes",
    "--pidfile",
    `${folder}/pid`,
    "--dir",
    folder,
  ]);
  const program = join(folder, "node_modules/.bin/chatgpt-migrate");
  const result = spawnSync(program, ["-u", `unix:${socket}`, "--json"], { cwd: folder, encoding: "utf8" });
  expect(result.status === 0, `the installed program exited with ${result.status}: ${result.stderr}`);
  expect(JSON.parse(result.stdout).counts.conversations.created > 0, "it migrated nothing");

  const types = join(folder, "api.ts");
  writeFileSync(
    types,
    'import { run, type Options } from "chatgpt-migrate"; export const act = (o: Options) => run(o);',
  );
  // Its types must not need what only this repository has installed, but for Node's own.
  const flags = ["--noEmit", "--strict", "--module", "nodenext", "--types", "node", "--typeRoots", typeRoots];
  run(process.execPath, [resolve("node_modules/typescript/bin/tsc"), ...flags, types]);
  writeFileSync(join(folder, "api.js"), 'import { run } from "chatgpt-migrate"; console.log(typeof run);');
  expect(run(process.execPath, ["api.js"]).trim() === "function", "the programmatic entry has no run()");
  console.log(`pack test passed: ${files.length} files, ${Math.round(packed.size / 1000)} kB`);
} finally {
  try {
    process.kill(Number(readFileSync(join(folder, "pid"), "utf8")));
  } catch {
    // It never started.
  }
  rmSync(folder, { recursive: true, force: true });
}
