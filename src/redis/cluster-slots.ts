import { ErrorReply } from "@redis/client";
import { migrateError } from "../errors.js";
import type { Endpoint } from "../options.js";
import { nameOfEndpoint, type Server } from "./address.js";
import type { Client } from "./connect.js";
import type { Login } from "./login.js";
import type { SlotOwners } from "./master-finder.js";
import { redactedWords } from "./redact-error-reply.js";
import type { Info } from "./server-info.js";

/** Slots of a cluster (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec). */
const slotCount = 16_384;

/** One range of slots and its nodes, the master first: CLUSTER SLOTS since Redis 3.0, and in Valkey. */
export interface SlotRange {
  readonly from: number;
  readonly to: number;
  readonly nodes: readonly Endpoint[];
}

/** What a node knows of its cluster. */
export interface SlotsAnswer {
  /** Higher after each change. */
  readonly epoch: number;
  readonly ranges: readonly SlotRange[];
}

/**
 * What a node says of the cluster; null where it does not answer, or knows of no slots.
 * @throws MigrateError where this user may not ask, or it does not know the command
 */
export async function askForSlots(
  client: Client,
  login: Login,
  endpoint?: Endpoint,
): Promise<SlotsAnswer | null> {
  try {
    const own = endpoint ?? ownEndpoint(client);
    const [ranges, info] = await Promise.all([
      rangesOf(client, own),
      client.sendCommand(["CLUSTER", "INFO"]).then(String, () => ""),
    ]);
    if (ranges.length === 0) return null;
    return { ranges, epoch: Number(/cluster_current_epoch:(\d+)/.exec(info)?.[1] ?? 0) };
  } catch (error) {
    const code = refusalCode(error);
    if (code === null || !(error instanceof ErrorReply)) return null;
    const words = redactedWords(error, login);
    throw migrateError(code, { at: nameOfEndpoint(endpoint ?? ownEndpoint(client)), words }, error);
  }
}

/** The error code where this user may not ask, or the server does not know the command; null for all else. */
function refusalCode(error: unknown): "redis-no-permission" | "redis-denied" | null {
  if (!(error instanceof ErrorReply)) return null;
  if (error.message.startsWith("NOPERM")) return "redis-no-permission";
  return error.message.startsWith("ERR unknown command") ? "redis-denied" : null;
}

function ownEndpoint(client: Client): Endpoint {
  const { host = "", port = 0 } = (client.options?.socket ?? {}) as Partial<Endpoint>;
  return { host, port };
}

async function rangesOf(client: Client, own: Endpoint): Promise<readonly SlotRange[]> {
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

export function slotOwnersOf(ranges: readonly SlotRange[]): SlotOwners {
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
  server: Server,
  info: Info | null,
  assumed: boolean,
): Promise<boolean> {
  if (info !== null) return info.get("cluster_enabled") === "1";
  try {
    await rangesOf(client, "path" in server ? { host: "", port: 0 } : server);
    return true;
  } catch (error) {
    if (refusalCode(error) !== null) return assumed;
    // "ERR This instance has cluster support disabled".
    if (error instanceof ErrorReply) return false;
    throw error;
  }
}
