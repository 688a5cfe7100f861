import type { RunResult } from "../../types/run-result.js";
import { differenceDetails } from "../difference-list.js";
import { rowText } from "../place-text.js";
import { shortName } from "../printable.js";
import { rejectionText } from "../rejection-list.js";
import { titleOf } from "../run-title.js";
import { count } from "../units.js";
import { verdictOf } from "../verdict.js";
import { escapeXml } from "./escape-xml.js";
import { type Finding, findingName, type OutcomesBySource } from "./outcomes-by-source.js";

/** A failure is what is not as it should be; an error is what could not be done. */
interface Case {
  readonly name: string;
  readonly ending: "passed" | "failure" | "error";
  readonly lines: readonly string[];
}

/** What is no reason to look: everything else is a failure, or an error. */
const well: ReadonlySet<Finding["what"]> = new Set([
  ...(["created", "updated", "unchanged", "kept", "archived", "duplicate"] as const),
  ...(["matched", "extra", "deleted", "restored", "exported", "written"] as const),
]);

const errors: ReadonlySet<Finding["what"]> = new Set(["invalid", "unreadable", "failed"]);

/**
 * JUnit's XML as GitLab and Jenkins read it: a suite a source, in it a case for what is well and one for each kind of
 * finding, and a suite for the run itself, whose case passes where the program exits with 0. GitLab shows a failure's
 * content, never its message, and leaves out a case whose class and name another one has; Jenkins takes what stands
 * before the last dot of a class for its package, so that the source is in the name.
 */
export function* junitXml(result: RunResult, outcomes: OutcomesBySource): Generator<string> {
  const listed = linesByFinding(result);
  const suites = [...outcomes.counts].map(([source, findings]): readonly [string, readonly Case[]] => {
    const name = source ?? "Redis";
    return [name, casesOf(name, [...findings.values()], (finding) => listed.get(groupOf(source, finding)))];
  });
  const all = [...suites, ["run", [caseOfRun(result)]] as const];
  const className = `${result.tool.name}.${result.mode}`;
  const title = escapeXml(`${result.tool.name}: ${titleOf(result)}`);
  const seconds = (result.durationMs / 1000).toFixed(3);
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites name="${title}" ${sumsOf(all.flatMap(([, cases]) => cases))} time="${seconds}">\n`;
  for (const [name, cases] of all) {
    yield `  <testsuite name="${escapeXml(name)}" ${sumsOf(cases)}>\n`;
    for (const one of cases) yield* caseXml(className, one);
    yield "  </testsuite>\n";
  }
  yield "</testsuites>\n";
}

function casesOf(
  name: string,
  findings: readonly Finding[],
  listedOf: (finding: Finding) => readonly string[] | undefined,
): Case[] {
  // What counts as something else by now, after Redis lost data, may leave a 0.
  const found = findings.filter((finding) => finding.count > 0);
  const fine = found.filter(({ what }) => well.has(what));
  const cases = found
    .filter(({ what }) => !well.has(what))
    .map((finding): Case => {
      const { what, kind } = finding;
      const listed = listedOf(finding) ?? [];
      const more = finding.count - listed.length;
      const rest = more > 0 ? [`${count(more)} more (--details 0 lists all)`] : [];
      const ending = errors.has(what) ? "error" : "failure";
      return { name: `${name}: ${findingName(kind, what)}`, ending, lines: [...listed, ...rest] };
    });
  if (fine.length === 0) return cases;
  const lines = fine.map(({ kind, what, count: some }) => `${findingName(kind, what)}: ${count(some)}`);
  return [{ name: `${name}: what is well`, ending: "passed", lines }, ...cases];
}

function caseOfRun(result: RunResult): Case {
  const { error, exitCode, warnings } = result;
  const lines = [
    ...(error === null ? [] : [...error.message.split("\n"), error.hint]),
    verdictOf(result).sentence,
    ...warnings.map(({ message }) => `warning: ${message}`),
  ];
  const ending = error === null ? "failure" : "error";
  return { name: "exit code", ending: exitCode === 0 ? "passed" : ending, lines };
}

/** The lines about what is listed in the result, by where it stands and what it is. */
function linesByFinding({ differences, rejections }: RunResult): ReadonlyMap<string, readonly string[]> {
  const lines = new Map<string, string[]>();
  const add = (group: string, line: string) => {
    const some = lines.get(group);
    if (some === undefined) lines.set(group, [line]);
    else some.push(line);
  };
  for (const one of differences) {
    const { kind, name, difference, place } = one;
    const where = place === undefined ? "" : ` (${rowText(kind, place)}, line ${place.line})`;
    const what = difference === "duplicate" ? "leftOut" : difference;
    const details = differenceDetails(one);
    const line = `${kind} ${shortName(name)}${where}${details === "" ? "" : `: ${details}`}`;
    add(groupOf(place?.source ?? null, { kind, what }), line);
  }
  for (const one of rejections) {
    const what = one.kind === null ? "unreadable" : "invalid";
    add(groupOf(one.place.source, { kind: one.kind, what }), rejectionText(one));
  }
  return lines;
}

function groupOf(source: string | null, { kind, what }: Pick<Finding, "kind" | "what">): string {
  return `${findingName(kind, what)} in ${source}`;
}

function sumsOf(cases: readonly Case[]): string {
  const ended = (how: Case["ending"]) => cases.filter(({ ending }) => ending === how).length;
  return `tests="${cases.length}" failures="${ended("failure")}" errors="${ended("error")}"`;
}

function* caseXml(className: string, { name, ending, lines }: Case): Generator<string> {
  yield `    <testcase classname="${escapeXml(className)}" name="${escapeXml(name)}">\n`;
  const first = escapeXml(lines[0] ?? "");
  const [tag, attributes] = ending === "passed" ? ["system-out", ""] : [ending, ` message="${first}"`];
  yield `      <${tag}${attributes}>`;
  for (const line of lines) yield `${escapeXml(line)}\n`;
  yield `</${tag}>\n    </testcase>\n`;
}
