import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { writeLegacy } from "../support/legacy.js";
import { type Invocation, program, programJson, scratchFolder } from "../support/program.js";
import { freePort, startRedis } from "../support/redis.js";

let cwd: string;

beforeEach(async () => {
  cwd = await scratchFolder();
  await writeLegacy(join(cwd, "db.json"), { conversations: [{ id: "a", messages: [] }], keys: [] });
});

async function failure(flags: readonly string[], env: Invocation["env"] = {}) {
  const { stdout, stderr, code } = await program(flags, { cwd, env });
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).not.toMatch(/^\s+at /m);
  const [sentence, hint, rest] = stderr.replace(/^warning: the password stands.*\n/, "").split("\n");
  expect(hint).not.toBe("");
  expect(rest).toBe("");
  return sentence;
}

/** A server of the test's own that answers each connection in its way. */
async function impostor(answer: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    answer(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("nothing listens there", async () => {
  const port = await freePort();
  expect(await failure(["--host", "127.0.0.1", "-p", String(port)])).toBe(
    `error: Redis at 127.0.0.1:${port} refused the connection: nothing listens there`,
  );
});

test("the host is not known", async () => {
  expect(await failure(["-u", "redis://no-such-host.invalid:6379"])).toBe(
    "error: Redis at no-such-host.invalid:6379: the host name no-such-host.invalid is not known",
  );
});

test.each([[[]], [["-a", "made-up"]]])("it has too many clients, and says so itself (%j)", async (login) => {
  const redis = await startRedis({ arguments: ["--maxclients", "1"] });
  expect(await failure(["--host", "127.0.0.1", "-p", String(redis.port), ...login])).toBe(
    `error: Redis at 127.0.0.1:${redis.port} refuses to serve: ERR max number of clients reached`,
  );
});

test("there is no such socket", async () => {
  expect(await failure(["-u", "unix:/no/such/redis.sock"])).toBe(
    "error: Redis at /no/such/redis.sock: there is no such socket",
  );
});

test("it wants a password and none was given", async () => {
  const { port } = await startRedis({ arguments: ["--requirepass", "made-up"], password: "made-up" });
  expect(await failure(["-p", String(port)])).toBe(
    `error: Redis at localhost:${port} wants a password and none was given`,
  );
});

test("the password is wrong, in a flag, the environment or the URL", async () => {
  const { port } = await startRedis({ arguments: ["--requirepass", "made-up"], password: "made-up" });
  const rejected = `error: Redis at localhost:${port} rejected the user name or password`;
  expect(await failure(["-p", String(port), "-a", "wrong"])).toBe(rejected);
  expect(await failure(["-p", String(port)], { REDIS_PASSWORD: "wrong" })).toBe(rejected);
  expect(await failure(["-u", `redis://:wrong@localhost:${port}`])).toBe(rejected);
  expect(await failure(["-p", String(port), "--username", "nobody", "-a", "made-up"])).toBe(rejected);
});

test("a password was given and none is set", async () => {
  const { port } = await startRedis();
  expect(await failure(["-p", String(port), "-a", "made-up"])).toBe(
    `error: Redis at localhost:${port} has no password set, but one was given`,
  );
});

test("it is not a Redis at all", async () => {
  const port = await impostor((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  expect(await failure(["--host", "127.0.0.1", "-p", String(port)])).toBe(
    `error: What listens at 127.0.0.1:${port} does not speak the Redis protocol`,
  );
});

test("it closes the connection at once", async () => {
  const port = await impostor((socket) => socket.destroy());
  expect(await failure(["--host", "127.0.0.1", "-p", String(port)])).toMatch(
    /cannot be reached: (it closed the connection at once|the connection was reset)$/,
  );
});

test("it accepts and never answers", async () => {
  const port = await impostor(() => {});
  expect(await failure(["--host", "127.0.0.1", "-p", String(port), "--connection-timeout", "300"])).toBe(
    `error: Redis at 127.0.0.1:${port} did not answer within 300 ms`,
  );
});

test("it has no database of that number", async () => {
  const { port } = await startRedis();
  expect(await failure(["-p", String(port), "-n", "99"])).toBe(
    `error: Redis at localhost:${port} has no database number 99`,
  );
});

test.each([
  ["it is still loading", "LOADING Redis is loading the dataset in memory", "is still loading its data"],
  [
    "it refuses otherwise: its own words are told",
    "ERR max number of clients reached",
    "refuses to serve: ERR max number of clients reached",
  ],
])("%s", async (_what, words, told) => {
  const port = await impostor((socket) =>
    socket.on("data", (commands) =>
      socket.write(`-${words}\r\n`.repeat(commands.toString().match(/^\*/gm)?.length ?? 0)),
    ),
  );
  expect(await failure(["--host", "127.0.0.1", "-p", String(port)])).toBe(
    `error: Redis at 127.0.0.1:${port} ${told}`,
  );
});

test("the failure is told as JSON too", async () => {
  const port = await freePort();
  const { seen, result } = await programJson(["-p", String(port)], { cwd });
  expect(seen.code).toBe(1);
  expect(result).toMatchObject({ mode: "migrate", exitCode: 1, error: { code: "redis-refused" } });
});

test("an ACL user may log in by flags, environment or URL", async () => {
  const acl = ["--user", "mover", "on", ">made-up", "~chatgpt:*", "+@all"];
  const { port } = await startRedis({ arguments: acl });
  const login = async (flags: string[], env: Invocation["env"] = {}) =>
    (await program([...flags, "--dry-run"], { cwd, env })).code;
  expect(await login(["-p", String(port), "--username", "mover", "-a", "made-up"])).toBe(0);
  expect(await login(["-p", String(port), "--username", "mover"], { REDISCLI_AUTH: "made-up" })).toBe(0);
  expect(await login([], { REDIS_URL: `redis://mover:made-up@localhost:${port}/0` })).toBe(0);
  // A host or port of one's own sets REDIS_URL aside whole: its password belongs to another server.
  expect(
    await login(["-p", String(port), "--username", "mover"], { REDIS_URL: "redis://:made-up@other/0" }),
  ).toBe(1);
});

test("a record that Redis refuses is told in the server's words, and the others go on", async () => {
  const acl = ["--user", "reader", "on", ">made-up", "~chatgpt:conversations:b", "+@all"];
  const { port } = await startRedis({ arguments: acl });
  await writeLegacy(join(cwd, "db.json"), {
    conversations: [
      { id: "a", messages: [] },
      { id: "b", messages: [] },
    ],
    keys: [],
  });
  const flags = ["-p", String(port), "--username", "reader", "-a", "made-up"];
  // That keys under the prefix are denied to this user is found beforehand.
  for (const dry of [[], ["--dry-run"]]) {
    const refused = await programJson([...flags, ...dry], { cwd });
    expect([refused.seen.code, refused.result.error?.code]).toEqual([1, "redis-unfit"]);
  }
  const { seen, result } = await programJson([...flags, "--force"], { cwd });
  expect(seen.code).toBe(3);
  expect(result.counts.conversations).toMatchObject({ created: 1, failed: 1 });
  expect(result.differences).toEqual([
    expect.objectContaining({ name: "a", difference: "failed", reason: expect.stringMatching(/^NOPERM/) }),
  ]);
});

test("a verification that may not read some keys says so, instead of calling them missing", async () => {
  const acl = ["--user", "writer", "on", ">made-up", "~chatgpt:keys:*", "+@all"];
  const { port } = await startRedis({ arguments: acl });
  const { seen, result } = await programJson(
    ["-p", String(port), "--username", "writer", "-a", "made-up", "--verify", "--force"],
    { cwd },
  );
  expect([seen.code, result.error?.code]).toEqual([1, "redis-unreadable"]);
  expect(result.error?.message).toContain("NOPERM");
});

test("what stops speaking Redis in mid-run ends the run, instead of leaving it waiting", async () => {
  const port = await impostor((socket) =>
    socket.on("data", (commands) => {
      const text = commands.toString();
      const replies = text.match(/^\*/gm)?.length ?? 0;
      socket.write(
        /\r\nGET\r\n/.test(text) ? "HTTP/1.1 502 Bad Gateway\r\n\r\n" : "+PONG\r\n".repeat(replies),
      );
    }),
  );
  const { seen, result } = await programJson(
    ["--host", "127.0.0.1", "-p", String(port), "--retry-for", "0"],
    { cwd },
  );
  expect([seen.code, result.error?.code]).toEqual([1, "redis-lost"]);
});

/** Quotes, in each refusal, all that it was ever sent over this connection. */
function quoting(words: string): (socket: Socket) => void {
  return (socket) => {
    let heard = "";
    socket.on("data", (chunk) => {
      for (const [command] of chunk.toString().matchAll(/\*\d+\r\n(\$\d+\r\n[^\r]*\r\n)+/g)) {
        heard += command.replaceAll(/\r\n(\$\d+\r\n)?/g, " ");
        const [, , name = ""] = command.split("\r\n");
        if (name === "PING")
          socket.write(heard.includes("AUTH") ? "+PONG\r\n" : "-NOAUTH Authentication required.\r\n");
        else socket.write(/^(AUTH|CLIENT)$/.test(name) ? "+OK\r\n" : `-${words} ${heard}\r\n`);
      }
    });
  };
}

test.each([
  ["one server", "redis-denied", "BUSY later, after", []],
  [
    "one server, of a user",
    "redis-no-permission",
    "NOPERM no permissions to run the thing after",
    ["--force"],
  ],
  ["a cluster", "redis-denied", "ERR unknown command after", ["--cluster"]],
  ["a cluster, of a user", "redis-no-permission", "NOPERM no permissions after", ["--cluster"]],
  ["Sentinels", "redis-no-sentinel", "ERR later, after", ["--sentinel", "mymaster"]],
])("what it says may quote the login: %s", async (_what, code, words, flags) => {
  const port = await impostor(quoting(words));
  const login = ["-u", `redis://somebody:made-up@127.0.0.1:${port}`, "--retry-for", "0"];
  const { seen, result } = await programJson([...login, ...flags, "-v"], { cwd });
  expect(result.error?.code).toBe(code);
  expect(result.error?.message).toContain(words.split(" ").at(-1));
  expect(seen.stdout + seen.stderr).not.toMatch(/made-up|somebody/);
});
