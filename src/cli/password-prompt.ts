import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { Secret } from "../secret.js";

/**
 * Asks for a password on a terminal, without echo.
 * @param interrupt called for Ctrl-C, which the terminal hands over as a key while it asks
 * @param signal ends the question once it aborts
 * @returns null where none was given: Ctrl-D, Ctrl-C, or `signal`
 */
export function askPassword(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  interrupt: () => void,
  signal?: AbortSignal,
): Promise<Secret | null> {
  // What readline echoes is dropped.
  const echo = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: echo, terminal: true, signal });
  // Not before the terminal has ceased to echo: who answers at once would show it.
  output.write("Redis wants a password: ");
  return new Promise((resolve) => {
    const answer = (password: Secret | null) => {
      resolve(password);
      lines.close();
    };
    lines.once("line", (text) => answer(text === "" ? null : new Secret(text)));
    lines.once("SIGINT", () => {
      interrupt();
      answer(null);
    });
    lines.once("close", () => {
      output.write("\n");
      answer(null);
    });
  });
}
