import { printable } from "../report/printable.js";
import { columnsOf, wrap } from "../report/wrap.js";

type Stderr = NodeJS.Process["stderr"];

const colors = { error: "\u001b[31m", warning: "\u001b[33m" };
const noColor = "\u001b[39m";

/** A line for stderr, as wide as its terminal. */
export function noteText(text: string, stderr: Stderr): string {
  return `${wrap(printable(text), columnsOf(stderr))}\n`;
}

/** The same behind `error:` or `warning:`, in colour on a terminal where that is wanted. */
export function messageText(
  label: keyof typeof colors,
  text: string,
  stderr: Stderr,
  color: boolean,
): string {
  const shown = color && stderr.isTTY ? `${colors[label]}${label}:${noColor}` : `${label}:`;
  return `${wrap(`${shown} ${printable(text)}`, columnsOf(stderr))}\n`;
}

/** An error for people: each line of what is wrong, then what to do. */
export function errorText(
  { message, hint }: { readonly message: string; readonly hint: string },
  stderr: Stderr,
  color: boolean,
): string {
  const lines = message.split("\n").map((line) => messageText("error", line, stderr, color));
  return lines.join("") + noteText(hint, stderr);
}
