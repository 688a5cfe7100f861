import type { Topology } from "../types.js";
import type { Client, Where } from "./connect.js";

/** Who holds which keys, as of now. */
export interface SlotOwners {
  readonly masters: readonly Where[];
  /** The master of a slot; null where nobody serves it. */
  ownerOf(slot: number): Where | null;
  /** How many of the slots a master holds, from 0 to 1. */
  shareOf(master: Where): number;
}

/** A way to find out where the masters are, now and whenever something has changed. */
export interface MasterFinder {
  readonly topology: Topology;
  /**
   * @param live connections to masters, where there are any
   * @throws MigrateError when nobody tells
   */
  find(live: readonly Client[], limitMs: number): Promise<SlotOwners>;
}

/** The whole of the keys on one server. */
export function oneMaster(where: Where): SlotOwners {
  return { masters: [where], ownerOf: () => where, shareOf: () => 1 };
}
