import { Interruption, MigrateError } from "../errors.js";
import { checkServer } from "../preflight/check-server.js";
import { needsOf } from "../preflight/commands-needed.js";
import { probeServer } from "../preflight/probe-server.js";
import type { Facts } from "../preflight/server-facts.js";
import { urlOf } from "../redis/address.js";
import { openStore } from "../redis/open-store.js";
import type { Store } from "../redis/store.js";
import { kinds } from "../types/kind.js";
import type { RunState } from "./run-state.js";

/** Connects to Redis. @throws MigrateError `redis-…`, `tls-file`; `Interruption` */
export async function connect(state: RunState): Promise<Store> {
  const { options, surroundings } = state;
  const store = await openAskingForPassword(state);
  state.server = store.server;
  state.topology = store.topology;
  const server = store.server === null ? "" : `, ${store.server}`;
  const topology = store.topology === "standalone" ? "" : `, ${store.topology}`;
  surroundings.hooks?.note?.(`connected to ${urlOf(options.address)}${server}${topology}`);
  return store;
}

/** Where the server wants a password and none was given, a person is asked for it, if there is one. */
async function openAskingForPassword(state: RunState): Promise<Store> {
  const { address, mode, dryRun } = state.options;
  const { hooks, signal } = state.surroundings;
  const readsOnly = dryRun || mode === "verify" || mode === "export";
  const watcher = { signal, alert: hooks?.alert, readsOnly };
  try {
    return await openStore(address, watcher);
  } catch (error) {
    const wanted = error instanceof MigrateError && error.code === "redis-auth-required";
    if (!wanted || address.password !== null || hooks?.askPassword === undefined) throw error;
    const password = await hooks.askPassword();
    if (signal?.aborted) throw new Interruption();
    if (password === null) throw error;
    // The app needs the password as much as this run does, and reports say what it needs.
    state.options = { ...state.options, address: { ...address, password } };
    return openStore(state.options.address, watcher);
  }
}

/** Checks Redis before anything is written, and warns at once. @throws MigrateError `redis-unfit` */
export async function preflight({ options, summary, surroundings }: RunState, store: Store): Promise<Facts> {
  const { mode, prefix, force, address, only, onConflict, ttlFrom } = options;
  const needs = {
    prefix,
    database: address.database,
    kinds: kinds.filter((kind) => only === null || kind === only),
    commands: needsOf(mode, onConflict, ttlFrom),
    count: mode === "migrate" || mode === "dry-run",
  };
  const facts = await store.ask((connections) => probeServer(connections, needs));
  store.limitValues(facts.masters);
  summary.addFindings(checkServer(facts, mode), force);
  for (const warning of summary.foundWarnings) surroundings.hooks?.warn?.(warning);
  return facts;
}
