import crypto from "node:crypto";

/** In one call where Node has it (20.12): the object that `createHash` makes costs more than hashing a short text. */
function digest(algorithm: string, data: string | Buffer): Buffer {
  if (crypto.hash !== undefined) return crypto.hash(algorithm, data, "buffer");
  return crypto.createHash(algorithm).update(data).digest();
}

/** SHA-1 in hex: what Redis' scripts can compute too. It tells versions apart; nothing depends on its secrecy. */
export function sha1(value: string | Buffer): string {
  return digest("sha1", value).toString("hex");
}

export function sha256(value: string): Buffer {
  return digest("sha256", value);
}
