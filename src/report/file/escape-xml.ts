import { printable } from "../printable.js";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Any text as content or as an attribute of XML and of HTML. Control and bidirectional characters are shown escaped, and
 * so are U+FFFE and U+FFFF, which XML 1.0 forbids.
 */
export function escapeXml(text: string): string {
  return printable(text)
    .replace(/[&<>"']/g, (character) => entities[character] ?? "")
    .replace(/[\ufffe\uffff]/g, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}
