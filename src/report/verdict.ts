import type { Counts, Difference, RunResult } from "../types.js";
import { bytes, count, elapsed, plural, printable } from "./units.js";

/** What may be said at the end of a run. */
interface Verdict {
  readonly tone: "good" | "doubt" | "bad";
  readonly sentence: string;
  /** What to do about conflicts, as far as anything settles them. */
  readonly hints: readonly string[];
  /** Whether there is something in Redis for the app to read, by a run that came to its end. */
  readonly forTheApp: boolean;
  /** Whether the run changed something that its journal can take back. */
  readonly undoable: boolean;
}

/** The sum of some counts of both kinds. */
type Sum = (...names: readonly (keyof Counts)[]) => number;

/** Works out from the counts what a person may believe. Nothing else in a report claims success. */
export function verdictOf(ended: RunResult): Verdict {
  const { mode, dryRun, counts, error, interrupted, warnings, journal, exitCode, durationMs } = ended;
  const sum = sumOf(counts);
  const took = elapsed(durationMs);
  const written = mode === "migrate" && !dryRun && sum("created", "updated") > 0;
  const undoable =
    mode === "migrate" && journal !== null && (written || error !== null || interrupted !== null);
  const early = { forTheApp: false, undoable, hints: [] };
  if (error !== null) return { ...early, tone: "bad", sentence: stopped(ended, took) };
  if (interrupted !== null) return { ...early, tone: "doubt", sentence: broken(ended, sum, took) };
  if (warnings.some(({ code }) => code === "strict")) {
    return { ...early, tone: "doubt", sentence: `${refused(ended, sum)}, checked in ${took}.` };
  }
  const says = { migrate: migrated, "dry-run": planned, verify: verified, undo: undone }[mode](ended, sum);
  const did = mode === "verify" || dryRun ? "checked" : "done";
  return {
    tone: exitCode === 0 && sum("read") > 0 ? "good" : "doubt",
    sentence: `${says}${leftAside(ended)}, ${did} in ${took}.`,
    hints: hintsOn(ended, sum("conflict")),
    forTheApp: mode === "migrate" && sum("created", "updated", "unchanged", "kept") > 0,
    undoable,
  };
}

/** What may be done about the conflicts, by what they are: as far as the list of differences shows them. */
function hintsOn({ differences, onConflict }: RunResult, found: number): string[] {
  const conflicts = differences.filter(({ difference }) => difference === "conflict");
  const ofOtherData = conflicts.filter(({ fields }) => isOtherData(fields));
  const sameKey = conflicts.some(({ fields }) => fields.length === 0);
  // Of one that is too large to compare, the value alone is told.
  const versions = conflicts.some(
    ({ fields }) => fields.length > 0 && !isOtherData(fields) && fields[0]?.field !== "value",
  );
  const keys = ofOtherData.some(({ kind }) => kind === "key")
    ? " While one stands under an API key, the library finds no API key at all."
    : "";
  return [
    ...(onConflict === "newer" && (versions || conflicts.length < found)
      ? [
          "On conflicts: --on-conflict merge puts the messages of both sides together, keep leaves to Redis what it has.",
        ]
      : []),
    ...(ofOtherData.length > 0
      ? [
          `Where Redis holds no such record: look at the key with redis-cli, delete it there (DEL) if nothing needs it, and run this again.${keys}`,
        ]
      : []),
    ...(sameKey
      ? ["Where two ids make one key: give one of them another id, in a copy of the file, and migrate that."]
      : []),
  ];
}

/** Whether what Redis holds is another type, or no JSON: no policy but `overwrite` touches it. */
function isOtherData([first]: Difference["fields"]): boolean {
  return (
    first !== undefined && (first.field === "type" || first.field === "value") && first.file !== undefined
  );
}

function sumOf({ conversations, keys }: RunResult["counts"]): Sum {
  const of = (counts: Readonly<Record<string, number>>, name: string) => counts[name] ?? 0;
  return (...names) => names.reduce((all, name) => all + of(conversations, name) + of(keys, name), 0);
}

/** What keeps each count from being a full success, in the words of a list; empty where nothing does. */
function shortcomings({ unreadable, evicted, warnings, exitCode }: RunResult, sum: Sum): string[] {
  const some = (value: number, one: string, many = `${one}s`) =>
    value === 0 ? [] : [`${count(value)} ${value === 1 ? one : many}`];
  const list = [
    ...some(sum("conflict"), "conflict"),
    ...some(sum("invalid"), "invalid record"),
    ...some(sum("failed"), "record that Redis refused", "records that Redis refused"),
    ...some(sum("changed"), "value that was changed since", "values that were changed since"),
    ...some(
      sum("leftOut"),
      "duplicate that holds what the row that counts lacks",
      "duplicates that hold what the rows that count lack",
    ),
    ...some(unreadable, "place where a file is damaged", "places where files are damaged"),
    ...some(evicted ?? 0, "key that Redis threw away again", "keys that Redis threw away again"),
    ...some(sum("archived"), "record that went elsewhere", "records that went elsewhere"),
    ...(warnings.some(({ code }) => code === "source-changed")
      ? ["a file that changed while it was read"]
      : []),
  ];
  return list.length === 0 && exitCode === 3 ? ["what the warnings name"] : list;
}

/** Whether something is left out for certain; a damaged place may have cost nothing, and a changed file may be the same. */
function isCertain({ evicted }: RunResult, sum: Sum): boolean {
  return (evicted ?? 0) + sum("conflict", "invalid", "failed", "changed", "leftOut", "archived") > 0;
}

function listOf(items: readonly string[]): string {
  const last = items.at(-1) ?? "";
  return items.length < 2 ? last : `${items.slice(0, -1).join(", ")} and ${last}`;
}

/** Points to what a list does not show. */
function more({ truncated }: RunResult): string {
  return truncated ? " (--details 0 lists all)" : "";
}

const nouns = { conversation: "conversations", key: "API keys" };

/** What was asked for, as far as the files are the library's: `--only` heeded, and sets that were passed by. */
function wanted({ only, warnings }: RunResult): string {
  const what = only === null ? "all" : `all ${nouns[only]}`;
  return warnings.some(({ code }) => code === "other-set") ? `${what} in the library's sets` : what;
}

/** The same as the subject of a sentence, with its verb. */
function held(ended: RunResult): string {
  const what = wanted(ended);
  if (ended.only !== null) return `${what} are`;
  return what === "all" ? "all of it is" : `${what} is`;
}

/** The rows in whose place others count, which may differ from them. */
function butDuplicates(sum: Sum): string {
  const duplicates = sum("duplicate");
  return duplicates === 0 ? "" : `, but for ${plural(duplicates, "duplicate")} of rows that count`;
}

/** What JSON.parse, and so the library, does not see of a file. */
const unseen: ReadonlySet<string> = new Set(["number-rounded", "name-twice"]);

function asRead({ warnings }: RunResult): string {
  return warnings.some(({ code }) => unseen.has(code)) ? ", as the library reads it (see the warnings)" : "";
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** What `--only` left out, and that sets of other names were. */
function leftAside({ only, warnings }: RunResult): string {
  const otherSets = warnings.some(({ code }) => code === "other-set")
    ? "; other sets were passed by (the warnings name them)"
    : "";
  if (only === null) return otherSets;
  const [other, flag] = only === "key" ? [nouns.conversation, "keys"] : [nouns.key, "conversations"];
  return `; ${other} were left out (--only ${flag})${otherSets}`;
}

function noRecord({ only }: RunResult): string {
  return only === null ? "no record was found" : `no ${only === "key" ? "API key" : only} was found`;
}

/** Why records were kept as Redis has them. */
function reason({ onConflict }: RunResult): string {
  if (onConflict === "keep") return "--on-conflict keep";
  return onConflict === "merge" ? "the files add nothing to it" : "it goes on from the files'";
}

function migrated(ended: RunResult, sum: Sum): string {
  const lacks = shortcomings(ended, sum);
  const [present, kept] = [sum("created", "updated", "unchanged"), sum("kept")];
  if (sum("read") === 0 && lacks.length === 0) return `Nothing was migrated: ${noRecord(ended)}`;
  const inRedis = [
    ...(present > 0 ? [`${count(present)} ${present === 1 ? "was" : "were"} written, or there already`] : []),
    ...(kept > 0 ? [`${count(kept)} kept in Redis' version, since ${reason(ended)}`] : []),
  ];
  if (lacks.length > 0) {
    const not = isCertain(ended, sum) ? "Not all is" : "Perhaps not all is";
    const head = inRedis.length === 0 ? "Nothing was migrated" : `${not} in Redis`;
    return `${head}: ${listOf(lacks)}${more(ended)}${inRedis.map((text) => `; ${text}`).join("")}`;
  }
  if (kept > 0) return `${presence(ended, present, kept)}`;
  return `${capital(held(ended))} in Redis${asRead(ended)}${butDuplicates(sum)}`;
}

/** How many records Redis holds as the files do, and how many otherwise. */
function presence(ended: RunResult, present: number, kept: number): string {
  const same = `${count(present)} of ${plural(present + kept, "record")} ${present === 1 ? "is" : "are"} in Redis as in the files`;
  return `${same}, ${count(kept)} kept in Redis' version, since ${reason(ended)}`;
}

function planned(ended: RunResult, sum: Sum): string {
  const lacks = shortcomings(ended, sum);
  const [work, kept, present] = [sum("created", "updated"), sum("kept"), sum("unchanged")];
  if (sum("read") === 0 && lacks.length === 0) return `Nothing would be migrated: ${noRecord(ended)}`;
  const would = [
    ...(sum("created") > 0 ? [`${count(sum("created"))} would be created`] : []),
    ...(sum("updated") > 0 ? [`${count(sum("updated"))} updated`] : []),
    ...(present > 0 ? [`${count(present)} ${present === 1 ? "is" : "are"} there already`] : []),
    ...(kept > 0 ? [`${count(kept)} would be kept in Redis' version, since ${reason(ended)}`] : []),
  ].join(", ");
  if (lacks.length > 0) {
    const not = isCertain(ended, sum) ? "Not all" : "Perhaps not all";
    return `${not} would be in Redis: ${listOf(lacks)}${more(ended)}${would === "" ? "" : `; ${would}`}`;
  }
  if (work > 0) return `Nothing stands in the way: ${would}`;
  if (kept > 0) return `There is nothing to do: ${would}`;
  return `There is nothing to do: ${held(ended)} in Redis already${asRead(ended)}${butDuplicates(sum)}`;
}

const differenceWords = {
  missing: "missing",
  different: "different",
  expiry: "with a wrong expiry",
  wrongType: "of another type",
} as const;

function verified(ended: RunResult, sum: Sum): string {
  const lacks = shortcomings(ended, sum);
  const differing = Object.entries(differenceWords).flatMap(([name, words]) => {
    const found = sum(name as keyof typeof differenceWords);
    return found === 0 ? [] : [`${count(found)} ${words}`];
  });
  const [present, kept] = [sum("matched"), sum("kept")];
  if (differing.length > 0) {
    const beside = lacks.length === 0 ? "" : `; beside that ${listOf(lacks)}`;
    return `Redis differs from the files: ${listOf(differing)}${beside}${more(ended)}`;
  }
  if (lacks.length > 0) {
    const rest = kept === 0 ? "" : `, ${count(kept)} kept in Redis' version`;
    const not = isCertain(ended, sum) ? "does not" : "may not";
    return `Redis ${not} hold all that the files hold: ${listOf(lacks)}${more(ended)}; ${count(present)} ${present === 1 ? "matches" : "match"}${rest}`;
  }
  if (sum("read") === 0) return `Nothing was verified: ${noRecord(ended)}`;
  if (kept > 0) return `${presence(ended, present, kept)}`;
  return `Redis holds ${wanted(ended)} that the files hold${asRead(ended)}${butDuplicates(sum)}`;
}

function undone(ended: RunResult, sum: Sum): string {
  const lacks = shortcomings(ended, sum);
  const [back, unchanged] = [sum("deleted", "restored"), sum("unchanged")];
  const dry = ended.dryRun;
  if (sum("read") === 0) return "There is nothing to undo: the journal names no change";
  const what = [
    ...(sum("deleted") > 0 ? [`${count(sum("deleted"))} ${dry ? "would be " : ""}deleted`] : []),
    ...(sum("restored") > 0 ? [`${count(sum("restored"))} ${dry ? "would be " : ""}restored`] : []),
    ...(unchanged > 0 ? [`${count(unchanged)} as before that run already`] : []),
  ].join(", ");
  if (lacks.length > 0) {
    const head = `Not all of the run ${dry ? "would be" : "is"} taken back`;
    return `${head}: ${listOf(lacks)}, left alone${more(ended)}${what === "" ? "" : `; ${what}`}`;
  }
  if (back === 0) return `There was nothing left to undo: ${what}`;
  return dry ? `Nothing stands in the way: ${what}` : `The run is taken back: ${what}`;
}

/** How far the files were read, in a clause; empty for a mode that reads none. */
function extent({ mode, reading: { checking, bytes: done, totalBytes } }: RunResult): string {
  if (mode === "undo" || totalBytes === 0) return "";
  const amount = done >= totalBytes ? `all ${bytes(totalBytes)}` : `${bytes(done)} of ${bytes(totalBytes)}`;
  return checking
    ? `, while checking all first (${amount}), before the first write`
    : `, with ${amount} read`;
}

function stopped(ended: RunResult, took: string): string {
  const wrote = ended.mode === "undo" ? "taken back" : "done";
  const until = ended.mode === "verify" || ended.dryRun ? "compared" : wrote;
  return `Stopped after ${took}${extent(ended)}, by the error told on stderr; the counts above are what was ${until} until then.`;
}

function broken(ended: RunResult, sum: Sum, took: string): string {
  const records = `${plural(sum("read"), "record")} settled`;
  const again =
    ended.mode === "verify" || ended.dryRun ? "run it again for the whole" : "run it again to do the rest";
  return `Interrupted by ${printable(ended.interrupted ?? "")} after ${took}${extent(ended)}, ${records}: ${again}.`;
}

function refused(ended: RunResult, sum: Sum): string {
  const { dryRun, reading } = ended;
  const head = `Nothing ${dryRun ? "would be" : "was"} written: --strict, and not all records are valid`;
  return `${head}: ${listOf(shortcomings(ended, sum))} among ${plural(reading.checked, "record")} in ${bytes(reading.bytes)}`;
}
