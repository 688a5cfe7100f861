import type { DamageKind } from "./json/scanner-visitor.js";
import { tooLong } from "./rejected-text.js";

/** What is said of each kind of damage. */
export const damageReasons: Readonly<Record<DamageKind, string>> = {
  empty: "the file is empty",
  truncated: "the file ends in the middle of this: it was cut off",
  unexpected: "this is not JSON",
  bracket: "the brackets do not match",
  "line-break-in-string": "a string is broken by a line break: its closing quote is missing",
  "comma-missing": "a comma is missing here; what follows was read",
  "comma-extra": "a comma too many; what follows was read",
  "trailing-text": "text after the end of the JSON document",
  "second-document": "a second JSON document begins here; it was read as the first one was",
  "record-within":
    "another record stands within this one, as if its closing bracket were missing: that one was read by itself",
  "too-long": tooLong,
};
