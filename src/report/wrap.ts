import { stripVTControlCharacters } from "node:util";

/** How wide a stream's terminal is; null where it is none, or does not say. */
export function columnsOf({
  isTTY,
  columns,
}: {
  readonly isTTY?: boolean;
  readonly columns?: number;
}): number | null {
  return isTTY && columns ? columns : null;
}

/**
 * Breaks lines at blanks, so that none is wider than a terminal; a word that is wider stays whole. What goes on below
 * stands two columns further in, unless its line begins at the margin.
 * @param columns null for no terminal: then the text stays as it is
 */
export function wrap(text: string, columns: number | null): string {
  if (columns === null) return text;
  return text
    .split("\n")
    .map((line) => wrapLine(line, columns))
    .join("\n");
}

function wrapLine(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line;
  const { length: start } = /^ */.exec(stripVTControlCharacters(line))?.[0] ?? "";
  const margin = start === 0 ? "" : " ".repeat(start + 2);
  const lines: string[] = [];
  let current = "";
  for (const word of line.match(/\s*\S+/g) ?? []) {
    if (current === "" || widthOf(current + word) <= columns) current += word;
    else {
      lines.push(current);
      current = margin + word.trimStart();
    }
  }
  return [...lines, current].join("\n");
}

function widthOf(text: string): number {
  return Array.from(stripVTControlCharacters(text)).length;
}
