import type { Address } from "../options.js";
import type { RunResult } from "../types/run-result.js";
import { pipeCommand } from "./output-text.js";
import { settingsForTheApp } from "./settings-for-the-app.js";
import { type UndoCommand, undoCommand } from "./undo-command.js";
import { plural } from "./units.js";
import { isForOtherPolicy } from "./verdict/conflict-hints.js";
import { total } from "./verdict/sum-of-counts.js";
import { verdictOf } from "./verdict.js";

/** The run that comes next. */
export interface NextRun {
  /** For those who do not see this run's command line. */
  readonly sentence: string;
  /** The flags of this run's command line that it is without. */
  readonly without: readonly string[];
  readonly added: readonly string[];
  /** Its sources, where they are others than this run's. */
  readonly sources?: readonly string[];
  /** What is to be decided before, in a clause; none where nothing is. */
  readonly toDecide?: string;
}

/** What to do after a run, and to know. */
export interface NextSteps {
  /** Null where there is none to name. */
  readonly run: NextRun | null;
  /** What to do about conflicts, and about rows that were left out. */
  readonly hints: readonly string[];
  /** The command that gives Redis what this run wrote to a file; null where there is none to name. */
  readonly pipe: string | null;
  readonly undo: UndoCommand | null;
  /** When conversations leave Redis. */
  readonly expiry: string | null;
  /** What to write in the app; empty where there is nothing in Redis for it. */
  readonly settings: readonly string[];
}

export const settingsTitle = "In the app (with the fork PGRjoystick/chatgpt-pw), read them from there:";

/** @param now in ms since 1970 */
export function nextSteps(result: RunResult, address: Address, now: number): NextSteps {
  const { hints, showSettingsForTheApp, showUndoCommand } = verdictOf(result);
  const { target } = result;
  return {
    run: nextRun(result),
    hints,
    pipe: pipeCommand(result),
    undo: showUndoCommand ? undoCommand(result, address) : null,
    expiry: expirySentence(result, now),
    settings: showSettingsForTheApp ? settingsForTheApp(address, target?.prefix ?? "", target?.topology) : [],
  };
}

function nextRun(result: RunResult): NextRun | null {
  const { mode, dryRun, error, interrupted, exitCode, archive, export: exported } = result;
  if (error !== null || interrupted !== null) return null;
  const work = total(result, "created", "updated", "archived", "deleted", "restored");
  // What went to a pipe or a device cannot be read there once more.
  if (mode === "export" && exported?.kind === "file" && total(result, "exported") > 0)
    return { ...toCheckExport, sources: [exported.path] };
  if (dryRun)
    return work > 0 ? afterDecision(result.plan === null ? toDoIt : toApply(result.plan), result) : null;
  // It may lack some by now, and then a run needs another one: the hints say so.
  if (mode === "verify" && archive !== null) return null;
  if (mode === "verify" && total(result, "different", "wrongType") > 0) return toLook;
  if (mode === "verify" && total(result, "missing", "expiry") > 0) return toWrite;
  if (mode === "output") return exitCode === 0 && total(result, "written") > 0 ? toCheckPiped : null;
  return mode === "migrate" && exitCode === 0 && work > 0 ? toCheckIt : null;
}

const timeRunsFromPipe =
  "The time of --ttl, where there is any (30 days by default), begins once a command is carried out: keep the files.";

const toDoIt: NextRun = {
  sentence: "To do it: run the same command without --dry-run.",
  // --exit-code is an error without a dry run.
  without: ["--dry-run", "--exit-code"],
  added: [],
};

function toApply(plan: string): NextRun {
  return {
    sentence: "To do it: run the same command with --apply and the plan, without --dry-run and --plan.",
    without: [...toDoIt.without, "--plan"],
    added: ["--apply", plan],
  };
}

/** Names what the run would leave out as well, and which flags settle that. */
function afterDecision(run: NextRun, result: RunResult): NextRun {
  const { onDuplicate, plan } = result;
  const [conflicts, leftOut] = [total(result, "conflict"), total(result, "leftOut")];
  const left = [
    ...(conflicts > 0 ? [plural(conflicts, "conflict")] : []),
    ...(leftOut > 0 ? [`${plural(leftOut, "duplicate")} that may hold more`] : []),
  ];
  if (left.length === 0) return run;
  const flags = [
    ...(isForOtherPolicy(result) ? ["--on-conflict merge or keep"] : []),
    ...(leftOut > 0 && onDuplicate !== "merge" ? ["--on-duplicate merge"] : []),
  ];
  const anew = plan === null ? "" : ", and a new plan";
  const how =
    flags.length === 0 ? "see above what helps" : `decide first, with ${flags.join(", and ")}${anew}`;
  const toDecide = `it leaves out ${left.join(" and ")}: ${how}`;
  return { ...run, sentence: `${run.sentence} As it is, ${toDecide}.`, toDecide };
}

/** These are files of the run that was verified, and of the verification: a further run spares them. */
const ofThisRun = ["--verify", "--journal", "--rejects", "--report"];

const toWrite: NextRun = {
  sentence: "To write what is missing: run the same command without --verify.",
  without: ofThisRun,
  added: [],
};

/** A migration may leave alone what differs: a dry run says what it would do, and what helps where it would not. */
const toLook: NextRun = {
  sentence:
    "To see what a migration would do about what differs: run the same command with --dry-run, not --verify.",
  without: ofThisRun,
  added: ["--dry-run"],
};

const toCheckIt: NextRun = {
  sentence: "To check it: run the same command with --verify.",
  without: ["--apply", "--journal", "--no-journal", "--rejects", "--report"],
  added: ["--verify"],
};

const toCheckExport: NextRun = {
  sentence: "To check it: verify the file, with --verify in place of --export.",
  without: ["--export", "--rejects", "--report"],
  added: ["--verify"],
};

const toCheckPiped: NextRun = {
  sentence:
    "To check it once they are carried out: run the same command with --verify, not --output, where Redis can be reached.",
  without: ["--output", "--rejects", "--report"],
  added: ["--verify"],
};

function expirySentence(result: RunResult, now: number): string | null {
  const { mode, firstExpiresAt, expiresAt, counts } = result;
  if (mode === "output" && (counts.conversations.written ?? 0) > 0) return timeRunsFromPipe;
  if (expiresAt === null) return null;
  const leave = mode === "dry-run" ? "would leave" : "leave";
  const [first, last] = [firstExpiresAt && dayOf(firstExpiresAt, now), dayOf(expiresAt, now)];
  const when = first === null || first === last ? `by ${last}` : `from ${first} on, the last by ${last}`;
  return `Migrated conversations that nobody uses ${leave} Redis ${when}: keep the files.`;
}

/** The day of a time in ISO 8601, and the minute where that is less than two days away. */
function dayOf(time: string, now: number): string {
  const soon = Date.parse(time) - now < 2 * 24 * 60 * 60 * 1000;
  return soon ? `${time.slice(0, 16).replace("T", " ")} UTC` : time.slice(0, 10);
}
