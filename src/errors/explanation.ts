import { mayHoldSecret } from "../secret.js";

/** What a person needs of one kind of failure: what is wrong and where, then what to do. */
export interface Explanation {
  readonly message: string;
  readonly hint: string;
}

/** A name as it may be shown: what was meant as an address or a key may hold a secret. */
export function shownPath(path: string, otherwise: string): string {
  return mayHoldSecret(path) ? otherwise : path;
}
