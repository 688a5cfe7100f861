import { type Check, writes } from "./check-of-one-master.js";
import type { Facts, MasterFacts, TriedCommand } from "./server-facts.js";

/** Whether a command is not to be had, whatever state Redis is in. */
function isDenied({ refused }: TriedCommand): boolean {
  return refused === "command" || refused === "unknown" || refused === "key";
}

/** Whether every master lets this user call a command. */
export function mayCall({ masters }: Facts, command: string): boolean {
  return !masters.some(({ tried }) => tried.some((one) => one.command === command && isDenied(one)));
}

/** The commands, each once, that the run cannot do without, and that were refused in this way; null for none. */
function neededAndRefused({ tried }: MasterFacts, how: TriedCommand["refused"]): string | null {
  const needed = tried.filter(({ without, refused }) => without === null && refused === how);
  return needed.length === 0 ? null : [...new Set(needed.map(({ command }) => command))].join(", ");
}

/** Whether this user may call what the run needs. */
export const permissionChecks: readonly Check[] = [
  {
    code: "permission",
    severity: "refuse",
    problem: (master) => {
      const commands = neededAndRefused(master, "command");
      return commands && `does not let this user call ${commands}`;
    },
    hint: "Allow it with ACL SETUSER, or use another user.",
  },
  {
    code: "unknown-command",
    severity: "refuse",
    problem: (master) => {
      const commands = neededAndRefused(master, "unknown");
      return commands && `does not know the command ${commands}`;
    },
    hint: "It may be renamed or switched off there: see rename-command in redis.conf, or ask who runs it.",
  },
  {
    code: "too-old",
    severity: "refuse",
    problem: (master) => {
      if (neededAndRefused(master, "syntax") === null) return null;
      const is = master.server === null ? "" : `is ${master.server}, and `;
      return `${is}does not know SET with PXAT, by which --ttl-from last-active says when a conversation leaves`;
    },
    hint: "It needs Redis 6.2, or any Valkey; with --ttl-from now, an older one will do.",
  },
  {
    code: "key-permission",
    severity: "refuse",
    problem: (master) => {
      const commands = neededAndRefused(master, "key");
      return commands && `does not let this user call ${commands} on every key under the prefix`;
    },
    hint: "Allow the prefix to the user (ACL SETUSER name ~prefix*), or leave one kind out (--only).",
  },
  {
    code: "without",
    severity: "warning",
    problem: ({ tried }) => {
      const lacking = tried.filter((one) => one.without !== null && isDenied(one));
      const sentences = new Set(lacking.map(({ command, without }) => `${command}: ${without}`));
      return sentences.size === 0 ? null : `does not let this user call ${[...sentences].join("; ")}`;
    },
    hint: "Allow it with ACL SETUSER, or see rename-command in redis.conf.",
  },
];

const uncheckedByReaders = "its role, and at the end whether it is still the same master";
const uncheckedByWriters =
  "its role, memory and eviction policy, and at the end whether it evicted keys, is still the same master and its replicas have all that was written";

/** What this user may not ask, and so stays unchecked. */
export const uncheckedCheck: Check = {
  code: "unchecked",
  severity: ({ usedMemory }) => (usedMemory === null ? "warning" : "note"),
  problem: ({ usedMemory, save, appends, largestValue }, mode) => {
    const info = writes(mode) ? uncheckedByWriters : uncheckedByReaders;
    const settings = [
      ...(save === null && appends !== true ? ["whether it saves to disk"] : []),
      ...(largestValue === null ? ["how large a value it takes"] : []),
    ];
    const unknown = [
      ...(usedMemory === null ? [`${info} (INFO)`] : []),
      ...(writes(mode) && settings.length > 0 ? [`${settings.join(" and ")} (CONFIG GET)`] : []),
    ];
    return unknown.length === 0 ? null : `did not let this user check ${unknown.join(" and ")}`;
  },
  hint: "Look it up yourself, or allow INFO and CONFIG GET to the user.",
};
