/** The codes of what the preflight check finds about Redis. */
export const findingCodes = [
  "replica",
  "replica-alone",
  "not-master",
  "loading",
  "cannot-persist",
  "save-failed",
  "no-replicas",
  "out-of-memory",
  "no-persistence",
  "eviction",
  "permission",
  "unknown-command",
  "too-old",
  "key-permission",
  "without",
  "memory",
  "memory-upward",
  "unchecked",
  "prefix-in-use",
] as const;

export type FindingCode = (typeof findingCodes)[number];
