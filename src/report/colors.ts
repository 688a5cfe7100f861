import { Chalk, type ChalkInstance } from "chalk";

/** chalk's own detection ignores NO_COLOR, so the caller decides, once. */
export function colorsFor(color: boolean): ChalkInstance {
  return new Chalk({ level: color ? 1 : 0 });
}
