import { createHash } from "node:crypto";
import { ErrorReply } from "@redis/client";
import type { Connections } from "./connections.js";
import { allOf, type Failed, orFailed } from "./failed-one-of-many.js";
import { type Arguments, type Sender, Unanswered } from "./send-command.js";

/** A script that runs on the server, on one key, so that it runs on a cluster too. */
export interface Script {
  readonly lua: string;
  /** By which EVALSHA calls it. */
  readonly sha1: string;
}

export function scriptOf(lua: string): Script {
  return { lua, sha1: createHash("sha1").update(lua).digest("hex") };
}

/** A call of a script for one key. */
export interface ScriptCall {
  readonly key: string;
  /** What the script knows as ARGV. */
  readonly parameters: Arguments;
  /** Bytes of the value among them. */
  readonly size: number;
}

/** EVALSHA, and EVAL where this node does not know the script yet. */
export async function callScript(sender: Sender, script: Script, call: ScriptCall): Promise<unknown> {
  try {
    return await sender.send(evalSha(script, call));
  } catch (error) {
    if (!(error instanceof ErrorReply && error.message.startsWith("NOSCRIPT"))) throw error;
    return sender.send(evalText(script, call));
  }
}

/**
 * Calls a script for many keys in one go. The first call to each master holds the script's text, so that the server
 * knows it for the others.
 * @param read what a reply says
 * @param alone what is done for each that was not answered among the others
 */
export async function callScriptForAll<T>(
  connections: Connections,
  script: Script,
  calls: readonly ScriptCall[],
  read: (reply: unknown) => T,
  alone: (at: number, unanswered: Unanswered) => Promise<T>,
): Promise<readonly (T | Failed)[]> {
  const known = new Set<string>();
  const commands = calls.map((call) => {
    const master = connections.masters.nameOfOwner(call.key);
    const parameters = known.has(master) ? evalSha(script, call) : evalText(script, call);
    known.add(master);
    return { key: call.key, parameters, size: call.size };
  });
  const replies = await connections.sendAll(commands);
  return allOf<T | Failed>(
    replies.map((reply, at) =>
      reply instanceof Unanswered ? orFailed(() => alone(at, reply)) : read(reply),
    ),
  );
}

function evalSha({ sha1 }: Script, { key, parameters }: ScriptCall): Arguments {
  return ["EVALSHA", sha1, "1", key, ...parameters];
}

function evalText({ lua }: Script, { key, parameters }: ScriptCall): Arguments {
  return ["EVAL", lua, "1", key, ...parameters];
}
