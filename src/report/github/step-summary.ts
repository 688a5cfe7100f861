import { count } from "../units.js";

/** GitHub takes 1 MiB a step, and of more nothing at all; some is left for what others write behind it. In bytes. */
const largestSummary = 1024 * 1024 - 4096;

/** At least as long as `cutNote`, in bytes. */
const noteSize = 200;

/**
 * As much of a summary as GitHub takes, in whole pieces; where something is cut, its end says so.
 * @param pieces Markdown, none of them to be cut in its middle
 * @param before how many bytes others have written in this step
 * @returns null where there is no room
 */
export function boundedSummary(pieces: Iterable<string>, before: number): string | null {
  const room = largestSummary - before - noteSize;
  if (room < 0) return null;
  const kept: string[] = [];
  let size = 0;
  let linesCut = 0;
  for (const piece of pieces) {
    const bytes = Buffer.byteLength(piece);
    if (linesCut === 0 && size + bytes <= room) {
      kept.push(piece);
      size += bytes;
    } else linesCut += piece.split("\n").length - 1;
  }
  return linesCut === 0 ? kept.join("") : `${kept.join("")}${cutNote(linesCut)}`;
}

function cutNote(lines: number): string {
  return `\n> Cut here, since GitHub takes 1 MiB a step: ${count(lines)} more lines. With \`--report summary.md\` a file gets them all.\n`;
}
