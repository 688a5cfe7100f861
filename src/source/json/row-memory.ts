import { count } from "./assembly/found.js";
import { code } from "./assembly/read-row.wasm";

/** Bytes that are looked at, and written, at once: so many must be there behind a row. */
const overlap = 16;

/** How far ahead of what is written a row must stand that is written over. In bytes. */
export const ahead = 2 * overlap;

const pageBytes = 64 * 1024;

/** What `assembly/read-row.ts` exports. */
interface Compiled {
  readonly findings: { readonly value: number };
  readRow(isKey: boolean, from: number, limit: number, to: number): number;
}

export interface RowMemorySizes {
  readonly output: number;
  readonly copies: number;
  readonly input: number;
}

let compiled: WebAssembly.Module | null = null;

/** Memory for rows, and WebAssembly that reads them there. */
export class RowMemory {
  /** Where values are written. */
  readonly output: Buffer;
  /** Where rows that stand elsewhere are copied to. */
  readonly copies: Buffer;
  /** Where text may be put that is then read without being copied. */
  readonly input: Buffer;
  /** What was found out about the row that was read last: see `assembly/found.ts`. */
  readonly findings: Int32Array;
  readonly #compiled: Compiled;

  /**
   * @param sizes in bytes
   * @throws what Node throws that has no WebAssembly, or no address space for its memory
   */
  constructor(sizes: RowMemorySizes) {
    compiled ??= new WebAssembly.Module(code);
    // The first page is the module's own.
    const bytes = pageBytes + sizes.output + sizes.copies + sizes.input + 3 * overlap;
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / pageBytes) });
    const { buffer } = memory;
    const writesBack = (from: number, to: number) => isWrittenBack(Buffer.from(buffer, from, to - from));
    const imports = { env: { memory }, "read-value": { writesBack } };
    this.#compiled = new WebAssembly.Instance(compiled, imports).exports as unknown as Compiled;
    this.findings = new Int32Array(buffer, this.#compiled.findings.value, count);
    this.output = Buffer.from(buffer, pageBytes, sizes.output);
    this.copies = Buffer.from(buffer, pageBytes + sizes.output + overlap, sizes.copies);
    this.input = Buffer.from(buffer, this.copies.byteOffset + sizes.copies + overlap, sizes.input);
  }

  /** Reads a row between positions in the memory: see `assembly/read-row.ts`. */
  read(isKey: boolean, from: number, limit: number, to: number): number {
    return this.#compiled.readRow(isKey, from, limit, to);
  }
}

/** Whether JavaScript writes a number as it is written here. */
function isWrittenBack(bytes: Buffer): boolean {
  const text = bytes.toString("latin1");
  return String(Number(text)) === text;
}
