import type { Kind, Rejection, Row, Source } from "../model.js";
import { disposition, kindAt } from "./layout.js";
import { readChunks } from "./read.js";
import type { Damage, DamageKind, Level } from "./scan.js";
import { Scanner } from "./scan.js";

/** What one chunk of a source held, in its order. */
export interface Batch {
  readonly items: readonly (Row | Rejection)[];
  /** Bytes of the source read for this batch. */
  readonly bytesRead: number;
}

const reasons: Record<DamageKind, string> = {
  empty: "the file is empty",
  truncated: "the file ends in the middle of this: it was cut off",
  unexpected: "this is not JSON",
  bracket: "the brackets do not match",
  "line-break-in-string": "a string is broken by a line break: its closing quote is missing",
  "comma-missing": "a comma is missing here; what follows was read",
  "comma-extra": "a comma too many; what follows was read",
  "trailing-text": "text after the end of the JSON document",
  "second-document": "a second JSON document begins here; it was read too",
  "too-long": "longer than 512 MiB, the most that Redis holds in one value",
};

/** Cuts a source into the raw text of its records, chunk by chunk, and says where it cannot. */
export async function* split(source: Source): AsyncGenerator<Batch> {
  let items: (Row | Rejection)[] = [];
  const scanner = new Scanner({
    value: disposition,
    taken: (path, { bytes, offset, line }) => {
      const kind = kindAt(path);
      if (kind === null) return;
      const index = path.at(-1)?.index ?? null;
      items.push({ kind, place: { source: source.path, index, offset, line }, bytes });
    },
    damaged: (path, damage) => {
      if (!damage.continued) items.push(rejectionOf(source.path, path, damage));
    },
  });
  for await (const chunk of readChunks(source)) {
    scanner.write(chunk);
    yield { items, bytesRead: chunk.length };
    items = [];
  }
  scanner.end();
  yield { items, bytesRead: 0 };
}

function rejectionOf(source: string, path: readonly Level[], damage: Damage): Rejection {
  // Only what cost the text of a record counts as one of its set.
  const kind: Kind | null = damage.bytes.length > 0 && path.length > 2 ? kindAt(path) : null;
  const index = kind === null ? null : Math.max(0, path.at(-1)?.index ?? 0);
  const place = { source, index, offset: damage.offset, line: damage.line };
  return { kind, place, reason: reasons[damage.kind] };
}
