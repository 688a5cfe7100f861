import { setTimeout as sleep } from "node:timers/promises";
import { ErrorReply } from "@redis/client";
import { Interruption, migrateError } from "../errors.js";
import type { Address, Endpoint } from "../options.js";
import { at, endpointsOf, nameOfEndpoint } from "./address.js";
import type { Client, Login, Where } from "./connect.js";
import { connect, wordsOf } from "./connect.js";
import { moreTelling } from "./error-replies.js";
import type { Info } from "./server-info.js";
import type { MasterFinder, SlotOwners } from "./slot-owners.js";

/** Slots of a cluster (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec). */
const slotCount = 16_384;

/** One range of slots and its nodes, the master first: CLUSTER SLOTS since Redis 3.0, and in Valkey. */
interface Range {
  readonly from: number;
  readonly to: number;
  readonly nodes: readonly Endpoint[];
}

/** Asks the nodes of a cluster who holds which slots. */
export function cluster(address: Address, login: Login): MasterFinder {
  const known = new Map(endpointsOf(address).map((one) => [nameOfEndpoint(one), one]));
  const note = (ranges: readonly Range[]) => {
    for (const { nodes } of ranges) for (const node of nodes) known.set(nameOfEndpoint(node), node);
    return slotOwnersOf(ranges);
  };
  return {
    topology: "cluster",
    async find(live, limitMs) {
      const answers = await Promise.all(
        live.map((client) =>
          Promise.race([
            askNode(client, login).catch(() => null),
            sleep(shortAnswerMs, null, { ref: false }),
          ]),
        ),
      );
      const best = newest(answers);
      if (best !== null) return note(best);
      let failure: unknown = null;
      for (const endpoint of [...known.values()]) {
        try {
          const client = await connect(endpoint, login, Math.max(1, limitMs / known.size));
          try {
            const answer = await askNode(client, login, endpoint);
            if (answer !== null) return note(answer.ranges);
            failure = migrateError("redis-cluster-down", { at: nameOfEndpoint(endpoint) });
          } finally {
            client.destroy();
          }
        } catch (error) {
          if (error instanceof Interruption) throw error;
          failure = moreTelling(failure, error);
        }
      }
      throw failure ?? migrateError("redis-cluster-down", { at: at(address) });
    },
  };
}

/** A node that is alive says what it knows at once. In ms. */
const shortAnswerMs = 1_000;

interface Answer {
  readonly epoch: number;
  readonly ranges: readonly Range[];
}

/** Of nodes that see different things, the one that has heard of the latest change. */
function newest(answers: readonly (Answer | null)[]): readonly Range[] | null {
  const told = answers.filter((answer) => answer !== null);
  return told.toSorted((a, b) => b.epoch - a.epoch)[0]?.ranges ?? null;
}

/**
 * What a node says of the cluster; null where it does not answer, or knows of no slots.
 * @throws MigrateError where this user may not ask, or it does not know the command
 */
async function askNode(client: Client, login: Login, endpoint?: Endpoint): Promise<Answer | null> {
  try {
    const own = endpoint ?? ownEndpoint(client);
    const [ranges, info] = await Promise.all([
      rangesOf(client, own),
      client.sendCommand(["CLUSTER", "INFO"]).then(String, () => ""),
    ]);
    if (ranges.length === 0) return null;
    return { ranges, epoch: Number(/cluster_current_epoch:(\d+)/.exec(info)?.[1] ?? 0) };
  } catch (error) {
    const code = refusalToTell(error);
    if (code === null || !(error instanceof ErrorReply)) return null;
    const words = wordsOf(error, login);
    throw migrateError(code, { at: nameOfEndpoint(endpoint ?? ownEndpoint(client)), words }, error);
  }
}

/** How it is called that this user may not ask, or that the server does not know the command; null for all else. */
function refusalToTell(error: unknown): "redis-no-permission" | "redis-denied" | null {
  if (!(error instanceof ErrorReply)) return null;
  if (error.message.startsWith("NOPERM")) return "redis-no-permission";
  return error.message.startsWith("ERR unknown command") ? "redis-denied" : null;
}

function ownEndpoint(client: Client): Endpoint {
  const { host = "", port = 0 } = (client.options?.socket ?? {}) as Partial<Endpoint>;
  return { host, port };
}

async function rangesOf(client: Client, own: Endpoint): Promise<readonly Range[]> {
  const reply = (await client.sendCommand(["CLUSTER", "SLOTS"])) as unknown as RawRange[];
  return reply.map(([from, to, ...nodes]) => ({
    from: Number(from),
    to: Number(to),
    nodes: nodes.map(([host, port, , more]) => ({ host: hostOf(host, more, own), port: Number(port) })),
  }));
}

/** A node: host, port, id, and, since Redis 7, names and values of what else is known of it. */
type RawNode = readonly [string | null, number, string?, (readonly string[])?];
type RawRange = readonly [number, number, ...RawNode[]];

/** No host means the one that was asked; `?` is a node that should have a host name and has none, but an address. */
function hostOf(host: string | null, more: readonly string[] | undefined, own: Endpoint): string {
  if (host === "?") return more?.[more.indexOf("ip") + 1] ?? own.host;
  return host || own.host;
}

function slotOwnersOf(ranges: readonly Range[]): SlotOwners {
  const owners: (Endpoint | undefined)[] = new Array(slotCount);
  const masters = new Map<string, Endpoint>();
  const held = new Map<string, number>();
  for (const { from, to, nodes } of ranges) {
    const [master] = nodes;
    if (master === undefined) continue;
    const name = nameOfEndpoint(master);
    const same = masters.get(name) ?? master;
    masters.set(name, same);
    held.set(name, (held.get(name) ?? 0) + to - from + 1);
    owners.fill(same, from, to + 1);
  }
  return {
    masters: [...masters.values()],
    ownerOf: (slot) => owners[slot] ?? null,
    shareOf: (master) => ("path" in master ? 0 : (held.get(nameOfEndpoint(master)) ?? 0) / slotCount),
  };
}

/**
 * Whether a server belongs to a cluster.
 * @param assumed what it is where this user may ask neither for INFO nor for CLUSTER SLOTS
 */
export async function isCluster(
  client: Client,
  where: Where,
  info: Info | null,
  assumed: boolean,
): Promise<boolean> {
  if (info !== null) return info.get("cluster_enabled") === "1";
  try {
    await rangesOf(client, "path" in where ? { host: "", port: 0 } : where);
    return true;
  } catch (error) {
    if (refusalToTell(error) !== null) return assumed;
    // "ERR This instance has cluster support disabled".
    if (error instanceof ErrorReply) return false;
    throw error;
  }
}
