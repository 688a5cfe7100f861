import type { Failure } from "../pipeline/batches-in-flight.js";

/** Remembers what is opened, and closes it at the end. */
export type CloseAtEnd = <T extends { close(): unknown }>(opened: T) => T;

/** What a run opens one after the other is closed in the opposite order. */
export function closeInOppositeOrder(): {
  readonly closeAtEnd: CloseAtEnd;
  /** Closes all, whatever fails. @returns what failed first */
  readonly closeAll: () => Promise<Failure | null>;
} {
  const closers: (() => unknown)[] = [];
  return {
    closeAtEnd: (opened) => {
      closers.unshift(() => opened.close());
      return opened;
    },
    closeAll: async () => {
      let failure: Failure | null = null;
      for (const close of closers) {
        try {
          await close();
        } catch (error) {
          failure ??= { error };
        }
      }
      return failure;
    },
  };
}
