/** Whether a file is compressed, by its first bytes. */
export function isGzip([a, b]: Buffer): boolean {
  return a === 0x1f && b === 0x8b;
}

/** Whether text is neither compressed nor UTF-16, by its first bytes. */
export function isPlain(text: Buffer): boolean {
  const [a, b] = text;
  return !isGzip(text) && !(a === 0xff && b === 0xfe) && !(a === 0xfe && b === 0xff);
}
