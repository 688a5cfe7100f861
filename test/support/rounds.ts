import process from "node:process";

/**
 * How many rounds a trial has, or a property made-up inputs: few in `npm test`, and as many as it takes to meet the rare
 * case in `npm run test:long`.
 */
export function rounds(short: number, long = 10 * short): number {
  return process.env.TEST_LONG === "1" ? long : short;
}
