import { type Explanation, shownPath } from "./explanation.js";

/** Errors about reaching Redis, Sentinels or a cluster: address, login and TLS. */
export const aboutConnecting = {
  "redis-refused": (d: { at: string }): Explanation => ({
    message: `Redis at ${d.at} refused the connection: nothing listens there`,
    hint: "Check that Redis runs there, and that host and port are right.",
  }),
  "redis-unreachable": (d: { at: string; reason: string; tls: boolean }): Explanation => ({
    message: `Redis at ${d.at} cannot be reached: ${d.reason}`,
    hint: `Check host and port, the network between, and the firewall${d.tls ? "" : "; a port for TLS wants --tls, or rediss://"}.`,
  }),
  "redis-unknown-host": (d: { at: string; host: string }): Explanation => ({
    message: `Redis at ${d.at}: the host name ${d.host} is not known`,
    hint: "Check the spelling of the host, and the name server of this machine.",
  }),
  "redis-no-socket": (d: { at: string }): Explanation => ({
    message: `Redis at ${d.at}: there is no such socket`,
    hint: "Check the path against `unixsocket` in redis.conf, and that Redis runs.",
  }),
  "redis-socket-denied": (d: { at: string }): Explanation => ({
    message: `Redis at ${d.at}: permission denied on the socket`,
    hint: "Run as a user that may write to the socket, or see `unixsocketperm` in redis.conf.",
  }),
  "redis-timeout": (d: { at: string; ms: number; flag: string; tls: boolean }): Explanation => ({
    message: `Redis at ${d.at} did not answer within ${d.ms} ms`,
    hint: `Check host and port${d.tls ? ", and that this port speaks TLS" : ""}; where the network is slow, raise ${d.flag} <ms>.`,
  }),
  "redis-auth-required": (d: { at: string }): Explanation => ({
    message: `Redis at ${d.at} wants a password and none was given`,
    hint: "Set REDIS_PASSWORD (and --username for an ACL user). A --host or --port sets REDIS_URL aside, with its password.",
  }),
  "redis-auth-wrong": (d: { at: string }): Explanation => ({
    message: `Redis at ${d.at} rejected the user name or password`,
    hint: "Check REDIS_PASSWORD and --username, or the credentials in the URL.",
  }),
  "redis-auth-unset": (d: { at: string }): Explanation => ({
    message: `Redis at ${d.at} has no password set, but one was given`,
    hint: "Leave the password out, or check that this is the server you mean.",
  }),
  "redis-not-redis": (d: { at: string }): Explanation => ({
    message: `What listens at ${d.at} does not speak the Redis protocol`,
    hint: "Check host and port: another service may own that port, or it wants TLS (rediss://).",
  }),
  "redis-database": (d: { at: string; database: number }): Explanation => ({
    message: `Redis at ${d.at} has no database number ${d.database}`,
    hint: "Most servers have 0 to 15, a cluster only 0; see `databases` in redis.conf.",
  }),
  "redis-denied": (d: { at: string; words: string }): Explanation => ({
    message: `Redis at ${d.at} refuses to serve: ${d.words}`,
    hint: "This is the server's decision: see its configuration and log, then run again.",
  }),
  "redis-tls": (d: { at: string; reason: string }): Explanation => ({
    message: `Redis at ${d.at}: no TLS connection: ${d.reason}`,
    hint: "Check that this port speaks TLS, and that its certificate is trusted here.",
  }),
  "redis-certificate": (d: { at: string; reason: string; otherHost: boolean }): Explanation => ({
    message: `Redis at ${d.at} was not trusted: ${d.reason}`,
    hint: d.otherHost
      ? "Name the host as the certificate does."
      : "Name the authority that signed it with --tls-ca, or see to the server's certificate.",
  }),
  "redis-client-certificate": (d: { at: string }): Explanation => ({
    message: `Redis at ${d.at} wants a client certificate that it trusts`,
    hint: "Give one with --tls-cert and --tls-key.",
  }),
  "tls-file": (d: { path: string; reason: string }): Explanation => ({
    message: `${shownPath(d.path, "a file for TLS")}: of no use for TLS: ${d.reason}`,
    hint: "Check what --tls-ca, --tls-cert and --tls-key name.",
  }),
  "redis-no-sentinel": (d: { at: string; reason: string }): Explanation => ({
    message: `None of the Sentinels at ${d.at} answers: ${d.reason}`,
    hint: "With --sentinel, host and port are those of Sentinels (26379 by default), not of Redis.",
  }),
  "redis-not-sentinel": (d: { at: string }): Explanation => ({
    message: `What listens at ${d.at} is Redis, but no Sentinel`,
    hint: "With --sentinel, host and port are those of Sentinels (26379 by default); without it, those of Redis.",
  }),
  "redis-is-sentinel": (d: { at: string; masters: readonly string[] }): Explanation => ({
    message: `What listens at ${d.at} is a Sentinel, which holds no data`,
    hint: `Ask it for the master with --sentinel <master>${d.masters.length === 0 ? "" : `: it knows ${d.masters.join(", ")}`}.`,
  }),
  "redis-unknown-master": (d: { at: string; master: string }): Explanation => ({
    // What was meant as a URL may hold a login, and is not shown.
    message: `The Sentinels at ${d.at} know no master ${/@|:\/\//.test(d.master) ? "of that name" : `named ${d.master}`}`,
    hint: "See SENTINEL MASTERS there for its name.",
  }),
  "redis-not-cluster": (d: { at: string }): Explanation => ({
    message: `Redis at ${d.at} is no cluster`,
    hint: "Leave out --cluster: a cluster is recognised by itself.",
  }),
  "redis-is-cluster": (d: { at: string }): Explanation => ({
    message: `Redis at ${d.at} is a cluster, which it did not tell at first`,
    hint: "Run it again with --cluster.",
  }),
};
