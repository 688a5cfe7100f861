import type { Kind } from "../types/kind.js";
import type { Mode, Policy, TtlFrom } from "../types/mode-and-policy.js";

/** A command of Redis that a run uses. The preflight check, and the list of permissions in docs/redis.md, are made from these. */
export interface CommandNeed {
  readonly command: string;
  /** The modes that use it. A dry run needs what the run that follows does. */
  readonly modes: readonly Mode[];
  /** Policies without which it is not used; all, where there are none. */
  readonly policies?: readonly Policy[];
  /** The start of conversations' time without which it is not used; any, where there is none. */
  readonly ttlFrom?: TtlFrom;
  /** What goes unchecked, or is done in another way, where it is not to be had; null where the run cannot do without. */
  readonly without: string | null;
  /** Parameters with which it changes nothing, on a key that does not exist; null where connecting tried it. */
  readonly trial: ((key: string, scriptSha1: string) => readonly string[]) | null;
}

const migrating = ["migrate", "dry-run"] as const;
const writing = [...migrating, "undo"] as const;
const comparing = [...writing, "verify"] as const;
const all = [...comparing, "export"] as const;

export const commandNeeds: readonly CommandNeed[] = [
  { command: "GET", modes: all, without: null, trial: (key) => [key] },
  { command: "PTTL", modes: comparing, without: null, trial: (key) => [key] },
  { command: "TYPE", modes: all, without: null, trial: (key) => [key] },
  // With XX, a key that does not exist is not created.
  { command: "SET", modes: writing, without: null, trial: (key) => [key, "", "XX"] },
  { command: "EVAL", modes: writing, without: null, trial: (key) => ["return 0", "1", key] },
  // Where the script is known already, it finds no value whose SHA-1 is 0, and does nothing.
  { command: "EVALSHA", modes: writing, without: null, trial: (key, sha1) => [sha1, "1", key, "value", "0"] },
  { command: "PEXPIRE", modes: writing, without: null, trial: (key) => [key, "1000"] },
  { command: "PERSIST", modes: writing, without: null, trial: (key) => [key] },
  // A server that knows the command, and not the option, says so by a syntax error.
  {
    command: "SET",
    modes: migrating,
    ttlFrom: "last-active",
    without: null,
    trial: (key) => [key, "", "PXAT", "9999999999999", "XX"],
  },
  {
    command: "PEXPIREAT",
    modes: migrating,
    ttlFrom: "last-active",
    without: null,
    trial: (key) => [key, "9999999999999"],
  },
  { command: "DUMP", modes: migrating, policies: ["overwrite"], without: null, trial: (key) => [key] },
  { command: "DUMP", modes: ["undo"], without: null, trial: (key) => [key] },
  { command: "DEL", modes: ["undo"], without: null, trial: (key) => [key] },
  // A payload that is none is refused before anything is restored.
  { command: "RESTORE", modes: ["undo"], without: null, trial: (key) => [key, "0", ""] },
  {
    command: "SCAN",
    modes: ["verify"],
    without: "keys under the prefix that no file holds are not counted",
    trial: () => ["0", "COUNT", "1"],
  },
  { command: "SCAN", modes: ["export"], without: null, trial: () => ["0", "COUNT", "1"] },
  {
    command: "STRLEN",
    modes: ["export"],
    without: "values are read few at a time",
    trial: null,
  },
  {
    command: "DUMP",
    modes: ["export"],
    without: "what holds no string is named by --rejects, and not kept",
    trial: null,
  },
  {
    command: "TIME",
    modes: ["migrate", "dry-run", "undo"],
    without: "what is left of an expiry goes by this machine's clock",
    trial: () => [],
  },
  {
    command: "TIME",
    modes: ["verify"],
    ttlFrom: "last-active",
    without: "which conversations are past their time goes by this machine's clock",
    trial: () => [],
  },
  {
    command: "SCAN",
    modes: migrating,
    without: "keys under the prefix are not counted beforehand",
    trial: null,
  },
  {
    command: "INFO",
    modes: all,
    without: "its role, memory and eviction policy are not checked, nor who it is at the end",
    trial: null,
  },
  { command: "CONFIG GET", modes: writing, without: "whether it saves to disk is not checked", trial: null },
  { command: "PING", modes: all, without: "an idle connection shows no sign of life", trial: null },
  {
    command: "CLIENT NO-TOUCH",
    modes: ["dry-run", "verify", "export"],
    without: "reading counts as use, by which it chooses what to evict",
    trial: null,
  },
  { command: "SELECT", modes: all, without: null, trial: null },
  { command: "CLUSTER SLOTS", modes: all, without: null, trial: null },
  {
    command: "CLUSTER INFO",
    modes: all,
    without: "a node that is not in order is not passed over",
    trial: null,
  },
  {
    command: "WAIT",
    modes: writing,
    without: "what its replicas have is asked of INFO alone",
    // Of no replica it waits for none.
    trial: () => ["0", "1"],
  },
  { command: "EXISTS", modes: writing, without: "it takes longer", trial: null },
  { command: "MGET", modes: all, without: "it takes longer", trial: null },
];

/** What a run of this mode and policy uses. */
export function needsOf(mode: Mode, policy: Policy, ttlFrom: TtlFrom = "now"): readonly CommandNeed[] {
  return commandNeeds.filter(
    (need) =>
      need.modes.includes(mode) &&
      (need.policies === undefined || need.policies.includes(policy)) &&
      (need.ttlFrom === undefined || need.ttlFrom === ttlFrom),
  );
}

/** What a run is going to ask of Redis. */
export interface Needs {
  readonly prefix: string;
  readonly database: number;
  /** The kinds of records that it is about. */
  readonly kinds: readonly Kind[];
  readonly commands: readonly CommandNeed[];
  /** Whether to count the keys that stand under the prefix. */
  readonly count: boolean;
}
