import type { JournalHeader, Warning } from "../types.js";

/** Where a run was made; of a cluster or a master of Sentinels, by whichever host it is reached. */
export function placeOf({ url, topology, master, prefix }: JournalHeader): string {
  const of = `with the prefix ${JSON.stringify(prefix)}`;
  if (topology === "cluster") return `a cluster ${of}`;
  return topology === "sentinel" ? `the master ${master} of Sentinels ${of}` : `${url} ${of}`;
}

/** What is to be said where an undo is made elsewhere than the run; a server may have moved. */
export function movedWarning(before: string, now: string): Warning {
  const message = `the journal is of a run against ${before}, and is undone at ${now}: what is there is changed only where it is still what that run wrote`;
  return { code: "undo-elsewhere", message };
}
