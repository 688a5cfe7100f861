import { type Check, writes } from "./check-of-one-master.js";
import type { MasterFacts, TriedCommand } from "./server-facts.js";

function answers(master: MasterFacts, how: TriedCommand["refused"]): boolean {
  return master.tried.some(({ refused }) => refused === how);
}

function isReplica(master: MasterFacts): boolean {
  return master.role === "slave" || answers(master, "readonly");
}

/** Whether a master is in a state to be read, and to be written to. */
export const stateChecks: readonly Check[] = [
  {
    code: "replica",
    severity: "warning",
    problem: (master, mode) =>
      isReplica(master) && !writes(mode) && master.followsMaster !== false
        ? "is a replica, which may lag behind its master"
        : null,
    hint: "What it does not show yet may be on the master: ask there.",
  },
  {
    code: "replica-alone",
    severity: "refuse",
    problem: (master, mode) =>
      isReplica(master) && !writes(mode) && master.followsMaster === false
        ? "is a replica that does not follow its master now: what it holds may be old, a part, or nothing"
        : null,
    hint: "Ask its master, or wait until INFO says master_link_status:up.",
  },
  {
    code: "not-master",
    severity: "refuse",
    problem: (master, mode) =>
      isReplica(master) && writes(mode) ? "is a replica: what is written there is refused, or lost" : null,
    hint: "Name its master, or the Sentinels that know it (--sentinel <master>).",
  },
  {
    code: "loading",
    severity: "refuse",
    problem: ({ loading }) => (loading ? "is still loading its data" : null),
    hint: "Wait until INFO says loading:0, then run the same command again.",
  },
  {
    code: "cannot-persist",
    severity: "refuse",
    problem: (master, mode) =>
      writes(mode) && answers(master, "misconf") ? "cannot save to its disk, and so refuses to write" : null,
    hint: "See its log and disk (MISCONF, stop-writes-on-bgsave-error).",
  },
  {
    code: "save-failed",
    severity: "warning",
    problem: (master, mode) =>
      writes(mode) && master.lastSaveFailed && !answers(master, "misconf")
        ? "failed to save to its disk the last time: what is migrated may not survive a restart"
        : null,
    hint: "See its log and disk.",
  },
  {
    code: "no-replicas",
    severity: "refuse",
    problem: (master, mode) =>
      writes(mode) && answers(master, "replicas")
        ? "takes no writes: too few of its replicas are in good order"
        : null,
    hint: "See min-replicas-to-write in redis.conf, and INFO replication.",
  },
  {
    code: "out-of-memory",
    severity: "refuse",
    problem: (master, mode) =>
      writes(mode) && answers(master, "oom") ? "has no memory left, and refuses to write" : null,
    hint: "Raise maxmemory, or make room.",
  },
  {
    code: "no-persistence",
    severity: "warning",
    problem: ({ appends, save }, mode) =>
      writes(mode) && appends === false && save === ""
        ? "keeps nothing on disk: a restart loses all that is migrated"
        : null,
    hint: "Switch on appendonly or save in its configuration, and keep the files.",
  },
  {
    code: "eviction",
    severity: "warning",
    problem: ({ maxMemory, policy }, mode) => {
      if (!writes(mode) || !maxMemory || policy === null || policy === "noeviction") return null;
      const which = policy.startsWith("allkeys-")
        ? "API keys, which have no expiry, may go too"
        : "conversations may go before their time";
      return `throws keys away when its memory is full (maxmemory-policy ${policy}): ${which}`;
    },
    hint: "Set maxmemory-policy noeviction, or give these keys a Redis of their own.",
  },
];
