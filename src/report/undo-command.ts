import type { Address } from "../options.js";
import type { RunResult } from "../types/run-result.js";
import { shellWord } from "./printable.js";

/** The command that takes a run back, to be pasted into a shell, and what it needs beside; null for nothing. */
export interface UndoCommand {
  readonly command: string;
  readonly needs: string | null;
}

/** The journal says where Redis is; the files of TLS and the credentials are not in it. */
export function undoCommand({ tool, journal }: RunResult, address: Address): UndoCommand {
  const { tls, username, password } = address;
  const files = [
    ["--tls-ca", tls?.ca],
    ["--tls-cert", tls?.cert],
    ["--tls-key", tls?.key],
  ].flatMap(([flag, file]) => (flag && file ? [flag, shellWord(file)] : []));
  const flags = [...files, ...(tls?.insecure ? ["--tls-insecure"] : [])];
  const command = [tool.name, "--undo", shellWord(journal ?? ""), ...flags].join(" ");
  const login = [...(username === null ? [] : ["user"]), ...(password === null ? [] : ["password"])];
  const needs = login.length === 0 ? null : `with Redis' ${login.join(" and ")} given as for this run`;
  return { command, needs };
}
