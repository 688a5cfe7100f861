import type { Arguments } from "./send-command.js";

/** Commands as Redis reads them (https://redis.io/docs/latest/develop/reference/protocol-spec/), in few pieces. */
export function encodeCommands(commands: readonly Arguments[]): readonly (string | Buffer)[] {
  const pieces: (string | Buffer)[] = [];
  let text = "";
  for (const parameters of commands) {
    text += `*${parameters.length}\r\n`;
    for (const one of parameters) {
      if (typeof one === "string") text += `$${Buffer.byteLength(one)}\r\n${one}\r\n`;
      else {
        pieces.push(`${text}$${one.length}\r\n`, one);
        text = "\r\n";
      }
    }
  }
  return [...pieces, text];
}
