import { scratchFolder } from "./program.js";
import {
  argumentsOf,
  connectTo,
  type Dump,
  dumpOf,
  eventually,
  freePort,
  isRunning,
  type PrivateRedis,
  serve,
  startRedis,
  stop,
} from "./redis.js";
import { isLinkUp, isMaster } from "./replica.js";

interface ClusterNode extends PrivateRedis {
  readonly id: string;
  /** As the cluster was formed: a failover changes it. */
  readonly role: "master" | "replica";
}

/** A Redis Cluster of three masters of one test's own. */
export interface Cluster {
  readonly nodes: readonly ClusterNode[];
  /** As the cluster was formed. They have the slots 0 to 5460, 5461 to 10922, and 10923 to 16383. */
  readonly masters: readonly [ClusterNode, ClusterNode, ClusterNode];
  /** As the cluster was formed: the first is of the first master, and so on. */
  readonly replicas: readonly ClusterNode[];
  /** Who runs and calls itself master at this moment. */
  mastersNow(): Promise<readonly ClusterNode[]>;
  /**
   * Resolves when all running nodes serve, and agree on which of them have the slots: after a master was killed,
   * this is when its replica has taken over.
   */
  settled(): Promise<void>;
  /** What all masters of this moment hold. Fails while slots are moved, and while the cluster is down. */
  dump(): Promise<Dump>;
  /**
   * Moves slots with all their keys from one master to another, one after the other, while clients are served.
   * Resolves when the cluster has settled.
   */
  moveSlots(from: ClusterNode, to: ClusterNode, slots: Iterable<number>): Promise<void>;
  /** By SIGKILL. */
  kill(node: ClusterNode): Promise<void>;
}

export interface ClusterSettings {
  /** How many replicas each master has. */
  readonly replicas?: 0 | 1;
  /** Further lines of redis.conf, for all nodes. */
  readonly arguments?: readonly string[];
  /** Of all nodes. */
  readonly password?: string;
}

const slotRanges = [
  { start: 0, end: 5460 },
  { start: 5461, end: 10_922 },
  { start: 10_923, end: 16_383 },
] as const;

/** Starts a cluster that lives until the test is finished; it serves all slots, and its nodes agree on it. */
export async function startCluster(settings: ClusterSettings = {}): Promise<Cluster> {
  const roles = (["master", "replica"] as const).slice(0, 1 + (settings.replicas ?? 0));
  const nodes = await Promise.all(roles.flatMap((role) => slotRanges.map(() => startNode(role, settings))));
  const [first, second, third, ...replicas] = nodes;
  if (first === undefined || second === undefined || third === undefined) throw new Error("no masters");
  const masters = [first, second, third] as const;
  await form(nodes, masters, replicas);

  const running = (): ClusterNode[] => nodes.filter((node) => isRunning(node.process));

  async function mastersNow(): Promise<readonly ClusterNode[]> {
    const told = await Promise.all(
      running().map(async (node) => ({ node, leads: await isMaster(node.client) })),
    );
    return told.filter(({ leads }) => leads).map(({ node }) => node);
  }

  async function settled(): Promise<void> {
    await eventually(() => isSettled(running()));
  }

  return {
    nodes,
    masters,
    replicas,
    mastersNow,
    settled,
    dump: async () => {
      const dumps = await Promise.all((await mastersNow()).map((node) => node.dump()));
      return new Map(dumps.flatMap((dump) => [...dump]).sort(([one], [other]) => (one < other ? -1 : 1)));
    },
    moveSlots: async (from, to, slots) => {
      const others = (await mastersNow()).filter((node) => node !== from && node !== to);
      for (const slot of slots) {
        await moveSlot(slot, from, to, settings.password);
        // The new master first: until it has the slot, nobody may say that it has.
        for (const node of [to, from, ...others]) await node.client.clusterSetSlot(slot, "NODE", to.id);
      }
      await settled();
    },
    kill: (node) => stop(node.process),
  };
}

async function startNode(
  role: ClusterNode["role"],
  { arguments: more = [], password }: ClusterSettings,
): Promise<ClusterNode> {
  const secrets = password === undefined ? [] : ["--requirepass", password, "--masterauth", password];
  const node = await startRedis({
    arguments: async () => [
      ...["--cluster-enabled", "yes", "--cluster-node-timeout", "1500", "--cluster-announce-ip", "127.0.0.1"],
      // By default, the bus would listen on port + 10000, which may be taken, or no port.
      ...["--cluster-port", String(await freePort())],
      // The server would wait 5 s for further replicas before it sends what it holds.
      ...["--repl-diskless-sync-delay", "0"],
      ...[...secrets, ...more],
    ],
    ...(password === undefined ? {} : { password }),
  });
  return { ...node, role, id: await node.client.clusterMyId() };
}

async function form(
  nodes: readonly ClusterNode[],
  masters: readonly ClusterNode[],
  replicas: readonly ClusterNode[],
): Promise<void> {
  await Promise.all(masters.map(({ client }, at) => client.clusterAddSlotsRange(slotRanges[at] ?? [])));
  // Masters that start with the same epoch would settle first whose is newer.
  await Promise.all(nodes.map(({ client }, at) => client.clusterSetConfigEpoch(at + 1)));
  const buses = await Promise.all(nodes.map(({ client }) => client.configGet("cluster-port")));
  await Promise.all(
    nodes.flatMap(({ client }, at) =>
      nodes.slice(at + 1).map(({ port }, next) => {
        const bus = buses[at + 1 + next]?.["cluster-port"] ?? "";
        return client.sendCommand(["CLUSTER", "MEET", "127.0.0.1", String(port), bus]);
      }),
    ),
  );
  await eventually(() => isAcquainted(nodes));
  await Promise.all(replicas.map(({ client }, at) => client.clusterReplicate(masters[at]?.id ?? "")));
  await eventually(async () =>
    (await Promise.all(replicas.map(({ client }) => isLinkUp(client)))).every(Boolean),
  );
  await eventually(async () => (await isAcquainted(nodes)) && (await isSettled(nodes)));
}

/** Whether all nodes know all nodes, doubt none of them, and agree on their roles. */
async function isAcquainted(nodes: readonly ClusterNode[]): Promise<boolean> {
  const seen = await Promise.all(nodes.map(linesOf));
  const all = seen.flat();
  if (all.length !== nodes.length ** 2) return false;
  if (all.some(({ flags, link }) => /fail|handshake|noaddr/.test(flags) || link !== "connected"))
    return false;
  return isUnanimous(
    seen.map((lines) =>
      lines.map(({ id, flags, master }) => `${id} ${flags.replace("myself,", "")} ${master}`),
    ),
  );
}

/** Whether all nodes serve, and agree on which of them have which slots. */
async function isSettled(nodes: readonly ClusterNode[]): Promise<boolean> {
  const infos = await Promise.all(nodes.map(({ client }) => client.clusterInfo()));
  if (!infos.every((info) => /^cluster_state:ok\r?$/m.test(info))) return false;
  const seen = (await Promise.all(nodes.map(linesOf))).map((lines) =>
    lines.filter(({ slots }) => slots !== ""),
  );
  const ids = new Set(nodes.map(({ id }) => id));
  if (!seen.flat().every(({ id }) => ids.has(id))) return false;
  return isUnanimous(seen.map((lines) => lines.map(({ id, slots }) => `${id} ${slots}`)));
}

/** Whether all nodes say the same lines, in whatever order. */
function isUnanimous(views: readonly (readonly string[])[]): boolean {
  return new Set(views.map((lines) => lines.toSorted().join("\n"))).size === 1;
}

/** What a node says of all nodes, but for slots that are on the move. */
async function linesOf({ client }: ClusterNode) {
  const lines = (await client.clusterNodes()).trimEnd().split("\n");
  return lines.map((line) => {
    const [id = "", , flags = "", master = "", , , , link = "", ...slots] = line.split(" ");
    return { id, flags, master, link, slots: slots.filter((slot) => !slot.startsWith("[")).join(" ") };
  });
}

async function moveSlot(
  slot: number,
  from: ClusterNode,
  to: ClusterNode,
  password: string | undefined,
): Promise<void> {
  await to.client.clusterSetSlot(slot, "IMPORTING", from.id);
  await from.client.clusterSetSlot(slot, "MIGRATING", to.id);
  const options = password === undefined ? {} : { AUTH: { password } };
  for (;;) {
    const keys = await from.client.clusterGetKeysInSlot(slot, 100);
    if (keys.length === 0) return;
    await from.client.migrate("127.0.0.1", to.port, keys, 0, 10_000, options);
  }
}

/** A cluster of one node, which has all slots: of any version, and quick to start. */
export async function startOneNodeCluster(more: readonly string[] = []): Promise<PrivateRedis> {
  for (;;) {
    const port = await freePort();
    // The bus listens on port + 10000, and only later versions can be told otherwise.
    if (port > 55_535) continue;
    const folder = await scratchFolder();
    const flags = ["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1", ...more];
    const child = await serve(await argumentsOf(folder, { arguments: flags })(port));
    if (child === null) continue;
    const client = await connectTo(port);
    // One by one, as servers before 7.0 want it.
    for (let slot = 0; slot < 16_384; slot += 1_024)
      await client.clusterAddSlots(Array.from({ length: 1_024 }, (_, at) => slot + at));
    await eventually(async () => /^cluster_state:ok\r?$/m.test(await client.clusterInfo()));
    return { port, folder, process: child, client, dump: () => dumpOf(client) };
  }
}
