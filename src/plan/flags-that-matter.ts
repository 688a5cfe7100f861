import type { Options } from "../options.js";
import { formatDuration } from "../record/expiry.js";
import { setOf } from "../types/kind.js";

/** An option as a plan holds it: the name of its flag, and its value as it is written. */
type PlannedFlag = (options: Options) => readonly [name: string, value: string];

/**
 * Of each option, how a plan holds it; null where it does not change what becomes of Redis, or is compared by itself.
 * Whoever adds an option decides here.
 */
const plannedFlags: { readonly [Name in keyof Options]-?: PlannedFlag | null } = {
  // What is done with the plan.
  mode: null,
  dryRun: null,
  plan: null,
  apply: null,
  undo: null,
  undoPlace: null,
  // Modes of their own, which make no plan and do none.
  export: null,
  output: null,
  // Compared as the files and the target of the plan.
  sources: null,
  address: null,
  // What decides about records.
  only: ({ only }) => ["--only", only === null ? "both" : setOf[only]],
  onConflict: ({ onConflict }) => ["--on-conflict", onConflict],
  onDuplicate: ({ onDuplicate }) => ["--on-duplicate", onDuplicate],
  ttl: ({ ttl }) => ["--ttl", formatDuration(ttl)],
  ttlFrom: ({ ttlFrom }) => ["--ttl-from", ttlFrom],
  archive: ({ archive }) => ["--archive", archive ?? "none"],
  prefix: ({ prefix }) => ["--key-prefix", prefix],
  strict: ({ strict }) => ["--strict", onOrOff(strict)],
  force: ({ force }) => ["--force", onOrOff(force)],
  // What is written beside, what is shown, and how fast.
  journal: null,
  rejects: null,
  reports: null,
  details: null,
  exitCode: null,
  concurrency: null,
  threadsFrom: null,
  warnings: null,
};

function onOrOff(is: boolean): string {
  return is ? "on" : "off";
}

/** The flags that decide what a run does, each with its value, given or not. */
export function flagsThatMatter(options: Options): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.values(plannedFlags).flatMap((flag) => (flag ? [flag(options)] : [])));
}
