import { stat } from "node:fs/promises";
import type { JournalHeader } from "../types/journal-header.js";
import { header, type Step, step } from "./format.js";
import { readLines, unreadable } from "./read-lines.js";
import { RepeatedSteps } from "./repeated-steps.js";

/** A journal as an undo reads it. */
export interface ReadJournal {
  readonly header: JournalHeader;
  /** Whether it ends in the middle of a line, as where its run was killed, or it was shortened since. */
  readonly isCutOff: boolean;
  /**
   * The steps that were done, or may have been, some at a time; of several for one key one, which says what it held at
   * first.
   */
  steps(): AsyncGenerator<readonly Step[]>;
}

/**
 * Reads a journal whole, to check it before anything is undone. A step that a crash cut off was never begun: it is
 * skipped.
 * @throws MigrateError `journal-unreadable`, here and while reading
 */
export async function readJournal(path: string): Promise<ReadJournal> {
  let first: JournalHeader | null = null;
  const cancelled = new Set<number>();
  let repeats = false;
  let isCutOff = false;
  let next = 0;
  await throwIfNoFile(path);
  for await (const lines of readLines(path)) {
    for (const { number, value } of lines) {
      if (number === 1) {
        const parsed = header.safeParse(value);
        if (!parsed.success) throw unreadable(path, "its first line is not that of a journal");
        first = parsed.data;
        continue;
      }
      if (value === undefined) {
        isCutOff = true;
        continue;
      }
      const parsed = step.safeParse(value);
      if (!parsed.success) throw unreadable(path, `line ${number} is none that this tool writes`);
      if (parsed.data.op === "void") {
        cancelled.add(parsed.data.void);
        continue;
      }
      if (parsed.data.n !== next)
        throw unreadable(
          path,
          `line ${number} is step ${parsed.data.n}, and should be ${next}: steps are missing`,
        );
      next += 1;
      repeats ||= parsed.data.again === true;
    }
  }
  if (first === null)
    throw unreadable(path, "it is empty, as where its run was ended before it changed anything");
  return {
    header: first,
    isCutOff,
    steps: () => (repeats ? mergedStepsOf(path, cancelled) : stepsOf(path, cancelled)),
  };
}

/** The steps that were done, or may have been. */
async function* stepsOf(path: string, cancelled: ReadonlySet<number>): AsyncGenerator<readonly Step[]> {
  for await (const lines of readLines(path)) {
    yield lines.flatMap(({ number, value }) => {
      const line = number === 1 || value === undefined ? null : step.parse(value);
      return line === null || line.op === "void" || cancelled.has(line.n) ? [] : [line];
    });
  }
}

async function* mergedStepsOf(path: string, cancelled: ReadonlySet<number>): AsyncGenerator<readonly Step[]> {
  const repeated = new RepeatedSteps();
  for await (const steps of stepsOf(path, cancelled)) for (const one of steps) repeated.add(one);
  for await (const steps of stepsOf(path, cancelled))
    yield steps.map((one) => repeated.merge(one)).filter((one) => one !== null);
}

/** Of a pipe that nobody writes to, reading would never end, and a journal is read twice. */
async function throwIfNoFile(path: string): Promise<void> {
  const stats = await stat(path).catch(() => null);
  if (stats !== null && !stats.isFile()) throw unreadable(path, "it is no file");
}
