import type { Secret } from "./secret.js";
import type { JournalHeader } from "./types/journal-header.js";
import type { Kind } from "./types/kind.js";
import type { Mode, OnDuplicate, Policy, TtlFrom } from "./types/mode-and-policy.js";
import type { ReportFile } from "./types/report-events.js";
import type { Warning } from "./types/run-result.js";

/** What a run is asked to do, checked. */
export interface Options {
  readonly mode: Mode;
  readonly sources: readonly string[];
  readonly address: Address;
  readonly prefix: string;
  /** What to do where Redis holds something else already. */
  readonly onConflict: Policy;
  /** Where to write down what is done; null for nowhere. */
  readonly journal: string | null;
  /** The journal of the run to take back, in the mode undo. */
  readonly undo: string | null;
  /** The file to write what Redis holds to, in the mode export; `-` is standard output. */
  readonly export: string | null;
  /** Where an undo finds its Redis, for its journal says what flags do not; without, `address` and `prefix` say it. */
  readonly undoPlace?: (path: string, header: JournalHeader) => UndoPlace;
  /** Where to write commands to, in the mode output; `-` for standard output. */
  readonly output: string | null;
  /** Where a dry run writes down what it decided; null for nowhere. */
  readonly plan: string | null;
  /** The plan that a migration is to do exactly, or nothing; null for none. */
  readonly apply: string | null;
  /** Whether to write nothing. */
  readonly dryRun: boolean;
  /** Expiry of conversations in seconds, null for none. */
  readonly ttl: number | null;
  /** When that time starts to run: as a conversation is written, or when it was last in use. */
  readonly ttlFrom: TtlFrom;
  /** With `last-active`: the file that conversations already past their time go to. */
  readonly archive: string | null;
  /** The kind to migrate; null for both. */
  readonly only: Kind | null;
  /** What becomes of several rows with one id. */
  readonly onDuplicate: OnDuplicate;
  /** Whether one invalid record keeps everything from being written. */
  readonly strict: boolean;
  /** Where to keep what could not be migrated. */
  readonly rejects: string | null;
  /** What to write beside the result, each in a format of its own. */
  readonly reports: readonly ReportFile[];
  /** How many differences and rejections to list. */
  readonly details: number;
  /** Whether a dry run with work to do exits with 2. */
  readonly exitCode: boolean;
  /** Threads to be busy at once. */
  readonly concurrency: number;
  /** The size from which a source is worth a thread of its own, in bytes. */
  readonly threadsFrom: number;
  /** Whether to go on past a failed preflight check. */
  readonly force: boolean;
  /** What is to be said about how all this was given. */
  readonly warnings: readonly Warning[];
}

/** How the result is to be shown. */
export interface Display {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
  readonly progress: boolean;
}

/** Where an undo finds its Redis. */
export interface UndoPlace {
  readonly address: Address;
  readonly prefix: string;
  /** Whether flags say where the server is: then it may have moved since the run. */
  readonly flagged: boolean;
  readonly warnings: readonly Warning[];
}

/** Where one server listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** TLS as it was asked for: files in PEM, by their paths; null for what the system trusts, and for no certificate. */
export interface Tls {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  /** Whether to accept any certificate: only on demand. */
  readonly insecure: boolean;
}

/** How to reach Redis: one server, or the nodes of a cluster, or the Sentinels that know where the master is. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** Further hosts of the list, to be asked where the first does not answer. */
  readonly others: readonly Endpoint[];
  /** A unix socket, in place of hosts and ports. */
  readonly path: string | null;
  readonly tls: Tls | null;
  readonly username: string | null;
  readonly password: Secret | null;
  readonly database: number;
  /** Whether it must be a cluster; otherwise that is detected. */
  readonly cluster: boolean;
  /** The master's name, where the hosts are Sentinels. */
  readonly sentinel: string | null;
  /** For everything up to the first answer: name lookup, TCP, TLS, AUTH. */
  readonly connectionTimeoutMs: number;
  /** How long a connection may be silent while an answer is due, before it is taken for lost. */
  readonly commandTimeoutMs: number;
  /** How long to try again after a connection was lost, or while Redis does not accept writes for now. */
  readonly retryForMs: number;
}
