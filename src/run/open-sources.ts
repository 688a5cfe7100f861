import type { Options } from "../options.js";
import { findSources } from "../source/find-source-files.js";
import { openReader, type Reader, type ReadOptions } from "../source/read-in-thread-or-here.js";
import { copyStdinToDisk } from "../source/stdin.js";
import type { Source } from "../types/source-file.js";
import type { CloseAtEnd } from "./close-at-end.js";
import type { RunState } from "./run-state.js";

/** What a run reads. */
interface OpenedSources {
  readonly sources: readonly Source[];
  readonly reader: Reader;
}

/** Finds the sources of a run, and opens a reader for them. @throws MigrateError `source-…`, `spool-failed` */
export async function openSources(
  { options, surroundings, summary }: RunState,
  closeAtEnd: CloseAtEnd,
): Promise<OpenedSources> {
  const stdinCopy = options.sources.includes("-")
    ? closeAtEnd(await copyStdinToDisk(surroundings.stdin ?? noInput(), surroundings.signal))
    : null;
  const { sources, warnings } = await findSources(options.sources, stdinCopy?.candidate ?? null);
  for (const { code, message } of warnings) summary.warn(code, message);
  return { sources, reader: closeAtEnd(openReader(sources, readOptionsOf(options))) };
}

function readOptionsOf(options: Options): ReadOptions {
  const { prefix, ttl, only, concurrency, threadsFrom, mode, journal } = options;
  const digests = mode === "migrate" && journal !== null;
  return { keyspace: { prefix, ttl }, only, digests, concurrency, threadsFrom };
}

async function* noInput(): AsyncGenerator<Uint8Array> {}
