import { createGzip } from "node:zlib";
import { type Kind, kinds, setOf } from "../types/kind.js";
import { type Block, beginningAt, indentation, indentJson } from "./indent-json.js";
import type { NewFile } from "./open-new-file.js";

/** A file of records that is being made as the library's `dbcontext` would write it. */
export interface LibraryFile {
  /**
   * Adds a record, `JSON.stringify(record)` in UTF-8: API keys before conversations. Its memory may be used again once
   * the promise is fulfilled. To be called one after the other.
   */
  add(kind: Kind, value: Buffer): Promise<void>;
  /** Ends the file, which is a whole one then. Whether it gets its name is decided by whoever opened it. */
  end(): Promise<void>;
  /** How much was written so far, before it is packed. In bytes. */
  readonly bytes: number;
}

/** How much is written at once. In bytes. */
const blockBytes = 256 * 1024;

/** The order of the sets in the library's file. */
const order: readonly Kind[] = ["key", "conversation"];

/** How many levels deep a row stands. */
const rowDepth = 3;

/**
 * Writes what `JSON.stringify({ keys: { rows, name }, conversations: { rows, name } }, null, 4)` would be, record by
 * record; in gzip, where `isGzip`. Each method throws what writing throws.
 */
export function writeLibraryFile(file: Pick<NewFile, "write">, isGzip: boolean): LibraryFile {
  const sink = isGzip ? gzipTo(file) : { write: file.write, end: async () => {} };
  // While one is written, the other is filled.
  let [block, other] = [newBlock(), newBlock()];
  let written: Promise<void> = Promise.resolve();
  let bytes = 0;
  const flush = async () => {
    await written;
    bytes += block.length;
    written = sink.write(block.bytes.subarray(0, block.length));
    // The next one throws it.
    written.catch(() => {});
    [block, other] = [other, block];
    block.length = 0;
  };
  const text = async (some: string) => {
    if (block.length + some.length > blockBytes) await flush();
    block.length += block.bytes.write(some, block.length, "latin1");
  };
  /** The set that is being written, by its place; all before it are ended. */
  let set = -1;
  let rows = 0;
  const endSet = () => text(`${rows === 0 ? "" : line(2)}],${line(2)}"name": "${nameOf(set)}"${line(1)}}`);
  const beginSetsTo = async (last: number) => {
    while (set < last) {
      await (set < 0 ? text("{") : endSet().then(() => text(",")));
      set += 1;
      rows = 0;
      await text(`${line(1)}"${nameOf(set)}": {${line(2)}"rows": [`);
    }
  };
  return {
    get bytes() {
      return bytes + block.length;
    },
    async add(kind, value) {
      await beginSetsTo(order.indexOf(kind));
      await text(`${rows === 0 ? "" : ","}${line(rowDepth)}`);
      rows += 1;
      const progress = beginningAt(rowDepth);
      while (!indentJson(value, progress, block)) await flush();
    },
    async end() {
      await beginSetsTo(kinds.length - 1);
      await endSet();
      await text("\n}");
      await flush();
      await written;
      await sink.end();
    },
  };
}

function newBlock(): Block {
  return { bytes: Buffer.allocUnsafeSlow(blockBytes), length: 0 };
}

function nameOf(set: number): string {
  return setOf[order[set] as Kind];
}

function line(depth: number): string {
  return `\n${" ".repeat(depth * indentation)}`;
}

/** What is written to it goes on to the file in gzip, as fast as that takes it. */
function gzipTo(file: Pick<NewFile, "write">) {
  const gzip = createGzip();
  const written = (async () => {
    for await (const bytes of gzip) await file.write(bytes as Buffer);
  })();
  // A stream that is destroyed leaves the write that waits for it without an answer.
  const failed = written.then(() => new Promise<never>(() => {}));
  failed.catch(() => {});
  return {
    write: (bytes: Uint8Array) =>
      Promise.race([new Promise<void>((resolve) => gzip.write(bytes, () => resolve())), failed]),
    async end() {
      gzip.end();
      await written;
    },
  };
}
