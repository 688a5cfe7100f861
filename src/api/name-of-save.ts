import { shownPath } from "../errors/explanation.js";

/** Of what a crash leaves of a save, which the library takes for the newer `db.json`, and puts in its place; also packed. */
const nameOfSave = /\.tmp\.[^./\\]+(\.gz)?$/i;

/** What is wrong with a name for a new file of records, where it is one of the library's own saves. */
export function nameOfSaveProblems(flag: string, path: string): string[] {
  if (!nameOfSave.test(path)) return [];
  const shown = shownPath(path, "its file");
  return [`${flag}: the library would take ${shown} for a newer save of its own: choose another name`];
}
