import type { Topology } from "../types/redis-findings.js";
import type { Server } from "./address.js";
import type { Client } from "./connect.js";

/** Who holds which keys, as of now. */
export interface SlotOwners {
  readonly masters: readonly Server[];
  /** The master of a slot; null where nobody serves it. */
  ownerOf(slot: number): Server | null;
  /** How many of the slots a master holds, from 0 to 1. */
  shareOf(master: Server): number;
}

/** Finds out where the masters are, now and whenever something has changed. */
export interface MasterFinder {
  readonly topology: Topology;
  /**
   * @param connected connections to masters, where there are any
   * @throws MigrateError when nobody says
   */
  find(connected: readonly Client[], limitMs: number): Promise<SlotOwners>;
}

/** The whole of the keys on one server. */
export function oneMaster(server: Server): SlotOwners {
  return { masters: [server], ownerOf: () => server, shareOf: () => 1 };
}
