import type { JournalHeader } from "../types/journal-header.js";
import type { Warning } from "../types/run-result.js";

/** Where a run was made, as text that is the same whichever host of a cluster, or of Sentinels, was named. */
export function placeOf({ url, topology, master, prefix }: JournalHeader): string {
  const of = `with the prefix ${JSON.stringify(prefix)}`;
  if (topology === "cluster") return `a cluster ${of}`;
  return topology === "sentinel" ? `the master ${master} of Sentinels ${of}` : `${url} ${of}`;
}

/** For an undo that is made elsewhere than the run, whose server may have another address by now. */
export function elsewhereWarning(before: string, now: string): Warning {
  const message = `the journal is of a run against ${before}, and is undone at ${now}: what is there is changed only where it is still what that run wrote`;
  return { code: "undo-elsewhere", message };
}
