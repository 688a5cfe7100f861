import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { migrateError, systemCode } from "../errors.js";
import type { Header, Step } from "./lines.js";
import { header, step } from "./lines.js";

/** A journal as an undo reads it. */
export interface ReadJournal {
  readonly header: Header;
  /** The steps that were done, or may have been; of several for one key one, which says what it held at first. */
  steps(): AsyncGenerator<Step>;
}

/**
 * Reads a journal. A crash may have cut off its last line, whose step was then never begun: it is passed by.
 * @throws MigrateError `journal-unreadable`, here and while reading
 */
export async function readJournal(path: string): Promise<ReadJournal> {
  let first: Header | null = null;
  const voided = new Set<number>();
  const repeated: Step[] = [];
  for await (const { number, value } of linesOf(path)) {
    if (number === 1) {
      const parsed = header.safeParse(value);
      if (!parsed.success) throw unreadable(path, "its first line is not that of a journal");
      first = parsed.data;
      continue;
    }
    const parsed = step.safeParse(value);
    if (!parsed.success) throw unreadable(path, `line ${number} is none that this tool writes`);
    if (parsed.data.op === "void") voided.add(parsed.data.void);
    else if (parsed.data.again) repeated.push(parsed.data);
  }
  if (first === null) throw unreadable(path, "it is empty");
  const last = new Map<string, Step>();
  for (const one of repeated) if (!voided.has(one.n)) last.set(one.key, one);
  return { header: first, steps: () => stepsOf(path, voided, last) };
}

async function* stepsOf(
  path: string,
  voided: ReadonlySet<number>,
  last: ReadonlyMap<string, Step>,
): AsyncGenerator<Step> {
  const passed = new Set<string>();
  for await (const { number, value } of linesOf(path)) {
    if (number === 1) continue;
    const line = step.parse(value);
    if (line.op === "void" || voided.has(line.n)) continue;
    const latest = last.get(line.key);
    if (latest === undefined) {
      yield line;
    } else if (!passed.has(line.key)) {
      // What the key held at first stands in its first line, and what it was left with in its last.
      passed.add(line.key);
      yield { ...line, digest: latest.digest };
    }
  }
}

/** Whole lines, parsed, numbered from 1. */
async function* linesOf(path: string): AsyncGenerator<{ number: number; value: unknown }> {
  let number = 0;
  let broken: number | null = null;
  try {
    for await (const text of createInterface({
      input: createReadStream(path),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      number += 1;
      if (broken !== null) throw unreadable(path, `line ${broken} is damaged`);
      const value = parse(text);
      if (value === undefined) broken = number;
      else yield { number, value };
    }
  } catch (error) {
    if (systemCode(error) === undefined || !(error instanceof Error) || error.name === "MigrateError")
      throw error;
    throw unreadable(path, error.message.replace(/,.*$/, ""), error);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreadable(path: string, reason: string, cause?: unknown): Error {
  return migrateError("journal-unreadable", { path, reason }, cause);
}
