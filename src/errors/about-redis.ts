import type { Explanation } from "./explanation.js";

/** Errors of a Redis that was reached: what it refuses, and how it was lost. */
export const aboutRedis = {
  "redis-loading": (d: { at: string }): Explanation => ({
    message: `Redis at ${d.at} is still loading its data`,
    hint: "Wait until it has, then run the same command again.",
  }),
  "redis-not-master": (d: { at: string }): Explanation => ({
    message: `Redis at ${d.at} is a replica: it takes no writes, and without its master it may hand out nothing`,
    hint: "Name its master, or the Sentinels that know it (--sentinel <master>).",
  }),
  "redis-cluster-down": (d: { at: string }): Explanation => ({
    message: `The Redis cluster at ${d.at} does not serve all of its slots`,
    hint: "See CLUSTER INFO and CLUSTER NODES on any node; then run the same command again.",
  }),
  "redis-no-replicas": (d: { at: string }): Explanation => ({
    message: `Redis at ${d.at} takes no writes: too few of its replicas are in good order`,
    hint: "See min-replicas-to-write in redis.conf, and INFO replication.",
  }),
  "redis-busy": (d: { at: string }): Explanation => ({
    message: `Redis at ${d.at} is busy with somebody's script or function`,
    hint: "Wait until that has ended, or see SCRIPT KILL; then run the same command again.",
  }),
  "redis-out-of-memory": (d: { at: string }): Explanation => ({
    message: `Redis at ${d.at} has no memory left, and refuses to write more`,
    hint: "Raise maxmemory or make room, then run the same command again: what was written stays, the rest follows.",
  }),
  "redis-cannot-persist": (d: { at: string }): Explanation => ({
    message: `Redis at ${d.at} cannot save to its disk, and so refuses to write`,
    hint: "See its log and disk (MISCONF, stop-writes-on-bgsave-error), then run the same command again.",
  }),
  "redis-no-permission": (d: { at: string; words: string }): Explanation => ({
    message: `Redis at ${d.at} does not let this user do that: ${d.words}`,
    hint: "Allow it with ACL SETUSER (docs/redis.md lists the commands), or use another user; then run the same command again.",
  }),
  "redis-unfit": (d: {
    findings: readonly { readonly message: string; readonly hint: string }[];
  }): Explanation => ({
    message: d.findings.map(({ message }) => message).join("\n"),
    hint: `${d.findings.map(({ hint }) => hint).join(" ")} Nothing was written; --force goes on all the same.`,
  }),
  "redis-lost": (d: { at: string; reason: string; seconds: number }): Explanation => ({
    message: `Redis at ${d.at} was lost${d.seconds === 0 ? "" : `, and did not come back within ${d.seconds} s`}: ${d.reason}`,
    hint: "Run the same command again once Redis is back. What a migration wrote stays, and the rest follows; what got no answer may have been written, and is not counted.",
  }),
  "redis-unstable": (d: { at: string }): Explanation => ({
    message: `Redis at ${d.at} restarts or fails over again and again, and may have lost what this run wrote`,
    hint: "See its log; once it stays up, run the same command again: what was written stays, the rest follows.",
  }),
  "recheck-impossible": (d: { path: string; what: string }): Explanation => ({
    message: `Redis ${d.what}, and may have lost some of what is counted here; ${d.path} changed meanwhile, so it cannot be compared again`,
    hint: "If the app is still running, stop it; then run the same command again: what was written stays, the rest follows.",
  }),
  "export-unrepeatable": (d: { what: string }): Explanation => ({
    message: `Redis ${d.what} while this ran, and may have lost some of it; what was written to a pipe or to standard output cannot be taken back`,
    hint: "What was written is not whole: throw it away, and run the same command again. With a file for --export, it would have started over by itself.",
  }),
  "redis-unreadable": (d: { words: string }): Explanation => ({
    message: `Redis does not let this user read, so nothing can be verified: ${d.words}`,
    hint: "Allow GET, PTTL and TYPE under the prefix, and SCAN, to the user (see `ACL SETUSER`).",
  }),
};
