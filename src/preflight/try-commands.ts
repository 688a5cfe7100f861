import { randomUUID } from "node:crypto";
import { redisKeyOf } from "../record/redis-key.js";
import { nameOfServer, type Server } from "../redis/address.js";
import { ErrorReply } from "../redis/classify-error.js";
import { compareAndSetScript } from "../redis/compare-and-set-script.js";
import type { Connections } from "../redis/connections.js";
import type { Needs } from "./commands-needed.js";
import type { TriedCommand } from "./server-facts.js";

/** Tries each command that has a trial on a key of each kind that does not exist, which changes nothing. */
export async function tryCommands(
  connections: Connections,
  master: Server,
  needs: Needs,
): Promise<TriedCommand[]> {
  const tried = needs.kinds.flatMap((kind) => {
    const key = keyOn(connections, master, () =>
      redisKeyOf(needs.prefix, kind, `preflight-${randomUUID()}`).reveal(),
    );
    return needs.commands.flatMap(({ command, without, trial }) => {
      if (trial === null) return [];
      const parameters = [command, ...trial(key, compareAndSetScript.sha1)];
      return refusalOf(connections, master, parameters).then((refused) => ({ command, without, refused }));
    });
  });
  return Promise.all(tried);
}

/** A key that the master holds, or would; a master with very few slots gets any key, whose redirection is no refusal. */
function keyOn({ masters }: Connections, master: Server, make: () => string): string {
  const name = nameOfServer(master);
  let key = make();
  for (let tries = 1; tries < 10_000 && masters.nameOfOwner(key) !== name; tries += 1) key = make();
  return key;
}

const refusals: readonly (readonly [RegExp, NonNullable<TriedCommand["refused"]>])[] = [
  [/^ERR unknown command/i, "unknown"],
  [/^NOPERM.*permissions? to run the/, "command"],
  [/^NOPERM/, "key"],
  [/^ERR syntax error/i, "syntax"],
  [/^READONLY/, "readonly"],
  [/MISCONF/, "misconf"],
  [/\bOOM\b/, "oom"],
  [/^NOREPLICAS/, "replicas"],
];

async function refusalOf(
  connections: Connections,
  master: Server,
  parameters: readonly string[],
): Promise<TriedCommand["refused"]> {
  return connections.runOn(master, async (sender) => {
    try {
      await sender.send(parameters);
      return null;
    } catch (error) {
      if (!(error instanceof ErrorReply)) throw error;
      const { message } = error;
      return refusals.find(([pattern]) => pattern.test(message))?.[1] ?? null;
    }
  });
}
