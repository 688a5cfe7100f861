import { createReadStream } from "node:fs";
import { isTooLong, migrateError, systemCode } from "../errors.js";

interface JournalLine {
  /** From 1. */
  readonly number: number;
  readonly value: unknown;
}

/**
 * The lines of a journal, parsed, but for a last one that a crash cut off.
 * @throws MigrateError `journal-unreadable`
 */
export async function* readLines(path: string): AsyncGenerator<JournalLine> {
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

export function unreadable(path: string, reason: string, cause?: unknown): Error {
  return migrateError("journal-unreadable", { path, reason }, cause);
}
