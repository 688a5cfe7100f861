import { exportAll, Stopped } from "../modes/export.js";
import { openNewFile } from "../new-file/open-new-file.js";
import type { Failure } from "../pipeline/batches-in-flight.js";
import { openRejects } from "../report/rejects-file.js";
import { closeInOppositeOrder } from "./close-at-end.js";
import { connect, preflight } from "./connect-and-check.js";
import { openExport } from "./open-export.js";
import type { RunState } from "./run-state.js";
import { saveBeside } from "./save-beside-export.js";
import { toStandardOutput } from "./standard-output.js";

/**
 * Writes what Redis holds to a file, as the library would. Whatever fails, under its name the file is there whole or not at all.
 * @param path `-` for standard output
 */
export async function runExport(state: RunState, path: string): Promise<void> {
  const { options, summary, surroundings } = state;
  const { hooks = {}, signal, writeOutput } = surroundings;
  const { closeAtEnd, closeAll } = closeInOppositeOrder();
  let failure: Failure | null = null;
  try {
    const onWait = () => hooks.alert?.(`${path}: waiting for somebody to read this pipe`);
    const named = { path, flag: "--export", signal, onWait };
    const open = async () => (path === "-" ? toStandardOutput(writeOutput) : openNewFile(named));
    // Before any server is asked; and once, since whoever reads a pipe takes it for ended where it is closed.
    const file = closeAtEnd(await openExport(open, path.endsWith(".gz")));
    const rejects = options.rejects === null ? null : closeAtEnd(openRejects(options.rejects));
    state.rejects = rejects;
    const store = closeAtEnd(await connect(state));
    await preflight(state, store);
    await exportAll({ store, summary, options: state.options, file, rejects, hooks, signal });
    state.exported = { path, kind: file.mayStartOver ? "file" : "stream" };
    const beside = file.mayStartOver ? await saveBeside(path) : null;
    if (beside !== null) summary.warn(beside.code, beside.message);
  } catch (error) {
    // Redis still has what was rejected, and the next run makes its own file of it.
    if (error instanceof Stopped) state.rejects?.startOver();
    failure = { error };
  }
  const closed = await closeAll();
  const first = failure ?? closed;
  if (first !== null) throw first.error;
}
