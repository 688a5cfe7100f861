import { createReadStream } from "node:fs";
import { isTooLong, migrateError, systemCode } from "../errors.js";

interface JournalLine {
  /** From 1. */
  readonly number: number;
  /** Undefined for a last line that is no JSON, as where a crash cut it off. */
  readonly value: unknown;
}

/**
 * The lines of a journal, parsed: some at a time, since waiting for each takes longer than to read it.
 * @throws MigrateError `journal-unreadable`
 */
export async function* readLines(path: string): AsyncGenerator<readonly JournalLine[]> {
  let number = 0;
  let broken: number | null = null;
  try {
    for await (const texts of textLinesOf(createReadStream(path))) {
      const lines: JournalLine[] = [];
      for (const text of texts) {
        number += 1;
        if (broken !== null) throw unreadable(path, `line ${broken} is damaged`);
        const value = parse(text);
        if (value === undefined) broken = number;
        lines.push({ number, value });
      }
      yield lines;
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
async function* textLinesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Iterable<string>> {
  let begun: Buffer[] = [];
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(lineFeed) + 1;
    if (end > 0) {
      yield linesIn(chunk.subarray(0, end), begun);
      begun = [];
    }
    if (end < chunk.length) begun.push(chunk.subarray(end));
  }
  if (begun.length > 0) yield [Buffer.concat(begun).toString()];
}

/** The lines of bytes that end with one. @param begun what came before them of the first */
function* linesIn(bytes: Buffer, begun: readonly Buffer[]): Generator<string> {
  let from = 0;
  for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, from)) {
    const isFirst = from === 0 && begun.length > 0;
    yield isFirst
      ? Buffer.concat([...begun, bytes.subarray(0, end)]).toString()
      : bytes.toString("utf8", from, end);
    from = end + 1;
  }
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
