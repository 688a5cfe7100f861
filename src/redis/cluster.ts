import { setTimeout as sleep } from "node:timers/promises";
import { Interruption, migrateError } from "../errors.js";
import type { Address } from "../options.js";
import { at, endpointsOf, nameOfEndpoint } from "./address.js";
import { moreTelling } from "./classify-error.js";
import { askForSlots, type SlotRange, type SlotsAnswer, slotOwnersOf } from "./cluster-slots.js";
import { connect } from "./connect.js";
import type { Login } from "./login.js";
import type { MasterFinder } from "./master-finder.js";

/** A node that is alive says what it knows at once. In ms. */
const shortAnswerMs = 1_000;

/** Asks the nodes of a cluster who holds which slots, and learns of further nodes by that. */
export function clusterMasters(address: Address, login: Login): MasterFinder {
  const known = new Map(endpointsOf(address).map((one) => [nameOfEndpoint(one), one]));
  const note = (ranges: readonly SlotRange[]) => {
    for (const { nodes } of ranges) for (const node of nodes) known.set(nameOfEndpoint(node), node);
    return slotOwnersOf(ranges);
  };
  return {
    topology: "cluster",
    async find(connected, limitMs) {
      const answers = await Promise.all(
        connected.map((client) =>
          Promise.race([
            askForSlots(client, login).catch(() => null),
            sleep(shortAnswerMs, null, { ref: false }),
          ]),
        ),
      );
      const best = newest(answers);
      if (best !== null) return note(best);
      let failure: unknown = null;
      for (const endpoint of [...known.values()]) {
        try {
          const client = await connect(endpoint, login, Math.max(1, limitMs / known.size));
          try {
            const answer = await askForSlots(client, login, endpoint);
            if (answer !== null) return note(answer.ranges);
            failure = migrateError("redis-cluster-down", { at: nameOfEndpoint(endpoint) });
          } finally {
            client.destroy();
          }
        } catch (error) {
          if (error instanceof Interruption) throw error;
          failure = moreTelling(failure, error);
        }
      }
      throw failure ?? migrateError("redis-cluster-down", { at: at(address) });
    },
  };
}

/** Of nodes that see different things, the one that has heard of the latest change. */
function newest(answers: readonly (SlotsAnswer | null)[]): readonly SlotRange[] | null {
  const known = answers.filter((answer) => answer !== null);
  return known.toSorted((a, b) => b.epoch - a.epoch)[0]?.ranges ?? null;
}
