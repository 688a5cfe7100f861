import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addAbortSignal, Readable } from "node:stream";
import { Interruption, migrateError } from "../errors.js";
import type { Candidate } from "../types/source-file.js";

/** Standard input, kept. */
export interface StdinCopy {
  readonly candidate: Candidate;
  close(): Promise<void>;
}

/**
 * Keeps standard input on disk, since a source is read more than once: to detect its layout, and to check it first. The
 * file has no name from the start, so that nothing can find it, and nothing is left of it whatever happens.
 * @throws MigrateError `spool-failed`; `Interruption` once the signal aborts: whoever writes may never end
 */
export async function copyStdinToDisk(
  input: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<StdinCopy> {
  let file: FileHandle | null = null;
  try {
    if (input instanceof Readable && signal !== undefined) addAbortSignal(signal, input);
    file = await openNameless();
    for await (const chunk of input) {
      if (signal?.aborted) throw new Interruption();
      // All of it, where `write` may stop short on a disk that is nearly full.
      await file.appendFile(chunk);
    }
    const kept = file;
    const { size: bytes } = await kept.stat();
    const candidate = { path: "-", bytes, named: true, identity: null, stdinFile: kept.fd };
    return { candidate, close: () => kept.close() };
  } catch (error) {
    await file?.close();
    if (signal?.aborted) throw new Interruption();
    const reason = error instanceof Error ? error.message : "unknown";
    throw migrateError("spool-failed", { folder: tmpdir(), reason }, error);
  }
}

async function openNameless(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), "chatgpt-migrate-"));
  try {
    return await open(join(folder, "stdin.json"), "wx+", 0o600);
  } finally {
    await rm(folder, { recursive: true });
  }
}
