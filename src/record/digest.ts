import crypto from "node:crypto";
import type { KeyDigest } from "../types/key-digest.js";

/**
 * In one call where Node has it (20.12): the object that `createHash` makes costs more than hashing a short text, and so
 * does making a buffer of the digest.
 */
function digest(algorithm: string, data: string | Buffer, encoding: "hex" | "binary"): string {
  if (crypto.hash !== undefined) return crypto.hash(algorithm, data, encoding);
  return crypto.createHash(algorithm).update(data).digest(encoding);
}

/** SHA-1 in hex: what Redis' scripts can compute too. It distinguishes versions; nothing depends on its secrecy. */
export function sha1(value: string | Buffer): string {
  return digest("sha1", value, "hex");
}

/** SHA-256 in hex, for what must not be taken for anything else, not even on purpose. */
export function sha256(value: string | Buffer): string {
  return digest("sha256", value, "hex");
}

export function digestOfKey(key: string): KeyDigest {
  const bytes = digest("sha256", key, "binary");
  return { first: wordAt(bytes, 0), second: wordAt(bytes, 4), third: wordAt(bytes, 8) };
}

function wordAt(bytes: string, start: number): number {
  const high = (bytes.charCodeAt(start) << 8) | bytes.charCodeAt(start + 1);
  return ((high << 16) | (bytes.charCodeAt(start + 2) << 8) | bytes.charCodeAt(start + 3)) >>> 0;
}

/** New in each run, so that no file can hold two texts that have one fingerprint. */
const salt = crypto.randomUUID();

/** A number of 48 bits, never 0, that stands for some bytes within this run. */
export function fingerprintOf(data: string | Buffer): number {
  // The salt is joined to the digest, not to the data: each digest is made in one call.
  const bytes = Buffer.from(digest("sha256", salt + digest("sha256", data, "binary"), "binary"), "latin1");
  return bytes.readUIntBE(0, 6) || 1;
}
