import { createReadStream } from "node:fs";
import { isTooLong, migrateError, systemCode } from "../errors.js";
import { noRow, SeenKeys } from "../record/seen-keys.js";
import type { JournalHeader } from "../types.js";
import type { Step } from "./format.js";
import { header, step } from "./format.js";

/** A journal as an undo reads it. */
export interface ReadJournal {
  readonly header: JournalHeader;
  /** The steps that were done, or may have been; of several for one key one, which says what it held at first. */
  steps(): AsyncGenerator<Step>;
}

/**
 * Reads a journal. A crash may have cut off its last line, whose step was then never begun: it is passed by.
 * @throws MigrateError `journal-unreadable`, here and while reading
 */
export async function readJournal(path: string): Promise<ReadJournal> {
  let first: JournalHeader | null = null;
  const voided = new Set<number>();
  let repeats = false;
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
    else repeats ||= parsed.data.again === true;
  }
  if (first === null)
    throw unreadable(path, "it is empty, as where its run was ended before it changed anything");
  const last = new LastDigests();
  const replaced = new SeenKeys();
  if (repeats) {
    for await (const one of stepsOf(path, voided)) {
      if (!one.again) continue;
      last.set(one.key, one.digest);
      if (one.op === "replace") replaced.add(one.key, noRow);
    }
  }
  return {
    header: first,
    steps: () => (repeats ? foldedStepsOf(path, voided, last, replaced) : stepsOf(path, voided)),
  };
}

/** The steps that were done, or may have been. */
async function* stepsOf(path: string, voided: ReadonlySet<number>): AsyncGenerator<Step> {
  for await (const { number, value } of linesOf(path)) {
    if (number === 1) continue;
    const line = step.parse(value);
    if (line.op !== "void" && !voided.has(line.n)) yield line;
  }
}

/**
 * Of several steps for one key the first, which says what it held before, with the digest that the last left it with. A
 * creation says nothing of what was put there since, and was `replaced`: an undo must not delete what the run did not write.
 */
async function* foldedStepsOf(
  path: string,
  voided: ReadonlySet<number>,
  last: LastDigests,
  replaced: SeenKeys,
): AsyncGenerator<Step> {
  const passed = new SeenKeys();
  for await (const line of stepsOf(path, voided)) {
    const digest = last.get(line.key);
    if (digest === null) yield line;
    else if (line.op === "create" && replaced.find(line.key) !== null) continue;
    else if (passed.add(line.key, noRow) === null) yield { ...line, digest };
  }
}

/** The last digest for each of many keys, in about 50 bytes a key: after a restart, each key may have one. */
class LastDigests {
  readonly #places = new SeenKeys();
  #digests = Buffer.alloc(20 * 1024);

  set(key: string, digest: string): void {
    const next = this.#places.size;
    const place = this.#places.add(key, { ...noRow, row: next })?.row ?? next;
    if ((place + 1) * 20 > this.#digests.length)
      this.#digests = Buffer.concat([this.#digests, Buffer.alloc(this.#digests.length)]);
    this.#digests.write(digest, place * 20, 20, "hex");
  }

  get(key: string): string | null {
    const place = this.#places.find(key)?.row ?? null;
    return place === null ? null : this.#digests.toString("hex", place * 20, (place + 1) * 20);
  }
}

/** Whole lines, parsed, numbered from 1. */
async function* linesOf(path: string): AsyncGenerator<{ number: number; value: unknown }> {
  let number = 0;
  let broken: number | null = null;
  try {
    for await (const text of textLinesOf(createReadStream(path))) {
      number += 1;
      if (broken !== null) throw unreadable(path, `line ${broken} is damaged`);
      const value = parse(text);
      if (value === undefined) broken = number;
      else yield { number, value };
    }
  } catch (error) {
    if (isTooLong(error)) throw unreadable(path, `line ${number + 1} is too long`, error);
    if (systemCode(error) === undefined || !(error instanceof Error) || error.name === "MigrateError")
      throw error;
    throw unreadable(path, error.message.replace(/,.*$/, ""), error);
  }
}

const lineFeed = 0x0a;

/** Lines end with a line feed alone: `readline` of Node 24 ends them at U+2028 too, which JSON has in its strings. */
async function* textLinesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let begun: Buffer[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, end)]).toString();
      begun = [];
      from = end + 1;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
  }
  if (begun.length > 0) yield Buffer.concat(begun).toString();
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
