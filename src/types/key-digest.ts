/**
 * 96 bits of SHA-256 stand for a Redis key, as 32-bit words: among a thousand million keys, the odds that any two share
 * them are one in a hundred thousand million.
 */
export interface KeyDigest {
  readonly first: number;
  readonly second: number;
  readonly third: number;
}
