import { setOf } from "../../types/kind.js";
import { BRACE_CLOSE, COLON, isWhite, QUOTE } from "./characters.js";
import { closeLevel } from "./close-level.js";
import { finishValue } from "./finish-value.js";
import { parseName } from "./parse-json.js";
import { beginDamage, reportRepair } from "./report-damage.js";
import { advance, type Frame, isIndented, newFrame, type Scan } from "./scan-state.js";

/** No more of a name is read to recognise it. In bytes. */
const longestName = 1024;

/** Names, quotes and all, that stand in the outermost object: of our sets, and Redis keys. */
const inRoot = /^"(?:(?:conversations|keys)"|.*(?:conversations|keys):)/s;

/** A name begins, or an object ends behind a comma. */
export function beginName(scan: Scan, byte: number): void {
  const top = scan.top as Frame;
  if (byte === BRACE_CLOSE) {
    reportRepair(scan, "comma-extra");
    return closeLevel(scan, byte);
  }
  if (byte !== QUOTE) return beginDamage(scan, "unexpected", scan.text.at);
  learnIndent(scan, top);
  top.index += 1;
  scan.indentBefore = scan.lineBegun ? null : scan.indent;
  scan.text.keep = scan.text.at;
  scan.value.escaped = false;
  scan.state = "in-name";
  advance(scan);
}

/** The first child of a level shows how its children are indented. */
export function learnIndent(scan: Scan, frame: Frame): void {
  if (frame.index < 0 && !scan.lineBegun) frame.childIndent = scan.indent;
}

/** A name ends here: the level in hand gets it. */
export function finishName(scan: Scan): void {
  const { bytes, keep, at } = scan.text;
  const name = parseName(bytes.subarray(keep, at));
  if (name === null) return beginDamage(scan, "unexpected", scan.text.keep);
  settleLevels(scan, name);
  (scan.top as Frame).name = name;
  scan.state = "colon";
}

/**
 * A set that seems to stand within another object stands beside it, where its line or a damaged file tells so; rows that
 * seem to stand beside sets stand within one, where their line does.
 */
function settleLevels(scan: Scan, name: string): void {
  const [root, set, ...deeper] = scan.frames;
  if (root === undefined || scan.layouts === null) return;
  if (
    set === undefined &&
    name === "rows" &&
    isIndented(root) &&
    (scan.indentBefore ?? "").length > root.childIndent.length
  ) {
    // The line of the set, its name and its opening bracket, is missing.
    reportRepair(scan, "bracket");
    root.name = "";
    return pushUnopened(scan);
  }
  // Within the other of our sets it is read as it stands.
  if (set === undefined || isSet(root) || !isSet({ array: root.array, name })) return;
  const byLine = isIndented(root) && scan.indentBefore === root.childIndent;
  const bySet = scan.layouts.damaged && !set.array && (set.name === "rows" || set.name === "name");
  if (!byLine && (!bySet || deeper.length > 0)) return;
  reportRepair(scan, "bracket");
  scan.frames.length = 1;
  root.index += 1;
}

/** Stands in for an object whose opening bracket is missing, and whose first name is in hand. */
function pushUnopened(scan: Scan): void {
  const indent = scan.top?.childIndent ?? "";
  scan.frames.push(newFrame({ array: false, index: 0, indent, childIndent: scan.indentBefore }));
}

/** Whether a text in place of the file or of a set may be the first name in it: then its opening bracket is missing. */
export function mayBeName(scan: Scan): boolean {
  if (scan.layouts === null || scan.frames.length > 1) return false;
  return scan.top === undefined || isSet(scan.top);
}

/** A text among rows is one of the values there, unless a colon shows that it is a name, and a row's end came too early. */
export function finishString(scan: Scan): void {
  let next = scan.text.at;
  while (next < scan.text.bytes.length && isWhite(scan.text.bytes[next] as number)) next += 1;
  if (next === scan.text.bytes.length && !scan.text.ended) {
    scan.stalled = true;
    return;
  }
  const top = scan.top;
  const known =
    top !== undefined ||
    inRoot.test(
      scan.text.bytes.toString(
        "latin1",
        scan.text.keep,
        Math.min(scan.text.at, scan.text.keep + longestName),
      ),
    );
  if (scan.text.bytes[next] !== COLON || !known) return finishValue(scan, scan.text.at);
  if (!top?.array) {
    reportRepair(scan, "bracket");
    pushUnopened(scan);
    return finishName(scan);
  }
  top.index -= 1;
  // Its line is that of a row's member: the row's own, which is missing, was half as deep.
  if (top.index < 0 && isIndented(top))
    top.childIndent = top.childIndent.slice(0, (top.indent.length + top.childIndent.length) / 2);
  beginDamage(scan, "unexpected", scan.text.keep);
}

/** Whether the member in hand is one of our sets. */
function isSet({ array, name }: Pick<Frame, "array" | "name">): boolean {
  return !array && Object.values<string>(setOf).includes(name);
}
