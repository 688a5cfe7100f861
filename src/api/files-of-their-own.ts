import { shownPath } from "../errors/explanation.js";
import { type FilePlace, isOneFile, placeOf } from "./file-place.js";
import type { UncheckedFlags } from "./flag-schema.js";

/** A file that a run reads or makes. */
interface FileOfRun {
  /** What it is, as sentences call it. */
  readonly what: string;
  /** The flag that names it, where the run makes it. */
  readonly flag: string | null;
  readonly path: string;
}

/**
 * What is wrong with files that a run makes, and that are another of its files too: one would spoil the other.
 * @param look finds out what a path leads to
 */
export function sharedFileProblems(
  flags: UncheckedFlags,
  sources: readonly string[],
  look: (path: string) => FilePlace = placeOf,
): string[] {
  const named = filesOf(flags, sources);
  if (named.every(({ flag }) => flag === null)) return [];
  const files = named.map((file) => ({ ...file, place: look(file.path) }));
  return files.flatMap(({ flag, path, place }, at) => {
    // Sources may be many, and stand among each other as they like.
    if (flag === null) return [];
    const same = files.slice(0, at).find((other) => isOneFile(other.place, place));
    if (same === undefined) return [];
    return [`${flag}: ${shownPath(path, "its file")} is ${same.what} too: each needs a file of its own`];
  });
}

/** Those that are read come first. */
function filesOf(flags: UncheckedFlags, sources: readonly string[]): FileOfRun[] {
  const { undo, apply, export: exportTo, output, plan, journal, rejects, archive, report } = flags;
  const all: readonly (readonly [string, string | null, unknown])[] = [
    ...sources.map((path) => ["a source", null, path] as const),
    ["the journal of --undo", null, undo],
    ["the plan of --apply", null, apply],
    ["the file of --export", "--export", exportTo],
    ["the file of --output", "--output", output],
    ["the file of --plan", "--plan", plan],
    ["the file of --journal", "--journal", journal],
    ["the file of --rejects", "--rejects", rejects],
    ["the file of --archive", "--archive", archive],
    ...[report].flat().map((path) => ["another --report", "--report", path] as const),
  ];
  return all.flatMap(([what, flag, path]) =>
    // Standard input and output are no files, and what is no name is told elsewhere.
    typeof path === "string" && path !== "" && path !== "-" ? [{ what, flag, path }] : [],
  );
}
