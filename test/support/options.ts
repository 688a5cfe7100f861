import type { Options } from "../../src/options.js";

/** Options of a migration into a Redis of the test's own, for runs within the test's process. */
export function optionsFor({ port }: { readonly port: number }, differing: Partial<Options> = {}): Options {
  return {
    mode: "migrate",
    dryRun: differing.mode === "dry-run",
    sources: [],
    address: {
      host: "127.0.0.1",
      port,
      others: [],
      path: null,
      tls: null,
      username: null,
      password: null,
      database: 0,
      cluster: false,
      sentinel: null,
      connectionTimeoutMs: 10_000,
      commandTimeoutMs: 10_000,
      retryForMs: 30_000,
    },
    prefix: "chatgpt:",
    ttl: 30 * 24 * 60 * 60,
    ttlFrom: "now",
    archive: null,
    only: null,
    onDuplicate: "first",
    onConflict: "newer",
    strict: false,
    rejects: null,
    reports: [],
    journal: null,
    undo: null,
    details: Number.POSITIVE_INFINITY,
    exitCode: false,
    force: false,
    concurrency: 1,
    threadsFrom: 0,
    warnings: [],
    ...differing,
  };
}
