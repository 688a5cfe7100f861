import { memoryModelOf } from "../redis/memory-model.js";
import type { LargestValue } from "../redis/value-size-limits.js";
import type { Finding, Mode, Topology } from "../types.js";

/** What is known of one master; null is what this user may not ask. */
export interface MasterFacts {
  /** Host and port, for sentences. */
  readonly at: string;
  /** Its share of the keys, from 0 to 1. */
  readonly share: number;
  /** Such as `redis 7.0.15`. */
  readonly server: string | null;
  readonly role: string | null;
  readonly loading: boolean | null;
  /** Whether it writes an append-only file. */
  readonly appends: boolean | null;
  /** Its `save` points; empty for none. */
  readonly save: string | null;
  readonly lastSaveFailed: boolean | null;
  /** The largest value that it takes in a command. */
  readonly largestValue: LargestValue | null;
  /** In bytes; 0 for no limit. */
  readonly maxMemory: number | null;
  readonly usedMemory: number | null;
  readonly policy: string | null;
  /** Keys, and those with an expiry, in the database in use. */
  readonly keys: number;
  readonly expiring: number;
  /** What it answered to commands as the run will send them, on keys that do not exist. */
  readonly rehearsed: readonly Rehearsed[];
}

export interface Rehearsed {
  readonly command: string;
  /** What comes of a run without it; null where there can be none. */
  readonly without: string | null;
  /** Null where it would have been done; `unknown`: there is no such command, by this name at least. */
  readonly refused: "command" | "unknown" | "key" | "readonly" | "misconf" | "oom" | "replicas" | null;
}

export interface Facts {
  readonly at: string;
  readonly topology: Topology;
  readonly masters: readonly MasterFacts[];
  /** Keys under the prefix, or, where there were too many to count, some of them. */
  readonly inUse: { readonly keys: number; readonly all: boolean } | null;
}

type Master = MasterFacts;
type Judge = (master: Master, mode: Mode) => Finding | null;

function finding(severity: Finding["severity"], code: string, message: string, hint: string): Finding {
  return { code, severity, message, hint };
}

function writes(mode: Mode): boolean {
  return mode !== "verify";
}

function refusedAs(master: Master, how: Rehearsed["refused"]): readonly string[] {
  return master.rehearsed.filter(({ refused }) => refused === how).map(({ command }) => command);
}

/** Whether a command is not to be had, whatever state Redis is in. */
function isDenied(refused: Rehearsed["refused"]): boolean {
  return refused === "command" || refused === "unknown" || refused === "key";
}

/** The commands, each once, that the run cannot do without, and that were refused in this way. */
function neededBut({ rehearsed }: Master, how: Rehearsed["refused"]): readonly string[] {
  const needed = rehearsed.filter(({ without, refused }) => without === null && refused === how);
  return [...new Set(needed.map(({ command }) => command))];
}

/** Whether every master lets this user call a command. */
export function mayCall({ masters }: Facts, command: string): boolean {
  return !masters.some(({ rehearsed }) =>
    rehearsed.some((one) => one.command === command && isDenied(one.refused)),
  );
}

const uncheckedByReaders = "its role, and at the end whether it is still the same master";
const uncheckedByWriters =
  "its role, memory and eviction policy, and at the end whether it evicted keys, is still the same master and its replicas have all that was written";

const judges: readonly Judge[] = [
  (master, mode) => {
    const { at, role } = master;
    if (role !== "slave" && refusedAs(master, "readonly").length === 0) return null;
    if (!writes(mode)) {
      return finding(
        "warning",
        "replica",
        `Redis at ${at} is a replica, which may lag behind its master`,
        "What it does not show yet may be on the master: verify there.",
      );
    }
    return finding(
      "refuse",
      "not-master",
      `Redis at ${at} is a replica: what is written there is refused, or lost`,
      "Name its master, or the Sentinels that know it (--sentinel <master>).",
    );
  },
  ({ at, loading }) =>
    loading
      ? finding(
          "refuse",
          "loading",
          `Redis at ${at} is still loading its data`,
          "Wait until INFO says loading:0, then run the same command again.",
        )
      : null,
  (master, mode) => {
    if (!writes(mode) || refusedAs(master, "misconf").length === 0) return null;
    return finding(
      "refuse",
      "cannot-persist",
      `Redis at ${master.at} cannot save to its disk, and so refuses to write`,
      "See its log and disk (MISCONF, stop-writes-on-bgsave-error).",
    );
  },
  ({ at, lastSaveFailed, rehearsed }, mode) => {
    const told = rehearsed.some(({ refused }) => refused === "misconf");
    if (!writes(mode) || told || lastSaveFailed !== true) return null;
    return finding(
      "warning",
      "save-failed",
      `Redis at ${at} failed to save to its disk the last time: what is migrated may not survive a restart`,
      "See its log and disk.",
    );
  },
  (master, mode) => {
    if (!writes(mode) || refusedAs(master, "replicas").length === 0) return null;
    return finding(
      "refuse",
      "no-replicas",
      `Redis at ${master.at} takes no writes: too few of its replicas are in good order`,
      "See min-replicas-to-write in redis.conf, and INFO replication.",
    );
  },
  (master, mode) => {
    if (!writes(mode) || refusedAs(master, "oom").length === 0) return null;
    return finding(
      "refuse",
      "out-of-memory",
      `Redis at ${master.at} has no memory left, and refuses to write`,
      "Raise maxmemory, or make room.",
    );
  },
  ({ at, appends, save }, mode) => {
    if (!writes(mode) || appends !== false || save !== "") return null;
    return finding(
      "warning",
      "no-persistence",
      `Redis at ${at} keeps nothing on disk: a restart loses all that is migrated`,
      "Switch on appendonly or save in its configuration, and keep the files.",
    );
  },
  ({ at, maxMemory, policy }, mode) => {
    if (!writes(mode) || !maxMemory || policy === null || policy === "noeviction") return null;
    const which = policy.startsWith("allkeys-")
      ? "API keys, which have no expiry, may go too"
      : "conversations may go before their time";
    return finding(
      "warning",
      "eviction",
      `Redis at ${at} throws keys away when its memory is full (maxmemory-policy ${policy}): ${which}`,
      "Set maxmemory-policy noeviction, or give these keys a Redis of their own.",
    );
  },
  (master) => {
    const commands = neededBut(master, "command");
    if (commands.length === 0) return null;
    return finding(
      "refuse",
      "permission",
      `Redis at ${master.at} does not let this user call ${commands.join(", ")}`,
      "Allow it with ACL SETUSER, or use another user.",
    );
  },
  (master) => {
    const commands = neededBut(master, "unknown");
    if (commands.length === 0) return null;
    return finding(
      "refuse",
      "unknown-command",
      `Redis at ${master.at} does not know the command ${commands.join(", ")}`,
      "It may be renamed or switched off there: see rename-command in redis.conf, or ask who runs it.",
    );
  },
  (master) => {
    const commands = neededBut(master, "key");
    if (commands.length === 0) return null;
    return finding(
      "refuse",
      "key-permission",
      `Redis at ${master.at} does not let this user call ${commands.join(", ")} on every key under the prefix`,
      "Allow the prefix to the user (ACL SETUSER name ~prefix*), or leave one kind out (--only).",
    );
  },
  ({ at, rehearsed }) => {
    const lacking = rehearsed.filter(({ without, refused }) => without !== null && isDenied(refused));
    if (lacking.length === 0) return null;
    const told = [
      ...new Map(lacking.map(({ command, without }) => [command, `${command}: ${without}`])).values(),
    ];
    return finding(
      "warning",
      "without",
      `Redis at ${at} does not let this user call ${told.join("; ")}`,
      "Allow it with ACL SETUSER, or see rename-command in redis.conf.",
    );
  },
  ({ at, server }, mode) => {
    if (!writes(mode) || mode === "undo" || server === null || memoryModelOf(server, false).exact)
      return null;
    return finding(
      "note",
      "memory-upward",
      `Redis at ${at} is ${server}, of which nobody measured here what keys cost: memory is estimated upward`,
      "See its release notes, and INFO memory before and after a part (--only).",
    );
  },
  ({ at, usedMemory, save, appends, largestValue }, mode) => {
    const info = writes(mode) ? uncheckedByWriters : uncheckedByReaders;
    const settings = [
      ...(save === null && appends !== true ? ["whether it saves to disk"] : []),
      ...(largestValue === null ? ["how large a value it takes"] : []),
    ];
    const unknown = [
      ...(usedMemory === null ? [`${info} (INFO)`] : []),
      ...(writes(mode) && settings.length > 0 ? [`${settings.join(" and ")} (CONFIG GET)`] : []),
    ];
    if (unknown.length === 0) return null;
    return finding(
      usedMemory === null ? "warning" : "note",
      "unchecked",
      `Redis at ${at} did not let this user check ${unknown.join(" and ")}`,
      "Look it up yourself, or allow INFO and CONFIG GET to the user.",
    );
  },
];

const gravity: readonly Finding["severity"][] = ["refuse", "warning", "note"];

/** What the facts mean for a run: each finding once, the gravest, though several masters share it. */
export function judgeServer({ masters, inUse }: Facts, mode: Mode): Finding[] {
  const findings = judges.flatMap((judge) => {
    const found = masters.flatMap((master) => judge(master, mode) ?? []);
    const [first] = found.sort((a, b) => gravity.indexOf(a.severity) - gravity.indexOf(b.severity));
    if (first === undefined) return [];
    return [
      found.length === 1 ? first : { ...first, message: `${first.message} (and ${found.length - 1} more)` },
    ];
  });
  if (inUse !== null && inUse.keys > 0 && mode !== "verify" && mode !== "undo") {
    const keys = `${inUse.all ? "" : "more than "}${inUse.keys} key${inUse.keys === 1 ? "" : "s"}`;
    findings.push(
      finding(
        "note",
        "prefix-in-use",
        `Redis holds ${keys} under this prefix already`,
        "What is there already is compared: see --on-conflict.",
      ),
    );
  }
  return findings;
}

/** Masters that have less room left than a run needs, with the bytes that each lacks. */
export function lackingMemory({ masters }: Facts, bytes: number): readonly { at: string; lacks: number }[] {
  return masters.flatMap(({ at, share, maxMemory, usedMemory }) => {
    if (!maxMemory || usedMemory === null) return [];
    const lacks = Math.ceil(usedMemory + bytes * share - maxMemory);
    return lacks > 0 ? [{ at, lacks }] : [];
  });
}

/** The finding where a run does not fit into Redis' memory; null where it does. */
export function judgeMemory(facts: Facts, bytes: number): Finding | null {
  const [first] = lackingMemory(facts, bytes);
  if (first === undefined) return null;
  const mega = (size: number) => `${(size / 1e6).toFixed(1)} MB`;
  const policy = facts.masters.find(({ at }) => at === first.at)?.policy ?? "noeviction";
  const exact = facts.masters.every(({ server }) => memoryModelOf(server, false).exact);
  const then = policy === "noeviction" ? "refuse a part of it" : `throw keys away (${policy})`;
  return finding(
    "refuse",
    "memory",
    `This needs ${exact ? "about" : "at most about"} ${mega(bytes)} of Redis' memory, and Redis at ${first.at} has ${mega(first.lacks)} too little (maxmemory): it ${exact ? "would" : "might"} ${then}`,
    "Raise maxmemory, or migrate less (--only).",
  );
}
