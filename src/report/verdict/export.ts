import type { RunResult } from "../../types/run-result.js";
import { outputText } from "../output-text.js";
import { printable } from "../printable.js";
import { plural } from "../units.js";
import { shortcomingsOf, whereAllIsListed } from "./shortcomings.js";
import { total } from "./sum-of-counts.js";
import { noRecordWasFound, reservations, whatWasAskedFor } from "./what-was-asked-for.js";

/** What an export that came to its end may claim. */
export function exportSentence(result: RunResult): string {
  const { only, warnings } = result;
  const shortcomings = shortcomingsOf(result);
  const exported = total(result, "exported");
  const where = exportPlace(result);
  const gone = warnings.some(({ code }) => code === "gone-meanwhile");
  const but = gone ? ", but for keys that were gone before they were read (see the warnings)" : "";
  if (shortcomings !== "") {
    const inFile = `${plural(exported, "record")} ${exported === 1 ? "is" : "are"} in ${where}`;
    return `Not all that was found in Redis was exported: ${shortcomings}${but}${whereAllIsListed(result)}; ${inFile}`;
  }
  if (exported === 0) return `Nothing was exported: ${noRecordWasFound(result)}${but}; ${where} holds none`;
  const all =
    only === null
      ? "All that was found in Redis is"
      : `${capital(whatWasAskedFor(result))} found in Redis are`;
  return `${all} in ${where}: ${plural(exported, "record")}${reservations(result)}${but}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Where an export went, as sentences name it. */
export function exportPlace({ export: written }: Pick<RunResult, "export">): string {
  return written === null ? "" : printable(outputText(written));
}

const onLeftOut =
  "What is no record is in Redis alone, and leaves it when it expires: look at it with redis-cli";
const onRejects = "; --rejects keeps what it holds, as far as this user may read it";
const onExpiries =
  "The file has no expiries, as the library's own has none: migrated back, each conversation gets --ttl anew.";
const onWayBack =
  "To go back: stop the app, rename its db.json, and a db.tmp.json beside it, put this file (unpacked, where it is gzip) in its place, and start it without useRedis. What has left Redis since, expired or archived, is in the old files alone: keep them.";

/** What to know of the file, and to do about what is not in it. */
export function exportHints(result: RunResult): string[] {
  if (result.mode !== "export") return [];
  return [
    ...(total(result, "invalid", "wrongType") > 0
      ? [`${onLeftOut}${result.rejects === null ? onRejects : ""}.`]
      : []),
    ...(total(result, "exported") > 0 ? [onExpiries] : []),
    ...(mayGoBack(result) ? [onWayBack] : []),
  ];
}

/** A file without the other kind would take that from the app; one that it cannot load, all. */
function mayGoBack(result: RunResult): boolean {
  const isTooLong = result.warnings.some(({ code }) => code === "too-long-for-library");
  return total(result, "exported") > 0 && result.only === null && !isTooLong;
}
