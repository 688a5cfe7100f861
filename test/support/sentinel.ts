import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scratchFolder } from "./program.js";
import {
  argumentsOf,
  type Client,
  connectTo,
  type Dump,
  dumpOf,
  eventually,
  isRunning,
  launch,
  type PrivateRedis,
  startRedis,
  stop,
} from "./redis.js";
import { isMaster, startReplica } from "./replica.js";

/** A master, a replica, and three sentinels that watch them, of one test's own. */
export interface SentinelGroup {
  /** What the sentinels call the master. */
  readonly name: string;
  /** Ports. */
  readonly sentinels: readonly number[];
  /** As the group was formed: a failover changes it, and closes all clients of the new master. */
  readonly master: PrivateRedis;
  readonly replica: PrivateRedis;
  /** Port of the master, as the first sentinel names it; for a while that is the old one. */
  masterPort(): Promise<number>;
  /** A new client of the master; once all sentinels name the same one, and it calls itself master. */
  client(): Promise<Client>;
  /** What the master holds; waits for it as `client` does. */
  dump(): Promise<Dump>;
  /** By SIGKILL, whoever the first sentinel calls master. */
  killMaster(): Promise<void>;
}

export interface SentinelSettings {
  /** Of the master and the replica. */
  readonly password?: string;
  /** Of the sentinels. */
  readonly sentinelPassword?: string;
}

const name = "mymaster";

/** Two sentinels of three decide that a master is down. */
const quorum = 2;

/**
 * The settings of a sentinel that no file can hold, in milliseconds. It looks often, so that it soon knows the others;
 * and when the machine was too busy for it, it does not stop deciding for half a minute.
 */
const periods = { "info-period": 500, "publish-period": 250, "ping-period": 250, "tilt-period": 500 };

/** Starts a group that lives until the test is finished; each sentinel knows the replica and the other sentinels. */
export async function startSentinelGroup(settings: SentinelSettings = {}): Promise<SentinelGroup> {
  const { password } = settings;
  const common =
    password === undefined
      ? {}
      : { password, arguments: ["--requirepass", password, "--masterauth", password] };
  const master = await startRedis(common);
  const replica = await startReplica(master, common);
  const sentinels = await Promise.all([1, 2, 3].map(() => startSentinel(master.port, settings)));
  const [first] = sentinels;
  if (first === undefined) throw new Error("no sentinel");
  await eventually(async () => (await Promise.all(sentinels.map(knowsAll))).every(Boolean));

  const server = (port: number): PrivateRedis | undefined =>
    [master, replica].find((one) => one.port === port && isRunning(one.process));

  async function client(): Promise<Client> {
    return eventually(async () => {
      const named = new Set(await Promise.all(sentinels.map(masterPortOf)));
      const [port = 0] = named;
      if (named.size > 1 || server(port) === undefined) return null;
      const found = await connectTo(port, common);
      return (await isMaster(found)) && found;
    });
  }

  return {
    name,
    sentinels: sentinels.map(({ port }) => port),
    master,
    replica,
    masterPort: () => masterPortOf(first),
    client,
    dump: async () => dumpOf(await client()),
    killMaster: async () => {
      const now = server(await masterPortOf(first));
      if (now !== undefined) await stop(now.process);
    },
  };
}

interface Sentinel {
  readonly port: number;
  readonly client: Client;
}

async function startSentinel(
  masterPort: number,
  { password, sentinelPassword }: SentinelSettings,
): Promise<Sentinel> {
  const folder = await scratchFolder();
  const file = join(folder, "sentinel.conf");
  const lines = [
    `sentinel monitor ${name} 127.0.0.1 ${masterPort} ${quorum}`,
    `sentinel down-after-milliseconds ${name} 800`,
    `sentinel failover-timeout ${name} 3000`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${name} ${password}`]),
    ...(sentinelPassword === undefined ? [] : [`requirepass ${sentinelPassword}`]),
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  const more = argumentsOf(folder, {});
  const { port } = await launch(async (on) => [file, "--sentinel", ...(await more(on))], /Sentinel ID is/);
  const client = await connectTo(port, sentinelPassword === undefined ? {} : { password: sentinelPassword });
  const changes = Object.entries(periods).flatMap(([period, ms]) => [period, String(ms)]);
  await client.sendCommand(["SENTINEL", "DEBUG", ...changes]);
  return { port, client };
}

async function masterPortOf({ client }: Sentinel): Promise<number> {
  const question = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name];
  const [, port] = await client.sendCommand<readonly [string, string]>(question);
  return Number(port);
}

/** Whether a sentinel knows the replica, as one that could become master, and two other sentinels. */
async function knowsAll({ client }: Sentinel): Promise<boolean> {
  const [replicas, others] = await Promise.all(
    ["REPLICAS", "SENTINELS"].map((whom) =>
      client.sendCommand<Readonly<Record<string, string>>[]>(["SENTINEL", whom, name]),
    ),
  );
  if (replicas?.length !== 1 || others?.length !== 2) return false;
  if (replicas[0]?.["master-link-status"] !== "ok") return false;
  return [...replicas, ...others].every(({ flags = "" }) => !/down|disconnected/.test(flags));
}
