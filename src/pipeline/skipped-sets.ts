import { maskKey } from "../secret.js";
import type { Warning } from "../types/run-result.js";

/** How many skipped sets of a source are named: a file may have thousands. */
const mostNames = 20;

/** Warnings of the sets of a source that are not the library's. @param sets rows by name of their set */
export function skippedSetWarnings(path: string, sets: ReadonlyMap<string, number>): Warning[] {
  const none = "none of the library's, and was skipped";
  const all = [...sets];
  const texts = all
    .slice(0, mostNames)
    .map(([name, rows]) =>
      rows > 0
        ? `${path}: the set "${shownName(name)}" (${rows} row${rows === 1 ? "" : "s"}) is ${none}`
        : `${path}: "${shownName(name)}" is ${none}, though it may hold records`,
    );
  const rest = all.slice(mostNames);
  const rows = rest.reduce((sum, [, count]) => sum + count, 0);
  if (rest.length > 0)
    texts.push(`${path}: every other set, ${rest.length} in all (${rows} rows), is ${none}`);
  return texts.map((message) => ({ code: "other-set", message }));
}

/** The longest name of a set that is shown whole. */
const longestName = 60;

/** A set may be named after an API key, in part or as under its Redis key, which is secret. */
function shownName(name: string): string {
  const shown = name.replace(/sk-\S*/g, maskKey).replace(/(?<=\bkeys:).*$/s, maskKey);
  return shown.length <= longestName ? shown : `${shown.slice(0, longestName)}…`;
}
