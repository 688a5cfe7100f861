import type { UncheckedFlags } from "./flag-schema.js";
import { nameOfSaveProblems } from "./name-of-save.js";

/** What is wrong with flags that say when conversations are past their time, and where those go. */
export function archiveProblems({ ttl, ttlFrom, archive }: UncheckedFlags): string[] {
  const problems: string[] = [];
  const fromLastActive = ttlFrom === "last-active";
  if (fromLastActive && ttl === "none")
    problems.push("--ttl-from last-active: with --ttl none, no conversation is ever past its time");
  if (fromLastActive && archive === undefined)
    problems.push("--ttl-from last-active: --archive says where conversations past their time go");
  if (archive === undefined || typeof archive !== "string") return problems;
  if (ttlFrom === undefined || ttlFrom === "now")
    problems.push("--archive: only with --ttl-from last-active is a conversation past its time");
  if (archive === "-")
    problems.push("--archive: expected a file, which a rerun and a verification read again");
  problems.push(...nameOfSaveProblems("--archive", archive));
  return problems;
}
