import { createHash } from "node:crypto";

/** SHA-1 in hex: what Redis' scripts can compute too. It tells versions apart; nothing depends on its secrecy. */
export function sha1(value: string | Buffer): string {
  return createHash("sha1").update(value).digest("hex");
}
