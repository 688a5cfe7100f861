import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { BatchConnection } from "../../src/redis/batch-connection.js";
import type { Login } from "../../src/redis/login.js";
import { Secret } from "../../src/secret.js";
import { makeEntry } from "../support/entry.js";
import { login } from "../support/login.js";
import { portOf, startRedis } from "../support/redis.js";

async function open(
  port: number,
  settings: Partial<Login> = {},
  runId: string | null = null,
): Promise<BatchConnection> {
  const connection = await BatchConnection.open(
    { host: "127.0.0.1", port },
    { ...login, ...settings },
    runId,
  );
  if (connection === null) throw new Error("not opened");
  onTestFinished(() => connection.close());
  return connection;
}

test("the replies of a batch come in its order, errors among them, and those of two batches stay apart", async () => {
  const { port, client } = await startRedis();
  const connection = await open(port, { database: 3 });
  const value = Buffer.alloc(600_000, "é");
  const batch = [
    ["SET", "ключ", value, "EX", "100", "NX"],
    ["SET", "ключ", "other", "NX"],
    ["LPUSH", "ключ", "x"],
    ["PTTL", "nothing"],
  ];
  const [one, other] = await Promise.all([connection.send(batch), connection.send([["MGET", "ключ", "no"]])]);
  expect(one).toMatchObject({
    replies: ["OK", null, { message: expect.stringMatching(/^WRONGTYPE/) }, -2],
    error: null,
  });
  expect(other).toEqual({ replies: [[value, null]], error: null });
  expect(await client.exists("ключ")).toBe(0);
});

test("a connection that is lost hands out the replies that came, and what it was lost with", async () => {
  const { port } = await startRedis();
  const connection = await open(port);
  const lost = await connection.send([["SET", "a", "1"], ["QUIT"], ["SET", "b", "1"]]);
  expect(lost).toMatchObject({ replies: ["OK", "OK"], error: { message: "Socket closed unexpectedly" } });
  expect(connection.isOpen).toBe(false);
  expect(await connection.send([["PING"]])).toMatchObject({ replies: [], error: null });
});

test("a server that does not answer in time loses the connection", async () => {
  const { port, client } = await startRedis();
  const connection = await open(port, { commandTimeoutMs: 300 });
  await client.sendCommand(["CLIENT", "PAUSE", "20000"]);
  expect(await connection.send([["SET", "a", "1"]])).toMatchObject({
    replies: [],
    error: { message: "Socket timeout" },
  });
  await client.sendCommand(["CLIENT", "UNPAUSE"]);
});

test("there is no connection with a wrong password, to another process, to no Redis, or to nobody", async () => {
  const { port, client } = await startRedis({ arguments: ["--requirepass", "right"], password: "right" });
  const right = { password: new Secret("right") };
  const runId = /run_id:(\w+)/.exec(await client.info("server"))?.[1] as string;
  const server = { host: "127.0.0.1", port };
  expect((await open(port, right, runId)).isOpen).toBe(true);
  for (const [settings, id] of [
    [{}, null],
    [{ password: new Secret("wrong") }, null],
    [right, "f".repeat(40)],
    [{ ...right, database: 99 }, null],
  ] as const)
    expect(await BatchConnection.open(server, { ...login, ...settings }, id)).toBe(null);
  const web = createServer((socket) => socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(
    0,
    "127.0.0.1",
  );
  await once(web, "listening");
  const webPort = portOf(web);
  expect(await BatchConnection.open({ host: "127.0.0.1", port: webPort }, login, null)).toBe(null);
  web.close();
  await once(web, "close");
  expect(await BatchConnection.open({ host: "127.0.0.1", port: webPort }, login, null)).toBe(null);
});

test("what looks like replies within a value is none, however the connection cuts it", async () => {
  const value = "+OK\r\n+OK\r\n";
  const parts = ["$10\r\n", value, "\r\n+OK\r\n", "+OK\r\n"];
  const cut = createServer({ noDelay: true }, (socket) => {
    const writeNext = () => {
      const part = parts.shift();
      // What was written is read by this same process before the next part is.
      if (part !== undefined) socket.write(part, () => setImmediate(() => setImmediate(writeNext)));
    };
    socket.once("data", () => {
      socket.write("$-1\r\n");
      socket.once("data", writeNext);
    });
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void cut.close());
  await once(cut, "listening");
  const connection = await open(portOf(cut));
  const reading = connection.send([["GET", "a"]]);
  const { replies } = await connection.create([makeEntry("key", "b", "{}"), makeEntry("key", "c", "{}")]);
  expect(await reading).toEqual({ replies: [Buffer.from(value)], error: null });
  expect(replies).toEqual(["OK", "OK"]);
});
