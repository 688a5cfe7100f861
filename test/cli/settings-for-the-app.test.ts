import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { expect, test } from "vitest";
import { conversation, writeLegacy } from "../support/legacy.js";
import { program, scratchFolder } from "../support/program.js";
import { startRedis } from "../support/redis.js";
import { startTlsRedis } from "../support/tls.js";

const record = conversation("asked for");

/**
 * How the library turns its options into those of node-redis, and asks for one conversation: with a `url` it ignores host,
 * port and password; it takes its own prefix in place of an empty one.
 */
const library = `
import { createClient } from "redis";
class ChatGPT {
  constructor(_key, { useRedis, redis: { url, host = "localhost", port = 6379, password, database, keyPrefix } }) {
    if (!useRedis) throw new Error("the library would go on with db.json");
    const base = url ? { url } : { socket: { host, port }, password };
    this.prefix = keyPrefix || "chatgpt:";
    this.client = createClient({ ...base, ...(database === undefined ? {} : { database }) });
  }
}
const key = "sk-none";
const { client, prefix } = APP;
client.on("error", (error) => { console.error(error.message); process.exit(1); });
await client.connect();
const value = await client.get(prefix + "conversations:" + process.argv[1]);
console.log(JSON.parse(value)?.id);
client.destroy();
`;

/** What the lines for the app say: its code, and what must stand in its environment. */
function appIn(stdout: string) {
  const [, lines = ""] = stdout.split(
    "In the app (with the fork PGRjoystick/chatgpt-pw), read them from there:\n",
  );
  const code = /^ {2}(new ChatGPT\(.*\))$/m.exec(lines)?.[1] ?? "";
  const env = [...lines.matchAll(/^ {2}\/\/ with (\w+)=('[^']*'|\S+) in its environment/gm)];
  return {
    code,
    env: Object.fromEntries(env.map(([, name, value = ""]) => [name, value.replaceAll("'", "")])),
  };
}

/** Runs the library's model with exactly these lines. The person fills in user and password, percent-encoded. */
function ask({ code, env }: ReturnType<typeof appIn>, user: string, password: string) {
  const fill = (text: string) =>
    text.replace("<user>", encodeURIComponent(user)).replace("<password>", encodeURIComponent(password));
  const filled = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(String(value))]));
  const script = library.replace("APP", code);
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", script, record.id], {
    env: { PATH: process.env.PATH ?? "", REDIS_PASSWORD: password, ...filled },
    encoding: "utf8",
  });
  return [run.stderr, run.stdout.trim()];
}

const password = "made up/pass#word?@%";

/** One user, and nobody else. */
const acl = (...user: string[]) => ["--user", ...user, "on", "~*", "+@all", "--user", "default", "off"];
const username = "bob@home";

test.each([
  ["a password", ["--requirepass", password], { password }, [], password],
  ["a prefix and a database", [], {}, ["-n", "3", "--key-prefix", 'my "app":'], ""],
  [
    "a user with a password",
    acl(username, `>${password}`),
    { username, password },
    ["--username", username],
    password,
  ],
  [
    "a user without one",
    acl(username, "nopass"),
    { username, password: "any" },
    ["--username", username],
    "",
  ],
])("with %s, the app finds the record by the lines for it", async (_what, settings, login, flags, secret) => {
  const cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), { conversations: [record], keys: [] });
  const { port } = await startRedis({ arguments: settings, ...login });
  const { stdout, code } = await program(["-p", String(port), ...flags], {
    cwd,
    env: { REDIS_PASSWORD: secret },
  });
  expect(code).toBe(0);
  expect(stdout).not.toContain("bob");
  expect(ask(appIn(stdout), username, secret)).toEqual(["", record.id]);
});

test.each([
  ["an own authority", ""],
  ["an own authority and a password", password],
])("over TLS with %s, the app finds the record by the lines for it", async (_what, secret) => {
  const cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), { conversations: [record], keys: [] });
  const { client, port, certificates } = await startTlsRedis();
  if (secret !== "") await client.configSet("requirepass", secret);
  const flags = ["-p", String(port), "--tls-ca", certificates.ca, "--key-prefix", "app:"];
  const { stdout, code } = await program(flags, { cwd, env: { REDIS_PASSWORD: secret } });
  expect(code).toBe(0);
  const app = appIn(stdout);
  expect(Object.keys(app.env)).toContain("NODE_EXTRA_CA_CERTS");
  expect(ask(app, "", secret)).toEqual(["", record.id]);
});
