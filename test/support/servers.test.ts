import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { createCluster } from "redis";
import { describe, expect, onTestFinished, test } from "vitest";
import { startCluster } from "./cluster.js";
import { scratchFolder } from "./program.js";
import { startProxy } from "./proxy.js";
import { type Client, connectTo, eventually, isRunning, type PrivateRedis, startRedis } from "./redis.js";
import { startReplica } from "./replica.js";
import { startRestartable } from "./restartable-redis.js";
import { startSentinelGroup } from "./sentinel.js";
import { makeCertificates, startTlsRedis } from "./tls.js";

/** How a command ended that may have lost its connection. */
function outcome(command: Promise<unknown>): Promise<string> {
  return command.then(String, (error: Error) => `failed: ${error.constructor.name}`);
}

describe("a server of a test's own", () => {
  let earlier: PrivateRedis;

  test("holds what is written", async () => {
    earlier = await startRedis();
    await earlier.client.set("a", "1", { EX: 100 });
    expect(await earlier.dump()).toEqual(new Map([["a", { value: "1", ttl: 100 }]]));
  });

  test("is gone after the test, with its folder and client", () => {
    expect(isRunning(earlier.process)).toBe(false);
    expect(existsSync(earlier.folder)).toBe(false);
    expect(earlier.client.isOpen).toBe(false);
  });

  test("says why it did not start", async () => {
    await expect(startRedis({ arguments: ["--no-such-setting", "1"] })).rejects.toThrow(/no-such-setting/);
  });
});

describe("a server with TLS", () => {
  test("has certificates for this machine, signed by a made-up authority", async () => {
    const paths = await makeCertificates(await scratchFolder());
    const read = async (path: string) => new X509Certificate(await readFile(path));
    const [ca, otherCa] = [await read(paths.ca), await read(paths.otherCa)];
    const [server, client] = [await read(paths.cert), await read(paths.clientCert)];
    expect(server.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
    expect([server, client].map((one) => one.verify(ca.publicKey))).toEqual([true, true]);
    expect([server, client].map((one) => one.verify(otherCa.publicKey))).toEqual([false, false]);
    expect(server.checkPrivateKey(createPrivateKey(await readFile(paths.key)))).toBe(true);
    expect(client.checkPrivateKey(createPrivateKey(await readFile(paths.clientKey)))).toBe(true);
  });

  test("shows a certificate of the made-up authority, and asks for none", async () => {
    const { port, client, certificates } = await startTlsRedis();
    await client.set("a", "1");
    const ca = await readFile(certificates.ca);
    expect(await (await connectTo(port, { tls: { ca } })).get("a")).toBe("1");
    const otherCa = await readFile(certificates.otherCa);
    await expect(connectTo(port, { tls: { ca: otherCa } })).rejects.toMatchObject({
      code: "SELF_SIGNED_CERT_IN_CHAIN",
    });
    await expect(connectTo(port)).rejects.toThrow();
  });

  test("asks for a client's certificate when it is told to", async () => {
    const { port, client, certificates, dump } = await startTlsRedis({ clientAuth: true });
    await client.set("a", "1");
    expect((await dump()).size).toBe(1);
    const ca = await readFile(certificates.ca);
    await expect(connectTo(port, { tls: { ca } })).rejects.toThrow();
  });
});

describe("a replica", () => {
  test("follows its master, and takes no writes", async () => {
    const arguments_ = ["--requirepass", "secret"];
    const master = await startRedis({ arguments: arguments_, password: "secret" });
    await master.client.set("before", "1");
    const replica = await startReplica(master, { arguments: arguments_, password: "secret" });
    expect(await replica.client.get("before")).toBe("1");
    await master.client.set("after", "1");
    await eventually(async () => (await replica.dump()).size === 2);
    await expect(replica.client.set("own", "1")).rejects.toThrow(/READONLY/);
  });
});

describe("a server that restarts", () => {
  test("remembers with an append-only file", async () => {
    const server = await startRestartable({ arguments: ["--appendonly", "yes", "--appendfsync", "always"] });
    await (await server.client()).set("a", "1");
    await server.kill();
    await expect(server.client()).rejects.toThrow(/ECONNREFUSED/);
    await server.start();
    expect(await (await server.client()).get("a")).toBe("1");
  });

  test("forgets without", async () => {
    const server = await startRestartable({ arguments: ["--requirepass", "secret"], password: "secret" });
    await (await server.client()).set("a", "1");
    await server.kill();
    await server.start();
    await server.start();
    expect(await (await server.client()).get("a")).toBeNull();
  });

  test("waits for its port", async () => {
    const server = await startRestartable();
    await server.kill();
    const squatter = createServer().listen(server.port, "127.0.0.1");
    onTestFinished(() => void squatter.close());
    await once(squatter, "listening");
    let started = false;
    const start = server.start().then(() => {
      started = true;
    });
    // Another server has been started meanwhile.
    await startRedis();
    expect(started).toBe(false);
    squatter.close();
    await start;
    expect(await (await server.client()).ping()).toBe("PONG");
  });

  test("answers nothing while it is paused", async () => {
    const [server, other] = [await startRestartable(), await startRedis()];
    const client = await server.client();
    server.pause();
    const events: string[] = [];
    const ping = client.ping().then(() => events.push("answered"));
    await other.client.ping();
    events.push("resumed");
    server.resume();
    await ping;
    expect(events).toEqual(["resumed", "answered"]);
    server.pause();
    await server.kill();
    await eventually(async () => !client.isOpen);
  });
});

describe("a proxy", () => {
  async function proxied() {
    const server = await startRedis();
    const proxy = await startProxy(server.port);
    return { server, proxy, client: await connectTo(proxy.port) };
  }

  /** Of a command, as it is sent. In bytes. */
  function lengthOf(...words: readonly string[]): number {
    const parts = words.flatMap((word) => [`$${word.length}`, word]);
    return [`*${words.length}`, ...parts, ""].join("\r\n").length;
  }

  test("passes on both ways, and counts", async () => {
    const { server, proxy, client } = await proxied();
    const before = proxy.bytesToServer();
    const value = "x".repeat(3_000_000);
    await client.set("a", value);
    expect(await client.get("a")).toBe(value);
    const sent = lengthOf("SET", "a", value) + lengthOf("GET", "a");
    expect(proxy.bytesToServer() - before).toBe(sent);
    expect(proxy.connections()).toBe(1);
    expect((await server.dump()).size).toBe(1);
  });

  test("cuts connections, and takes new ones", async () => {
    const { proxy, client } = await proxied();
    proxy.cut();
    expect(await outcome(client.ping())).toMatch(/^failed/);
    expect(await (await connectTo(proxy.port)).ping()).toBe("PONG");
    expect(proxy.connections()).toBe(2);
  });

  test("cuts after so many bytes, once", async () => {
    const { server, proxy, client } = await proxied();
    const before = proxy.bytesToServer();
    proxy.cutAfter(2 * lengthOf("SET", "a", "1"));
    const ended = await Promise.all(["a", "b", "c"].map((key) => outcome(client.set(key, "1"))));
    expect(ended.at(-1)).toMatch(/^failed/);
    expect(proxy.bytesToServer() - before).toBe(2 * lengthOf("SET", "a", "1"));
    await eventually(async () => (await server.client.exists("b")) === 1);
    expect([...(await server.dump()).keys()]).toEqual(["a", "b"]);
    const next = await connectTo(proxy.port);
    for (const key of ["c", "d", "e"]) expect(await next.set(key, "1")).toBe("OK");
  });

  test("does something after so many bytes, before it passes on what follows", async () => {
    const { server, proxy, client } = await proxied();
    const seen: string[][] = [];
    const look = async () => void seen.push([...(await server.dump()).keys()]);
    proxy.after(2 * lengthOf("SET", "a", "1"), async () => {
      proxy.after(lengthOf("SET", "a", "1"), look);
      await eventually(async () => (await server.client.exists("b")) === 1);
      await look();
    });
    await Promise.all(["a", "b", "c", "d"].map((key) => client.set(key, "1")));
    expect([seen[0], [...(await server.dump()).keys()]]).toEqual([
      ["a", "b"],
      ["a", "b", "c", "d"],
    ]);
    expect(seen.length).toBe(2);
  });

  test("stalls, and goes on", async () => {
    const { server, proxy, client } = await proxied();
    proxy.stall();
    const events: string[] = [];
    const ping = client.ping().then(() => events.push("answered"));
    const second = connectTo(proxy.port);
    await eventually(async () => proxy.connections() === 2);
    await server.client.ping();
    events.push("went on");
    proxy.unstall();
    await Promise.all([ping, second]);
    expect(events).toEqual(["went on", "answered"]);
  });

  test("delays", async () => {
    const { proxy, client } = await proxied();
    proxy.delay(30);
    const start = performance.now();
    await client.ping();
    // Timers are counted in whole milliseconds.
    expect(performance.now() - start).toBeGreaterThanOrEqual(58);
  });

  test("says what is no Redis protocol, once", async () => {
    const { proxy, client } = await proxied();
    const failure = new Promise<string>((resolve) => {
      client.on("error", (error: Error) => resolve(error.message));
    });
    proxy.garble();
    client.ping().catch(() => {});
    expect(await failure).toMatch(/Unknown RESP type/);
    expect(await (await connectTo(proxy.port)).ping()).toBe("PONG");
  });

  test("refuses new connections, and accepts them again", async () => {
    const { proxy, client } = await proxied();
    proxy.refuse();
    await expect(connectTo(proxy.port)).rejects.toThrow(/ECONNREFUSED/);
    expect(await client.ping()).toBe("PONG");
    proxy.cut();
    await proxy.accept();
    expect(await (await connectTo(proxy.port)).ping()).toBe("PONG");
  });

  test("ends a connection when the server does", async () => {
    const { server, client } = await proxied();
    server.process.kill("SIGKILL");
    await eventually(async () => !client.isOpen);
  });
});

describe("a cluster", () => {
  async function clientOf(port: number, password: string) {
    const rootNodes = [{ socket: { host: "127.0.0.1", port } }];
    const cluster = createCluster({ rootNodes, defaults: { password } });
    cluster.on("error", () => {});
    onTestFinished(() => cluster.destroy());
    await cluster.connect();
    return cluster;
  }

  async function slotsOf(client: Client): Promise<number[]> {
    const keys = await client.keys("*");
    return [...new Set(await Promise.all(keys.map((key) => client.clusterKeySlot(key))))];
  }

  test("moves slots while it is written to", async () => {
    const { masters, nodes, dump, moveSlots } = await startCluster({ password: "secret" });
    expect(nodes.map(({ role }) => role)).toEqual(["master", "master", "master"]);
    const [from, , to] = masters;
    const client = await clientOf(from.port, "secret");
    const written: string[] = [];
    async function write(): Promise<void> {
      const key = `key ${written.length}`;
      await client.set(key, "1");
      written.push(key);
    }
    while (written.length < 300) await write();
    const slots = await slotsOf(from.client);
    let moved = false;
    const move = moveSlots(from, to, slots).finally(() => {
      moved = true;
    });
    while (!moved) await write();
    await move;
    expect([...(await dump()).keys()]).toEqual(written.sort());
    expect((await slotsOf(from.client)).filter((slot) => slots.includes(slot))).toEqual([]);
    expect(await slotsOf(to.client)).toEqual(expect.arrayContaining(slots));
  });

  test("fails over to a replica", async () => {
    const { masters, replicas, dump, kill, mastersNow, settled } = await startCluster({ replicas: 1 });
    const [doomed, second, third] = masters;
    await doomed.client.set("b", "1");
    await eventually(async () => (await replicas[0]?.client.dbSize()) === 1);
    await kill(doomed);
    await settled();
    expect(await mastersNow()).toEqual([second, third, replicas[0]]);
    expect((await dump()).has("b")).toBe(true);
  });
});

describe("a group with sentinels", () => {
  test("makes the replica master when the master dies", async () => {
    const group = await startSentinelGroup({ password: "secret", sentinelPassword: "other" });
    expect(group.sentinels).toHaveLength(3);
    expect(await group.masterPort()).toBe(group.master.port);
    await group.master.client.set("a", "1");
    await eventually(async () => (await group.replica.client.dbSize()) === 1);
    await group.killMaster();
    expect((await group.dump()).get("a")?.value).toBe("1");
    expect(await group.masterPort()).toBe(group.replica.port);
    await (await group.client()).set("b", "1");
    expect((await group.dump()).size).toBe(2);
  });
});
