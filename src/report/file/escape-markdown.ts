import { printable } from "../printable.js";

/**
 * Any text as text of GitHub's Markdown, behind something else on its line: in it nothing is a link, an emphasis, a table's
 * border, HTML or a formula.
 */
export function escapeMarkdown(text: string): string {
  return printable(text)
    .replace(/[\\`*_{}[\]<>#|!~$&]/g, "\\$&")
    .replace(/:(?=\/\/)/g, "\\:")
    .replace(/\bwww\./gi, (start) => `${start.slice(0, -1)}\\.`);
}
