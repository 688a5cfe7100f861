import type { RunResult } from "../../types/run-result.js";
import { printable } from "../printable.js";
import { plural } from "../units.js";
import { total } from "./sum-of-counts.js";

const kindNames = { conversation: "conversations", key: "API keys" };

function skippedOtherSets({ warnings }: RunResult): boolean {
  return warnings.some(({ code }) => code === "other-set");
}

/** What was asked for, as far as the files are the library's: by `--only`, and without sets of other names. */
export function whatWasAskedFor(result: RunResult): string {
  const what = result.only === null ? "all" : `all ${kindNames[result.only]}`;
  return skippedOtherSets(result) ? `${what} in the library's sets` : what;
}

/** The same as the subject of a sentence, with its verb. */
export function whatWasAskedForIs(result: RunResult): string {
  const what = whatWasAskedFor(result);
  if (result.only !== null) return `${what} are`;
  return what === "all" ? "all of it is" : `${what} is`;
}

/** What `--only` left out, and that sets of other names, and files in which nothing of the library was found, were. */
export function whatWasLeftOut(result: RunResult): string {
  const skipped = [
    ...(skippedOtherSets(result) ? ["other sets"] : []),
    ...(result.warnings.some(({ code }) => code === "unrecognised") ? ["other files"] : []),
  ].join(" and ");
  const others = skipped === "" ? "" : `; ${skipped} were skipped (the warnings name them)`;
  if (result.only === null) return others;
  const [other, flag] =
    result.only === "key" ? [kindNames.conversation, "keys"] : [kindNames.key, "conversations"];
  return `; ${other} were left out (--only ${flag})${others}`;
}

/** Where all of it is: what is past its time is in no Redis. */
export function placesOf({ archive }: RunResult): string {
  return archive === null ? "in Redis" : `in Redis or in the archive ${printable(archive)}`;
}

export function noRecordWasFound({ only }: RunResult): string {
  return only === null ? "no record was found" : `no ${only === "key" ? "API key" : only} was found`;
}

/** Warnings of what JSON.parse, and so the library, does not see of a file. */
const unseenByTheLibrary: ReadonlySet<string> = new Set(["number-rounded", "name-twice"]);

/** In which way all of it is in Redis: as the library reads it, and without the rows in whose place others count. */
export function reservations(result: RunResult): string {
  const unseen = result.warnings.some(({ code }) => unseenByTheLibrary.has(code));
  const asRead = unseen ? ", as the library reads it (see the warnings)" : "";
  const duplicates = total(result, "duplicate");
  if (duplicates === 0) return asRead;
  const rows = plural(duplicates, "duplicate");
  const merged = result.onDuplicate === "merge";
  return `${asRead}, ${merged ? `with ${rows} merged into the rows that count` : `but for ${rows} of rows that count`}`;
}
