import type { PackedBatch } from "../pack-records.js";

/** A batch to be sent to another thread: what it consists of, and the memory that changes hands. */
export function toTransfer(packed: PackedBatch): { packed: PackedBatch; transfer: ArrayBuffer[] } {
  // A slice would take all the memory along that it is a slice of.
  const rejected = packed.rejected.map((text) => ({
    ...text,
    bytes: Buffer.from(new Uint8Array(text.bytes).buffer),
  }));
  return { packed: { ...packed, rejected }, transfer: [packed.columns.buffer, packed.values.buffer] };
}

/** The same batch as it comes out of another thread. */
export function transferred(packed: PackedBatch): PackedBatch {
  // A Buffer is sent as a plain array of bytes.
  const rejected = packed.rejected.map((text) => ({ ...text, bytes: Buffer.from(text.bytes.buffer) }));
  return { ...packed, rejected };
}
