import { type Client, eventually, type PrivateRedis, type RedisSettings, startRedis } from "./redis.js";

/**
 * Starts a replica of a server; its link is up, and it holds what the server held.
 * A password in the settings is that of both.
 */
export async function startReplica(of: PrivateRedis, settings: RedisSettings = {}): Promise<PrivateRedis> {
  // The server would wait 5 s for further replicas before it sends what it holds.
  await of.client.configSet("repl-diskless-sync-delay", "0");
  const replica = await startRedis(settings);
  if (settings.password !== undefined) await replica.client.configSet("masterauth", settings.password);
  await replica.client.sendCommand(["REPLICAOF", "127.0.0.1", String(of.port)]);
  await eventually(() => isLinkUp(replica.client));
  return replica;
}

/** Whether a replica follows its master, after the first copy of everything. */
export async function isLinkUp(replica: Client): Promise<boolean> {
  return /^master_link_status:up\r?$/m.test(await replica.info("replication"));
}

/** Whether a server calls itself master; in a group that loses its master, one may do so before others know. */
export async function isMaster(client: Client): Promise<boolean> {
  const [role] = await client.sendCommand<readonly [string]>(["ROLE"]);
  return role === "master";
}
