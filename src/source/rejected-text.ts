import type { Rejection } from "../types/row.js";
import { longestRow } from "./json/scanner.js";

/** A row, or a part of a file, that could not be read, with its raw bytes; none where nothing is lost. */
export interface RejectedText {
  readonly rejection: Rejection;
  readonly bytes: Buffer;
  /** Whether it continues the one before: long text comes in parts, and counts once. */
  readonly continued: boolean;
}

/** What is to be reported at a place without having lost any text. */
export function rejectedWithoutText(rejection: Rejection): RejectedText {
  return { rejection, bytes: Buffer.alloc(0), continued: false };
}

export const tooLong = `longer than ${longestRow / 1024 ** 2} MiB, the most that Redis holds in one value`;
