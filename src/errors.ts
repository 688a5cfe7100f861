import { mayHoldSecret } from "./secret.js";

/** What a person is told about one kind of failure: what is wrong and where, then what to do. */
interface Told {
  readonly message: string;
  readonly hint: string;
}

/** A name as it may be shown: what was meant as an address or a key may hold a secret. */
function shown(path: string, otherwise: string): string {
  return mayHoldSecret(path) ? otherwise : path;
}

/**
 * Every failure that the tool knows, in one place. Details are paths, addresses and the words of the
 * system: never a password, a key or a message's text.
 */
const table = {
  usage: (d: { problems: readonly string[] }): Told => ({
    message: d.problems.join("\n"),
    hint: "Run chatgpt-migrate --help for the options.",
  }),
  "source-missing": (d: { path: string }): Told => ({
    message: `${shown(d.path, "a source")}: there is no such file or folder`,
    hint: "Name the db.json that chatgpt-official wrote: chatgpt-migrate path/to/db.json",
  }),
  "source-none": (d: { pattern: string }): Told => ({
    message: `${shown(d.pattern, "a source")}: no .json file found`,
    hint: "Name the file itself, or quote the pattern so that the shell leaves it alone.",
  }),
  "source-empty": (d: { path: string }): Told => ({
    message: `${d.path}: is a folder, and there is no .json file in it`,
    hint: "Name the db.json itself. Docker, asked to mount a file that is not there, makes an empty folder of its name.",
  }),
  "source-name": (d: { path: string }): Told => ({
    message: `${d.path}: cannot be opened, for its name is not UTF-8`,
    hint: "Rename it, or name the files beside it one by one. Nothing was written.",
  }),
  "source-format": (d: { path: string; format: string; todo: string }): Told => ({
    message: `${d.path}: is ${d.format}, not JSON`,
    hint: `${d.todo}. Nothing was written.`,
  }),
  "source-unrecognised": (d: { path: string }): Told => ({
    message: `${d.path}: holds neither conversations nor API keys of chatgpt-official`,
    hint: "Name the db.json that the library wrote, or one split or flattened from it: see the README.",
  }),
  "source-changed": (d: { path: string }): Told => ({
    message: `${d.path}: changed while it was checked, and nothing was written`,
    hint: "The app seems to be running, and saves every five seconds: stop it, then run this again.",
  }),
  "spool-failed": (d: { folder: string; reason: string }): Told => ({
    message: `Standard input could not be kept in ${d.folder}: ${d.reason}`,
    hint: "Make room there, or set TMPDIR to a folder with more, or name the file itself.",
  }),
  "rejects-exist": (d: { path: string }): Told => ({
    message: `${shown(d.path, "the file of --rejects")}: exists already, and may be all that is left of an earlier run's rejects`,
    hint: "Name another file for --rejects, or move that one away.",
  }),
  "rejects-unwritable": (d: { path: string; reason: string }): Told => ({
    message: `${shown(d.path, "the file of --rejects")}: cannot be written: ${d.reason}`,
    hint: "Check the folder, its permissions and the disk; what was migrated so far stays.",
  }),
  "journal-exists": (d: { path: string }): Told => ({
    message: `${shown(d.path, "the file of --journal")}: exists already, and may be the journal of an earlier run`,
    hint: "Name another file for --journal, or move that one away.",
  }),
  "journal-unwritable": (d: { path: string; reason: string }): Told => ({
    message: `${shown(d.path, "the file of --journal")}: the journal cannot be written: ${d.reason}`,
    hint: "Nothing is changed that is not in the journal. Name a file for --journal elsewhere, or give --no-journal.",
  }),
  "journal-unreadable": (d: { path: string; reason: string }): Told => ({
    message: `${shown(d.path, "the file of --undo")}: cannot be read as a journal: ${d.reason}`,
    hint: "Name the journal that the migration said it wrote. Nothing was changed.",
  }),
  "journal-elsewhere": (d: { path: string; before: string; now: string }): Told => ({
    message: `${shown(d.path, "the file of --undo")}: is the journal of a run against ${d.before}, not ${d.now}`,
    hint: "Leave out --url, --host, --port, --database and --key-prefix: the journal says where that run wrote.",
  }),
  "source-unreadable": (d: { path: string; reason: string }): Told => ({
    message: `${shown(d.path, "a source")}: cannot be read: ${d.reason}`,
    hint: "Check its permissions and the disk; nothing was lost, and the run can be repeated.",
  }),
  "memory-short": (d: { path: string }): Told => ({
    message: `${d.path}: reading it took more memory than Node may use`,
    hint: "Give Node more, in MiB: NODE_OPTIONS=--max-old-space-size=8192. What was written stays, and the run can be repeated.",
  }),
  "redis-refused": (d: { at: string }): Told => ({
    message: `Redis at ${d.at} refused the connection: nothing listens there`,
    hint: "Check that Redis runs there, and that host and port are right.",
  }),
  "redis-unreachable": (d: { at: string; reason: string; tls: boolean }): Told => ({
    message: `Redis at ${d.at} cannot be reached: ${d.reason}`,
    hint: `Check host and port, the network between, and the firewall${d.tls ? "" : "; a port for TLS wants --tls, or rediss://"}.`,
  }),
  "redis-unknown-host": (d: { at: string; host: string }): Told => ({
    message: `Redis at ${d.at}: the host name ${d.host} is not known`,
    hint: "Check the spelling of the host, and the name server of this machine.",
  }),
  "redis-no-socket": (d: { at: string }): Told => ({
    message: `Redis at ${d.at}: there is no such socket`,
    hint: "Check the path against `unixsocket` in redis.conf, and that Redis runs.",
  }),
  "redis-socket-denied": (d: { at: string }): Told => ({
    message: `Redis at ${d.at}: permission denied on the socket`,
    hint: "Run as a user that may write to the socket, or see `unixsocketperm` in redis.conf.",
  }),
  "redis-timeout": (d: { at: string; ms: number; tls: boolean }): Told => ({
    message: `Redis at ${d.at} did not answer within ${d.ms} ms`,
    hint: `Check host and port${d.tls ? ", and that this port speaks TLS" : ""}; where the network is slow, raise --connection-timeout <ms>.`,
  }),
  "redis-auth-required": (d: { at: string }): Told => ({
    message: `Redis at ${d.at} wants a password and none was given`,
    hint: "Set REDIS_PASSWORD (and --username for an ACL user). A --host or --port sets REDIS_URL aside, with its password.",
  }),
  "redis-auth-wrong": (d: { at: string }): Told => ({
    message: `Redis at ${d.at} rejected the user name or password`,
    hint: "Check REDIS_PASSWORD and --username, or the credentials in the URL.",
  }),
  "redis-auth-unset": (d: { at: string }): Told => ({
    message: `Redis at ${d.at} has no password set, but one was given`,
    hint: "Leave the password out, or check that this is the server you mean.",
  }),
  "redis-not-redis": (d: { at: string }): Told => ({
    message: `What listens at ${d.at} does not speak the Redis protocol`,
    hint: "Check host and port: another service may own that port, or it wants TLS (rediss://).",
  }),
  "redis-database": (d: { at: string; database: number }): Told => ({
    message: `Redis at ${d.at} has no database number ${d.database}`,
    hint: "Most servers have 0 to 15, a cluster only 0; see `databases` in redis.conf.",
  }),
  "redis-denied": (d: { at: string; words: string }): Told => ({
    message: `Redis at ${d.at} refuses to serve: ${d.words}`,
    hint: "This is the server's decision: see its configuration and log, then run again.",
  }),
  "redis-tls": (d: { at: string; reason: string }): Told => ({
    message: `Redis at ${d.at}: no TLS connection: ${d.reason}`,
    hint: "Check that this port speaks TLS, and that its certificate is trusted here.",
  }),
  "redis-certificate": (d: { at: string; reason: string; otherHost: boolean }): Told => ({
    message: `Redis at ${d.at} was not trusted: ${d.reason}`,
    hint: d.otherHost
      ? "Name the host as the certificate does."
      : "Name the authority that signed it with --tls-ca, or see to the server's certificate.",
  }),
  "redis-client-certificate": (d: { at: string }): Told => ({
    message: `Redis at ${d.at} wants a client certificate that it trusts`,
    hint: "Give one with --tls-cert and --tls-key.",
  }),
  "tls-file": (d: { path: string; reason: string }): Told => ({
    message: `${shown(d.path, "a file for TLS")}: of no use for TLS: ${d.reason}`,
    hint: "Check what --tls-ca, --tls-cert and --tls-key name.",
  }),
  "redis-loading": (d: { at: string }): Told => ({
    message: `Redis at ${d.at} is still loading its data`,
    hint: "Wait until it has, then run the same command again.",
  }),
  "redis-not-master": (d: { at: string }): Told => ({
    message: `Redis at ${d.at} is a replica, which takes no writes`,
    hint: "Name its master, or the Sentinels that know it (--sentinel <master>).",
  }),
  "redis-cluster-down": (d: { at: string }): Told => ({
    message: `The Redis cluster at ${d.at} does not serve all of its slots`,
    hint: "See CLUSTER INFO and CLUSTER NODES on any node; then run the same command again.",
  }),
  "redis-no-replicas": (d: { at: string }): Told => ({
    message: `Redis at ${d.at} takes no writes: too few of its replicas are in good order`,
    hint: "See min-replicas-to-write in redis.conf, and INFO replication.",
  }),
  "redis-busy": (d: { at: string }): Told => ({
    message: `Redis at ${d.at} is busy with somebody's script or function`,
    hint: "Wait until that has ended, or see SCRIPT KILL; then run the same command again.",
  }),
  "redis-out-of-memory": (d: { at: string }): Told => ({
    message: `Redis at ${d.at} has no memory left, and refuses to write more`,
    hint: "Raise maxmemory or make room, then run the same command again: what was written stays, the rest follows.",
  }),
  "redis-cannot-persist": (d: { at: string }): Told => ({
    message: `Redis at ${d.at} cannot save to its disk, and so refuses to write`,
    hint: "See its log and disk (MISCONF, stop-writes-on-bgsave-error), then run the same command again.",
  }),
  "redis-no-permission": (d: { at: string; words: string }): Told => ({
    message: `Redis at ${d.at} does not let this user do that: ${d.words}`,
    hint: "Allow it with ACL SETUSER (the README lists the commands), or use another user; then run the same command again.",
  }),
  "redis-no-sentinel": (d: { at: string; reason: string }): Told => ({
    message: `None of the Sentinels at ${d.at} answers: ${d.reason}`,
    hint: "With --sentinel, host and port are those of Sentinels (26379 by default), not of Redis.",
  }),
  "redis-not-sentinel": (d: { at: string }): Told => ({
    message: `What listens at ${d.at} is Redis, but no Sentinel`,
    hint: "With --sentinel, host and port are those of Sentinels (26379 by default); without it, those of Redis.",
  }),
  "redis-is-sentinel": (d: { at: string; masters: readonly string[] }): Told => ({
    message: `What listens at ${d.at} is a Sentinel, which holds no data`,
    hint: `Ask it for the master with --sentinel <master>${d.masters.length === 0 ? "" : `: it knows ${d.masters.join(", ")}`}.`,
  }),
  "redis-unknown-master": (d: { at: string; master: string }): Told => ({
    // What was meant as a URL may hold a login, and is not shown.
    message: `The Sentinels at ${d.at} know no master ${/@|:\/\//.test(d.master) ? "of that name" : `named ${d.master}`}`,
    hint: "See SENTINEL MASTERS there for its name.",
  }),
  "redis-not-cluster": (d: { at: string }): Told => ({
    message: `Redis at ${d.at} is no cluster`,
    hint: "Leave out --cluster: a cluster is recognised by itself.",
  }),
  "redis-is-cluster": (d: { at: string }): Told => ({
    message: `Redis at ${d.at} is a cluster, which it did not tell at first`,
    hint: "Run it again with --cluster.",
  }),
  "redis-unfit": (d: { findings: readonly { readonly message: string; readonly hint: string }[] }): Told => ({
    message: d.findings.map(({ message }) => message).join("\n"),
    hint: `${d.findings.map(({ hint }) => hint).join(" ")} Nothing was written; --force goes on all the same.`,
  }),
  "redis-lost": (d: { at: string; reason: string; seconds: number }): Told => ({
    message: `Redis at ${d.at} was lost${d.seconds === 0 ? "" : `, and did not come back within ${d.seconds} s`}: ${d.reason}`,
    hint: "Run the same command again once Redis is back: what was written stays, the rest follows. What got no answer may have been written, and is not counted.",
  }),
  "redis-unstable": (d: { at: string }): Told => ({
    message: `Redis at ${d.at} restarts or fails over again and again, and may have lost what this run wrote`,
    hint: "See its log; once it stays up, run the same command again: what was written stays, the rest follows.",
  }),
  "recheck-impossible": (d: { path: string; what: string }): Told => ({
    message: `Redis ${d.what}, and may have lost some of what is counted here; ${d.path} changed meanwhile, so it cannot be compared again`,
    hint: "If the app is still running, stop it; then run the same command again: what was written stays, the rest follows.",
  }),
  "redis-unreadable": (d: { words: string }): Told => ({
    message: `Redis does not let this user read, so nothing can be verified: ${d.words}`,
    hint: "Allow GET, PTTL and TYPE under the prefix, and SCAN, to the user (see `ACL SETUSER`).",
  }),
  "sums-broken": (d: { where: string }): Told => ({
    message: `Internal error: the counts of ${d.where} do not add up`,
    hint: "This is a bug: please report it with the counts. Run --verify to see what is in Redis.",
  }),
  internal: (d: { reason: string }): Told => ({
    message: `Internal error: ${d.reason}`,
    hint: "This is a bug: please report it. Run --verify to see what is in Redis.",
  }),
};

export type ErrorCode = keyof typeof table;
export type ErrorDetail<C extends ErrorCode> = Parameters<(typeof table)[C]>[0];

/** A failure with a sentence and a hint for people, and a code for programs. All exit with 1. */
export class MigrateError extends Error {
  override readonly name = "MigrateError";
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, told: Told, cause?: unknown) {
    super(told.message, { cause });
    this.code = code;
    this.hint = told.hint;
  }
}

/** Makes the error of `code`; `detail` fills its sentence, `cause` is kept for programs. */
export function migrateError<C extends ErrorCode>(
  code: C,
  detail: ErrorDetail<C>,
  cause?: unknown,
): MigrateError {
  // The table's functions differ in their argument; the signature above pairs them up.
  const tell = table[code] as (detail: ErrorDetail<C>) => Told;
  return new MigrateError(code, tell(detail), cause);
}

export function isCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof MigrateError && error.code === code;
}

/** The user asked to stop: no failure, but nothing goes on from here. */
export class Interruption extends Error {
  override readonly name = "Interruption";
}

/** Node's code of a system error (`ENOENT`, `ECONNREFUSED` …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (error === null || typeof error !== "object" || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Whether an error says that a string would be longer than V8's longest, 2^29 - 24 UTF-16 units. */
export function isTooLong(error: unknown): boolean {
  return (
    systemCode(error) === "ERR_STRING_TOO_LONG" ||
    (error instanceof RangeError && error.message === "Invalid string length")
  );
}
