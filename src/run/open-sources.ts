import type { Options } from "../options.js";
import type { Present } from "../record/expiry.js";
import { type FoundSources, findSources } from "../source/find-source-files.js";
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

/** What a run may say of its sources beyond its options. */
interface ReadingTheirOwnWay {
  /** Where conversations live from when they were last in use. */
  readonly present?: Present | undefined;
  /** Which of the sources that were found are read. */
  readonly select?: (found: FoundSources) => Promise<FoundSources>;
}

/** Finds the sources of a run, and opens a reader for them. @throws MigrateError `source-…`, `spool-failed` */
export async function openSources(
  { options, surroundings, summary }: RunState,
  closeAtEnd: CloseAtEnd,
  { present, select = async (found) => found }: ReadingTheirOwnWay = {},
): Promise<OpenedSources> {
  const stdinCopy = options.sources.includes("-")
    ? closeAtEnd(await copyStdinToDisk(surroundings.stdin ?? noInput(), surroundings.signal))
    : null;
  const found = await findSources(options.sources, stdinCopy?.candidate ?? null);
  const { sources, warnings } = await select(found);
  for (const { code, message } of warnings) summary.warn(code, message);
  return { sources, reader: closeAtEnd(openReader(sources, readOptionsOf(options, present))) };
}

function readOptionsOf(options: Options, present: Present | undefined): ReadOptions {
  const { prefix, ttl, only, concurrency, threadsFrom, mode, journal } = options;
  const digests = mode === "migrate" && journal !== null;
  return { keyspace: { prefix, ttl, present }, only, digests, concurrency, threadsFrom };
}

async function* noInput(): AsyncGenerator<Uint8Array> {}
