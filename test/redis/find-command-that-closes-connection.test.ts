import { EventEmitter, once } from "node:events";
import { expect, test } from "vitest";
import { connect } from "../../src/redis/connect.js";
import { openSuspectSender } from "../../src/redis/find-command-that-closes-connection.js";
import { login } from "../support/login.js";
import { startRedis, until } from "../support/redis.js";

test("what is closed while it connects sends nothing any more, and leaves no connection behind", async () => {
  const { client, port } = await startRedis();
  const happens = new EventEmitter();
  const suspects = openSuspectSender(async () => {
    const made = await connect({ host: "127.0.0.1", port }, login);
    const closed = once(happens, "closed");
    happens.emit("connected");
    await closed;
    return { client: made, runId: null };
  }, login.signal);
  const connected = once(happens, "connected");
  const sent = suspects.run("a", (one) => one.sendCommand(["SET", "a", "1"]));
  await connected;
  suspects.close();
  happens.emit("closed");
  await expect(sent).rejects.toMatchObject({ name: "Interruption" });
  expect(await client.exists("a")).toBe(0);
  await until(async () => /\bconnected_clients:1\r/.test(await client.info("clients")));
});
