/**
 * A JSON scanner for files larger than memory. It is fed chunks of UTF-8, walks the outer structure strictly,
 * and hands over the raw bytes of the values it is asked to take; inside those it only matches brackets and
 * strings, as fast as that can be done. Damage is reported, and skipped up to where the structure is clear again.
 */

import { finishValue } from "./finish-value.js";
import { finishString, mayBeName } from "./member-names.js";
import { abandon, beginDamage, damageValue, endDamage, reportAbandoned } from "./report-damage.js";
import { resumeAtLine } from "./resume-at-line.js";
import { resumeAtRecord } from "./resume-at-record.js";
import { isWithin, Scan } from "./scan-state.js";
import type { Visitor } from "./scanner-visitor.js";
import { skipByGrammar } from "./skip-by-grammar.js";
import { skipString } from "./skip-string.js";
import { skipContainer, skipScalar } from "./skip-value.js";
import { walkStructure } from "./walk-structure.js";
import type { Layouts, TidyRow } from "./where-rows-stand.js";

/** Redis holds no value longer than this (`proto-max-bulk-len`), so no longer row is worth its memory. In bytes. */
export const longestRow = 512 * 1024 * 1024;

/** A row with a line that is indented wrongly is read on as far as this, since it may be whole all the same. In bytes. */
const longestSuspect = 16 * 1024 * 1024;

export class Scanner {
  readonly #scan: Scan;
  readonly #longest: number;

  /**
   * @param tidyRow where rows stand in files that a known program wrote: their indentation, and the names of the
   *   levels around them. Behind damage, a line that is indented so is taken for a row.
   * @param layouts where rows stand, to find the next one behind damage where no indentation tells; null to search for none
   * @param longest how long a value may be that is taken, in bytes
   */
  constructor(
    visitor: Visitor,
    tidyRow: TidyRow | null = null,
    layouts: Layouts | null = null,
    longest: number = longestRow,
  ) {
    this.#longest = longest;
    this.#scan = new Scan(visitor, tidyRow, layouts);
  }

  /** Where the scanner is: bytes from the start of the text, and line. */
  get position(): { readonly offset: number; readonly line: number } {
    return { offset: this.#scan.text.offset, line: this.#scan.line };
  }

  /**
   * Scans the next chunk, which must not be written to before the one after it is scanned.
   * @param headroom how many bytes of the chunk's memory before it are free, for what is kept of earlier chunks; if any
   *   are, nobody reads any more what was taken before
   */
  write(chunk: Buffer, headroom = 0): void {
    const scan = this.#scan;
    const { text, value } = scan;
    text.append(chunk, headroom);
    run(scan);
    while (value.suspectLine >= 0 && text.base + text.bytes.length - value.suspectLine > longestSuspect) {
      damageValue(scan, "bracket");
      run(scan);
    }
    if (value.abandoned) reportAbandoned(scan, text.at);
    else if (!retains(scan)) text.keep = needed(scan);
    if (text.bytes.length - text.keep <= this.#longest) return;
    if (scan.state !== "damaged") abandon(scan);
    else scan.resync?.giveUp();
  }

  /** Says that the text has ended; whatever is open then is damage. */
  end(): void {
    const scan = this.#scan;
    scan.text.ended = true;
    if (scan.resync !== null) scan.text.at = scan.text.keep;
    run(scan);
    if (scan.state === "scalar" && scan.frames.length === 0) finishValue(scan, scan.text.at);
    if (scan.state === "string-end") finishValue(scan, scan.text.at);
    while (scan.state !== "done") {
      // How many ends are missing is unknown where the levels themselves are.
      if (scan.frames[0]?.adopted && !retains(scan) && scan.state !== "damaged") return;
      if (scan.value.suspectLine >= 0) damageValue(scan, "bracket");
      else if (scan.state !== "damaged") endInMiddle(scan);
      // Behind the first byte of a row that took in others, for want of its own end, these are found again.
      run(scan);
      if (scan.state === "damaged") endDamage(scan, scan.text.bytes.length);
    }
  }
}

function run(scan: Scan): void {
  scan.stalled = false;
  while (scan.text.at < scan.text.bytes.length && !scan.stalled) step(scan);
}

function step(scan: Scan): void {
  switch (scan.state) {
    case "inside":
      return scan.value.walk === null ? skipContainer(scan) : skipByGrammar(scan, scan.value.walk);
    case "string-end":
      return finishString(scan);
    case "inside-string":
    case "string":
    case "in-name":
      skipString(scan);
      return;
    case "scalar":
      return skipScalar(scan);
    case "damaged":
      return scan.resync === null ? resumeAtLine(scan) : resumeAtRecord(scan, scan.resync);
    default:
      return walkStructure(scan);
  }
}

/** The text has ended in the midst of something. */
function endInMiddle(scan: Scan): void {
  const kind = scan.sawText ? "truncated" : "empty";
  if (retains(scan) && scan.state !== "in-name") return damageValue(scan, kind);
  beginDamage(scan, kind, retains(scan) ? scan.text.keep : scan.text.at);
}

/** Whether bytes from `text.keep` on are still needed. */
function retains(scan: Scan): boolean {
  const state = scan.state;
  if (state === "in-name" || state === "damaged") return true;
  return (scan.value.disposition === "take" || mayBeName(scan)) && isWithin(state);
}

/** The first byte that is needed of a value that is skipped: where its last string began. */
function needed(scan: Scan): number {
  const { text, value, state } = scan;
  if (value.walk === null || state !== "inside") return text.at;
  const string = value.walk.string - text.base;
  return string < text.keep ? text.at : string;
}
