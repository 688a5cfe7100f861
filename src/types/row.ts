import type { Kind } from "./kind.js";
import type { Place } from "./rejection.js";

export type { Place, Rejection } from "./rejection.js";

/** One record's raw text, cut out of a source and not yet parsed. */
export interface Row {
  /** Null where only its fields show it. */
  readonly kind: Kind | null;
  /** Its name, in an object of records by id. */
  readonly id: string | null;
  readonly place: Place;
  readonly bytes: Buffer;
  /** Whether other programs' data may stand there too: then only a record that shows a sign of this library is one. */
  readonly mustShowSign?: boolean;
}
