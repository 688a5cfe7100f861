/** `first`, then `rest`, which is closed also when the reader stops after the first. */
export async function* putBack(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/** The same chunks, the first of them cut in two after so many bytes. */
export async function* cutFirst(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of chunks) {
    yield chunk.subarray(0, left);
    if (chunk.length > left) yield chunk.subarray(left);
    left = Number.POSITIVE_INFINITY;
  }
}
