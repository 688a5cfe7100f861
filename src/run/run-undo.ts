import { migrateError } from "../errors.js";
import { readJournal } from "../journal/read.js";
import { undoAll } from "../modes/undo.js";
import { elsewhereWarning, placeOf } from "../modes/undo-elsewhere.js";
import type { Topology } from "../types/redis-findings.js";
import type { Warning } from "../types/run-result.js";
import { connect, preflight } from "./connect-and-check.js";
import { journalHeaderOf } from "./journal-header.js";
import type { RunState } from "./run-state.js";

const cutOff =
  "ends in the middle of a line, as where its run was killed. Its whole lines are taken back; if it was shortened since, what stood behind them is not";

const archiveStays =
  "is the archive of the run that is undone, and stays as it is: conversations past their time are there, and in the sources";

/**
 * Takes back the run whose journal is at `path`, at the place that the journal or the options name.
 * @throws MigrateError `journal-elsewhere` where the options name another place than the journal
 */
export async function runUndo(state: RunState, path: string): Promise<void> {
  const { surroundings, summary } = state;
  const { hooks, signal } = surroundings;
  const journal = await readJournal(path);
  state.journal = path;
  const place = state.options.undoPlace?.(path, journal.header) ?? null;
  state.addressIsKnown = true;
  if (place !== null) state.options = { ...state.options, address: place.address, prefix: place.prefix };
  const { options } = state;
  const warn = (warning: Warning) => {
    summary.warn(warning.code, warning.message);
    hooks?.warn?.(warning);
  };
  for (const warning of place?.warnings ?? []) warn(warning);
  if (journal.isCutOff) warn({ code: "journal-cut-off", message: `${path}: ${cutOff}` });
  const { archive } = journal.header;
  if (archive !== undefined) warn({ code: "archive-stays", message: `${archive}: ${archiveStays}` });
  const before = placeOf(journal.header);
  const checkPlace = (topology: Topology) => {
    const now = placeOf(journalHeaderOf(options, topology));
    if (now === before) return;
    if (!place?.flagged) throw migrateError("journal-elsewhere", { path, before, now });
    warn(elsewhereWarning(before, now));
  };
  // Where that is certain already, before any server is asked.
  if (place === null && journal.header.topology === "standalone") checkPlace("standalone");
  const store = await connect(state);
  try {
    checkPlace(store.topology);
    await preflight(state, store);
    await undoAll({ journal, store, summary, options, signal });
  } finally {
    store.close();
  }
}
