import { resolve } from "node:path";
import { shownPath } from "../errors/explanation.js";
import type { Flags } from "./flag-schema.js";

/** What is wrong with reports, and rejects, that are another file of the run too: one would spoil the other. */
export function reportProblems(flags: Flags, sources: readonly string[]): string[] {
  const { report, rejects, journal, archive, undo, export: exportTo, output, plan, apply } = flags;
  const others = [
    ...sources.map((path) => ["a source", path === "-" ? null : path] as const),
    ["the file of --rejects", rejects],
    ["the file of --journal", journal || null],
    ["the file of --archive", archive],
    ["the journal of --undo", undo],
    ["the file of --export", exportTo],
    ["the file of --output", output === "-" ? null : output],
    ["the file of --plan", plan],
    ["the plan of --apply", apply],
  ] as const;
  const made = { "--export": exportTo, "--output": output };
  const shared = Object.entries(made).flatMap(([flag, path]) => {
    const twice = rejects !== undefined && path !== undefined && resolve(rejects) === resolve(path);
    return twice ? [`--rejects: its file is the file of ${flag} too: each needs a file of its own`] : [];
  });
  return shared.concat(
    report.flatMap(({ path }, at) => {
      const before = report.slice(0, at).map((one) => ["another --report", one.path] as const);
      const same = [...before, ...others].find(([, other]) => other && resolve(other) === resolve(path));
      const shown = shownPath(path, "its file");
      return same ? [`--report: ${shown} is ${same[0]} too: each needs a file of its own`] : [];
    }),
  );
}
