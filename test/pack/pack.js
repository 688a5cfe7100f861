// Packs the package, installs the tarball in an empty folder, and runs what was installed: what users get, works.
import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
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
  const allowed = /^(bin|dist|docs)\/|^(README|CHANGELOG)\.md$|^LICENSE$|^package\.json$/;
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

  const dry =
    'import { dryRun } from "chatgpt-migrate"; console.log((await dryRun({ url: process.argv[2] })).exitCode);';
  writeFileSync(join(folder, "dry.js"), dry);
  expect(run(process.execPath, ["dry.js", `unix:${socket}`]).trim() === "0", "the API finds something to do");

  copyFileSync("test/pack/program.ts", join(folder, "program.ts"));
  const strict = [
    "--noEmit",
    "--strict",
    "--exactOptionalPropertyTypes",
    "--module",
    "nodenext",
    "--target",
    "es2022",
  ];
  // The types need nothing that a project may not have: neither Node's nor the DOM's, and no other package.
  const stops = "migrate({ signal: AbortSignal.abort() })";
  for (const [also, types] of /** @type {const} */ ([
    [`${stops}; migrate({ input: process.stdin })`, ["--types", "node", "--typeRoots", typeRoots]],
    [stops, ["--lib", "es2022,dom", "--types", ""]],
    ["", ["--lib", "es2022", "--types", ""]],
  ])) {
    writeFileSync(
      join(folder, "also.ts"),
      `import { migrate } from "chatgpt-migrate"; export { migrate }; ${also}`,
    );
    const compiler = resolve("node_modules/typescript/bin/tsc");
    run(process.execPath, [compiler, ...strict, ...types, "program.ts", "also.ts"]);
  }
  const shape = join(folder, "node_modules/chatgpt-migrate/dist/result.schema.json");
  const resolved = 'console.log(import.meta.resolve("chatgpt-migrate/result.schema.json"))';
  const found = run(process.execPath, ["--input-type=module", "--eval", resolved]).trim();
  expect(found === pathToFileURL(realpathSync(shape)).href, `the JSON Schema is at ${found}`);
  console.log(`pack test passed: ${files.length} files, ${Math.round(packed.size / 1000)} kB`);
} finally {
  try {
    process.kill(Number(readFileSync(join(folder, "pid"), "utf8")));
  } catch {
    // It never started.
  }
  rmSync(folder, { recursive: true, force: true });
}
