import { sha1 } from "../record/digest.js";
import type { Secret } from "../secret.js";
import type { Entry } from "../types/entry.js";
import type { JournalHeader } from "../types/journal-header.js";
import type { Kind } from "../types/kind.js";
import { creationLines } from "./creation-lines.js";
import type { Line, Previous, Step } from "./format.js";
import { openJournalFile } from "./journal-file.js";

/** Announces what is about to be done. A step is on disk for good before the promise is fulfilled. */
export interface Journal {
  /** The file, once anything was announced; null until then. */
  readonly path: string | null;
  /** @returns the number of the first step, for `cancel`; those of the others follow */
  createAll(entries: readonly Entry[]): Promise<number>;
  replace(kind: Kind, redisKey: Secret, value: Buffer, previous: Previous): Promise<number>;
  /** Of a value whose SHA-1 is `digest`, the expiry alone is set. */
  expire(kind: Kind, redisKey: Secret, digest: string, previous: Previous): Promise<number>;
  /** Says that an announced step was not done. */
  cancel(step: number): Promise<void>;
  /** From now on, steps may be of keys that this run wrote before, and are marked `again`. */
  markAgain(): void;
  /** Whether the file is still at its path: whoever deletes or replaces it takes the undo away. */
  isThere(): Promise<boolean>;
  close(): Promise<void>;
}

/** For runs that keep none. */
export const noJournal: Journal = {
  path: null,
  createAll: async () => 0,
  replace: async () => 0,
  expire: async () => 0,
  cancel: async () => {},
  markAgain: () => {},
  isThere: async () => false,
  close: async () => {},
};

type Replaced = Exclude<Step, { op: "create" }>;

/**
 * A journal at `path`, made with its first step: a run that changes nothing leaves none. It is readable by its owner
 * alone, for it holds keys and previous values. A file that exists is never written to.
 * @throws MigrateError `journal-exists`, `journal-unwritable`, from each method
 */
export function openJournal(path: string, header: JournalHeader): Journal {
  const file = openJournalFile(path, JSON.stringify(header));
  let steps = 0;
  let again: Pick<Step, "again"> = {};
  const append = (line: Line) => file.append(Buffer.from(`${JSON.stringify(line)}\n`));
  const announce = async (step: Omit<Replaced, "n">): Promise<number> => {
    const { op, ...rest } = step;
    const n = steps;
    steps += 1;
    await append({ op, n, ...again, ...rest });
    return n;
  };
  return {
    get path() {
      return file.exists ? path : null;
    },
    createAll: async (entries) => {
      const first = steps;
      steps += entries.length;
      await file.append(creationLines(entries, first, again.again === true));
      return first;
    },
    replace: (kind, redisKey, value, previous) =>
      announce({ op: "replace", kind, key: redisKey.reveal(), digest: sha1(value), previous }),
    expire: (kind, redisKey, digest, previous) =>
      announce({ op: "expire", kind, key: redisKey.reveal(), digest, previous }),
    cancel: (n) => append({ op: "void", void: n }),
    markAgain: () => {
      again = { again: true };
    },
    isThere: file.isThere,
    close: file.close,
  };
}
