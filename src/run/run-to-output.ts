import { commandWriter } from "../modes/output.js";
import { openNewFile } from "../new-file/open-new-file.js";
import type { Failure } from "../pipeline/batches-in-flight.js";
import { runWithoutRedis } from "../pipeline/run-without-redis.js";
import { openRejects } from "../report/rejects-file.js";
import { closeInOppositeOrder } from "./close-at-end.js";
import { openSources } from "./open-sources.js";
import type { RunState } from "./run-state.js";
import { toStandardOutput } from "./standard-output.js";

/**
 * Writes the commands that would create the records in an empty Redis, which `redis-cli --pipe` carries out. A file is
 * there whole or not at all.
 * @param path `-` for standard output
 * @throws MigrateError `file-exists`, `file-unwritable`, `stdout-unwritable`, and those of reading
 */
export async function runToOutput(state: RunState, path: string): Promise<void> {
  const { options, surroundings, summary } = state;
  const { hooks = {}, signal, writeOutput } = surroundings;
  const { closeAtEnd, closeAll } = closeInOppositeOrder();
  let failure: Failure | null = null;
  try {
    const { sources, reader } = await openSources(state, closeAtEnd);
    const rejects = options.rejects === null ? null : closeAtEnd(openRejects(options.rejects));
    state.rejects = rejects;
    const onWait = () => hooks.alert?.(`${path}: waiting for somebody to read this pipe`);
    const named = { path, flag: "--output", signal, onWait };
    const output = path === "-" ? toStandardOutput(writeOutput) : await openNewFile(named);
    closeAtEnd({ close: output.discard });
    const write = commandWriter((bytes) => {
      if (output.isReadAtOnce) state.output = { path, kind: "stream" };
      return output.write(bytes);
    });
    const context = { sources, reader, store: null, rejects, summary, options, hooks, signal };
    if (await runWithoutRedis(context, write)) {
      await output.finish();
      state.output = { path, kind: output.isReadAtOnce ? "stream" : "file" };
    }
  } catch (error) {
    failure = { error };
  }
  const closed = await closeAll();
  const first = failure ?? closed;
  if (first !== null) throw first.error;
}
