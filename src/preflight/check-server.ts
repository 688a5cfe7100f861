import type { Mode } from "../types/mode-and-policy.js";
import type { Finding } from "../types/redis-findings.js";
import { memoryModelCheck } from "./check-memory.js";
import type { Check } from "./check-of-one-master.js";
import { permissionChecks, uncheckedCheck } from "./check-permissions.js";
import { stateChecks } from "./check-state.js";
import type { Facts, MasterFacts } from "./server-facts.js";

const checks: readonly Check[] = [...stateChecks, ...permissionChecks, memoryModelCheck, uncheckedCheck];

const bySeverity: readonly Finding["severity"][] = ["refuse", "warning", "note"];

/** What is wrong with servers for a run: each finding once, the worst, though several masters share it. */
export function checkServer({ masters, inUse }: Facts, mode: Mode): Finding[] {
  const findings = checks.flatMap((check) => {
    const found = masters.flatMap((master) => findingOf(check, master, mode) ?? []);
    const [worst] = found.sort((a, b) => bySeverity.indexOf(a.severity) - bySeverity.indexOf(b.severity));
    if (worst === undefined || found.length === 1) return found;
    return { ...worst, message: `${worst.message} (and ${found.length - 1} more)` };
  });
  const compares = mode === "migrate" || mode === "dry-run";
  return compares ? [...findings, ...prefixInUse(inUse)] : findings;
}

function findingOf(
  { code, severity, problem, hint }: Check,
  master: MasterFacts,
  mode: Mode,
): Finding | null {
  const words = problem(master, mode);
  if (words === null) return null;
  const message = `Redis at ${master.at} ${words}`;
  return { code, severity: typeof severity === "string" ? severity : severity(master), message, hint };
}

function prefixInUse(inUse: Facts["inUse"]): Finding[] {
  if (inUse === null || inUse.keys === 0) return [];
  const keys = `${inUse.all ? "" : "more than "}${inUse.keys} key${inUse.keys === 1 ? "" : "s"}`;
  return [
    {
      code: "prefix-in-use",
      severity: "note",
      message: `Redis holds ${keys} under this prefix already`,
      hint: "What is there already is compared: see --on-conflict.",
    },
  ];
}
