import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { shownPath } from "../errors/explanation.js";
import type { Display, Options } from "../options.js";
import { renderJson } from "../report/json.js";
import { undoCommand } from "../report/undo-command.js";
import { interruptedSentence } from "../report/verdict/unfinished.js";
import type { RunResult } from "../types/run-result.js";
import { noteText } from "./message-text.js";
import type { Output } from "./show-result.js";

/**
 * Shows how far a run came that a second signal ends: what it did, and how that is taken back, on stderr, and with `--json` the
 * result as it stands. Redis is not waited for.
 * @param then called once all is handed over
 */
export function showAtOnce(
  result: RunResult,
  options: Options & { readonly display: Display },
  { stdout, stderr }: Output,
  then: () => void,
): void {
  const showJson = () => (options.display.json ? stdout.write(renderJson(result), then) : then());
  stderr.write(linesAtOnce(result, options, stderr), showJson);
}

function linesAtOnce(result: RunResult, options: Options, stderr: Output["stderr"]): string {
  const { journal, address } = options;
  const { mode, dryRun } = result;
  const mayWrite = !dryRun && (mode === "migrate" || mode === "undo");
  const isUntouched = mode === "migrate" && journal !== null && result.journal === null;
  const underWay = isUntouched
    ? "Redis holds nothing of this run yet."
    : "What was under way may be done in Redis too, and is not counted.";
  const prose = [interruptedSentence(result), ...(mayWrite ? [underWay] : [])];
  const { command, needs } = undoCommand(result, address);
  const undo = mode !== "migrate" || result.journal === null ? [] : [`To take this back: ${command}`];
  const beside = undo.length === 0 || needs === null ? [] : [`  (${needs})`];
  const left = unfinishedFilesOf(options).map((path) => `Left unfinished: ${shownPath(path, "a file")}`);
  return [
    ...prose.map((text) => noteText(text, stderr)),
    ...[...undo, ...beside, ...left].map((text) => `${text}\n`),
  ].join("");
}

/** What lies beside the files that a run makes under their temporary names: see `openNewFile`. */
function unfinishedFilesOf({ export: exportTo, output, archive, plan }: Options): string[] {
  return [exportTo, output, archive, plan].flatMap((path) => {
    if (path === null || path === "-") return [];
    const [folder, name] = [dirname(path), basename(path)];
    try {
      const partial = readdirSync(folder).filter(
        (one) => one.startsWith(`${name}.`) && one.endsWith(".partial"),
      );
      return partial.map((one) => join(folder, one));
    } catch {
      // Of a folder that is gone, nothing is left.
      return [];
    }
  });
}
