import { ErrorReply } from "@redis/client";
import { MigrateError, migrateError } from "../errors.js";
import type { Address } from "../options.js";
import type { Secret } from "../secret.js";
import type { Entry } from "../types.js";
import { at } from "./address.js";
import { classifyError } from "./classify-error.js";
import { Connections } from "./connections.js";
import { createManyRecords, createRecord } from "./create-record.js";
import { discoverTopology } from "./discover-topology.js";
import type { Login } from "./login.js";
import { readManyRecords } from "./read-many-records.js";
import { dumpRecord, readRecord } from "./read-record.js";
import { readTls } from "./read-tls-files.js";
import { redactedWords } from "./redact-error-reply.js";
import { refusalsOf } from "./refusal.js";
import { payloadOf, replaceRecord } from "./replace-record.js";
import { scanKeys } from "./scan-keys.js";
import type { Unanswered } from "./sender.js";
import { serverClock } from "./server-clock.js";
import { serverOf } from "./server-info.js";
import type { Store } from "./store.js";
import { ValueSizeLimits } from "./value-size-limits.js";

interface ConnectHooks {
  /** Ends all connections, and what waits for them. */
  readonly signal?: AbortSignal | undefined;
  /** Told when a connection is lost, and when it is back. */
  readonly alert?: ((text: string) => void) | undefined;
}

/**
 * Connects to the server, or to all masters of a cluster, or to the master that Sentinels name.
 * @throws MigrateError `redis-…`, `tls-file`; `Interruption` once the signal aborts
 */
export async function openStore(address: Address, { signal, alert }: ConnectHooks = {}): Promise<Store> {
  const tls = address.tls === null ? null : await readTls(address.tls);
  const closing = abortingWith(signal);
  const login = { ...address, tls, signal: closing.signal };
  const connections = await openConnections(address, login, alert).catch((error: unknown) => {
    // Those to other masters may still be in the making.
    closing.abort();
    throw error;
  });
  const { masters } = connections;
  const [first] = masters.all;
  const withRefusals = refusalsOf(address);
  const limits = new ValueSizeLimits();
  const createOne = (entry: Entry, unanswered?: Unanswered) =>
    withRefusals(() => createRecord(connections, entry, unanswered), entry.redisKey, entry.value);
  const readOne = (redisKey: Secret, unanswered?: Unanswered) =>
    withRefusals(() => readRecord(connections, redisKey, unanswered), redisKey);
  return {
    topology: masters.topology,
    server: first === undefined ? null : serverOf(masters.infoOf(first)),
    create: (entry) => createOne(entry),
    read: (redisKey) => readOne(redisKey),
    createAll: (entries) => createManyRecords(connections, entries, createOne),
    readAll: (redisKeys, there) => readManyRecords(connections, redisKeys, there, readOne),
    dump: (redisKey) => withRefusals(() => dumpRecord(connections, redisKey), redisKey),
    replace: (redisKey, digest, replacement) => {
      const replace = () => replaceRecord(connections, redisKey, digest, replacement);
      return withRefusals(replace, redisKey, payloadOf(replacement));
    },
    mayHaveDone: (redisKey) => connections.mayHaveDone(redisKey.reveal()),
    timeAt: serverClock(connections),
    scan: (pattern) => scanKeys(connections, pattern, withRefusals),
    refusalOf: (redisKey, bytes) => limits.refusalOf(() => masters.nameOfOwner(redisKey.reveal()), bytes),
    ask: (question) => withRefusals(() => question(connections)),
    limitValues: (largest) => {
      for (const { at, largestValue } of largest) if (largestValue) limits.add(at, largestValue);
    },
    get possibleLosses() {
      return masters.losses.count;
    },
    get lossWords() {
      return masters.losses.words;
    },
    confirm: (wrote) => withRefusals(() => connections.confirm(wrote)),
    evicted: () => masters.evicted(),
    close: () => {
      closing.abort();
      connections.close();
    },
  };
}

/** A controller whose signal aborts once another one does, too. */
function abortingWith(signal: AbortSignal | undefined): AbortController {
  const controller = new AbortController();
  if (signal?.aborted) controller.abort();
  signal?.addEventListener("abort", () => controller.abort(), { once: true });
  return controller;
}

async function openConnections(
  address: Address,
  login: Login,
  alert: ConnectHooks["alert"] = () => {},
): Promise<Connections> {
  const name = at(address);
  try {
    const { finder, first } = await discoverTopology(address, login);
    return await Connections.open({ finder, login, at: name, retryForMs: address.retryForMs, alert }, first);
  } catch (error) {
    // A server may go away, or refuse a command, between its first answer and the next.
    if (error instanceof ErrorReply)
      throw migrateError("redis-denied", { at: name, words: redactedWords(error, login) }, error);
    const why = classifyError(error);
    if (error instanceof MigrateError || why.kind !== "lost") throw error;
    throw migrateError("redis-lost", { at: name, reason: why.reason, seconds: 0 }, error);
  }
}
